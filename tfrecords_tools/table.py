"""Reads a catalogue from any CSV or Parquet table whose columns the flags name."""

import os
from collections.abc import Iterator

from tfrecords_tools import frames, hierarchy
from tfrecords_tools.product import Product

SPLITS = {
    "train": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
}


def read(source) -> Iterator[Product]:
    """Yields one `Product` per row of `source.input`, in the table's order.

    Args:
      source: the fields of `flags.data.Source`. A `*_column` of "" means that the table has no such column.

    Raises:
      FileNotFoundError: the table does not exist.
      ValueError: it is empty or unreadable, a named column is missing, or a split is unknown.
    """
    frame = frames.read(source.input)
    if not source.id_column:
        raise ValueError("--id_column is empty: every product needs an id; name the column that holds it.")
    ids, images, titles, labels, splits, hashes = (
        frames.column(frame, source.input, flag, getattr(source, flag))
        for flag in ("id_column", "image_column", "title_column", "label_column", "split_column", "phash_column")
    )
    levels_of = hierarchy.read(source.hierarchy) if source.hierarchy else {}
    root = frames.image_root(source)
    for row, (id, image, title, label, split, phash) in enumerate(
        zip(ids, images, titles, labels, splits, hashes, strict=True), start=1
    ):
        yield Product(
            id=id,
            image=os.path.join(root, image) if image else "",
            title=title,
            label_name=label,
            split=split_name(split, label, row, source) if source.split_column else "",
            levels=levels_of.get(label, ()),
            phash=phash,
        )


def split_name(value: str, label: str, row: int, source) -> str:
    """Returns "train", "validation" or "test" for the ways a table may say it; "" for a blank in an unlabelled row."""
    if value.lower() in SPLITS:
        return SPLITS[value.lower()]
    if not value and not label:
        return ""
    raise ValueError(
        f"{source.input}, row {row}: the split is {value!r} (--split_column={source.split_column}); "
        f"expected one of {', '.join(SPLITS)}."
    )
