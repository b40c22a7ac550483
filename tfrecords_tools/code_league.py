"""Reads the catalogue of Shopee Code League 2020, product detection: train.csv, test.csv and nested picture folders."""

import os
from collections.abc import Iterator

from tfrecords_tools import files, frames, hierarchy
from tfrecords_tools.product import Product

DEPTH = 3  # the published archive unpacks to train/train/train/<category>/


def read(source) -> Iterator[Product]:
    """Yields the rows of train.csv, then those of test.csv, which are unlabelled; a row's id is its filename.

    The label_name is the category in two digits ("07"), as the folders and the submission write it. What test.csv says
    in a column `category` is the place for an answer and is not read. train.csv has no split: deal it with
    `--split=stratified`.

    Args:
      source: the fields of `flags.data.Source`; `input` is the folder of train.csv (`filename,category`) and test.csv
        (`filename`, may be absent). Pictures lie under `image_root` in train/train/train/<category>/<filename> and
        test/test/test/<filename>, or less deep, down to train/<category>/<filename> and test/<filename>.

    Raises:
      FileNotFoundError: no train.csv, or no folder of pictures.
      ValueError: a column is missing, or pictures lie at two depths.
    """
    levels_of = hierarchy.read(source.hierarchy) if source.hierarchy else {}
    root, path = frames.image_root(source), os.path.join(source.input, "train.csv")
    if not files.exists(path):
        raise FileNotFoundError(f"There is no {path}: expected --input to be the folder of train.csv and test.csv.")
    names, categories = _columns(path, "filename", "category")
    folder = picture_folder(root, "train")
    for name, category in zip(names, categories, strict=True):
        label = category and category.zfill(2)
        image = os.path.join(folder, label, name)
        yield Product(id=name, image=image, label_name=label, levels=levels_of.get(label, ()))
    path = os.path.join(source.input, "test.csv")
    if files.exists(path):
        [names], folder = _columns(path, "filename"), picture_folder(root, "test")
        yield from (Product(id=name, image=os.path.join(folder, name), split="test") for name in names)


def _columns(path: str, *names: str) -> list[list[str]]:
    frame = frames.read(path)
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise ValueError(
            f"{path} lacks Code League's column {', '.join(missing)}; it has {', '.join(frame.columns)}. "
            "For a table of your own use --source=table."
        )
    return [frame[name].tolist() for name in names]


def picture_folder(root: str, name: str) -> str:
    """Returns the deepest of `root`/train, train/train and train/train/train that exists (for `name` "train").

    Raises:
      FileNotFoundError: there is not even the first.
      ValueError: other folders stand beside a nested one, so that it is not clear which of them hold the pictures.
    """
    folder = os.path.join(root, name)
    if not files.is_folder(folder):
        raise FileNotFoundError(
            f"There is no folder {folder}: expected the pictures of {name}.csv in {'/'.join([name] * DEPTH)}/ or "
            f"{name}/ below {root or 'this folder'}. Name another place with --image_root."
        )
    for _ in range(DEPTH - 1):
        nested = os.path.join(folder, name)
        if not files.is_folder(nested):
            break
        beside = sorted(entry.rstrip("/") for entry in files.names(folder))
        beside = [entry for entry in beside if entry != name and not entry.startswith((".", "__"))]
        if beside:
            raise ValueError(
                f"{folder} holds {beside[0]} beside {name}: expected all pictures at one depth. "
                f"Move what is in {nested} up, or the others down into it."
            )
        folder = nested
    return folder
