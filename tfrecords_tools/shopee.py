"""Reads Shopee's price match catalogue as it was published: train.csv, test.csv and their folders of pictures."""

import os
import re
from collections.abc import Iterator

from tfrecords_tools import files, frames, hierarchy
from tfrecords_tools.product import Product

COLUMNS = ("posting_id", "image", "image_phash", "title")


def read(source) -> Iterator[Product]:
    """Yields the postings of train.csv, then those of test.csv, which are unlabelled.

    Args:
      source: the fields of `flags.data.Source`; `input` is the folder of train.csv (test.csv may be absent) or one
        CSV of the same columns. Pictures lie in train_images/ and test_images/ under `image_root`.

    Raises:
      FileNotFoundError: no train.csv there.
      ValueError: a column is missing.
    """
    levels_of = hierarchy.read(source.hierarchy) if source.hierarchy else {}
    root = frames.image_root(source)
    for path in _tables(source.input):
        frame = frames.read(path)
        _check_columns(path, frame)
        labelled = "label_group" in frame.columns
        folder = os.path.join(root, "train_images" if labelled else "test_images")
        labels = frame["label_group"] if labelled else [""] * len(frame)
        for label, (id, image, phash, title) in zip(labels, frame[list(COLUMNS)].itertuples(index=False), strict=True):
            yield Product(
                id=id,
                image=os.path.join(folder, image) if image else "",
                title=repair_title(title),
                label_name=label,
                levels=levels_of.get(label, ()),
                phash=phash,
            )


def _tables(path: str) -> list[str]:
    if not files.is_folder(path):
        return [path]
    tables = [os.path.join(path, name) for name in ("train.csv", "test.csv")]
    if not files.exists(tables[0]):
        raise FileNotFoundError(f"There is no train.csv in {path}: expected Shopee's folder, or its CSV itself.")
    return [table for table in tables if files.exists(table)]


def _check_columns(path: str, frame) -> None:
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise ValueError(
            f"{path} lacks Shopee's column {', '.join(missing)}; it has {', '.join(frame.columns)}. "
            "For a table of your own use --source=table."
        )


def repair_title(title: str) -> str:
    r"""Turns the byte escapes that Shopee's titles carry (`\xe2\x9d\xa4`) back into the characters they spell in UTF-8.

    The same as latin1 -> unicode-escape -> latin1 -> UTF-8 on a title of plain ASCII, and it leaves accents and other
    backslashes alone. A title whose escapes are no UTF-8 stays as it is.
    """
    try:
        return re.sub(r"(?:\\x[0-9a-fA-F]{2})+", lambda run: _bytes(run[0]).decode("utf-8"), title)
    except UnicodeDecodeError:
        return title


def _bytes(escapes: str) -> bytes:
    return bytes.fromhex(escapes.replace("\\x", ""))
