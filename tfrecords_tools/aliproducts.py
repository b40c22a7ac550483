"""Reads the AliProducts challenge as published: train.json, val.json, test.json and a folder of pictures for each."""

import os
import sys
from collections.abc import Iterator

from tfrecords_tools import files, frames, hierarchy, json_rows
from tfrecords_tools.product import Product

SPLITS = {"train": "train", "val": "validation", "test": "test"}


def read(source) -> Iterator[Product]:
    """Yields the rows of train.json, val.json and test.json (unlabelled), in the order of the files.

    An id is the picture's path below `image_root`, such as "train/00042/x.jpg", because one image_id may stand in
    several files; its last part is the image_id that a submission wants. The label_name is the class_id.

    Args:
      source: the fields of `flags.data.Source`; `input` is the folder of train.json, `{"images": [{"image_id": "x.jpg",
        "class_id": "00042"}]}`. val.json and test.json, which has no class_id, may be absent. Pictures lie under
        `image_root` in train/<class_id>/, val/<class_id>/ and test/.

    Raises:
      FileNotFoundError: no train.json there.
      ValueError: a file is not such JSON; with the row at fault.
    """
    levels_of = hierarchy.read(source.hierarchy) if source.hierarchy else {}
    root = frames.image_root(source)
    for name, split in SPLITS.items():
        path = os.path.join(source.input, f"{name}.json")
        if not files.exists(path):
            if name == "train":
                raise FileNotFoundError(f"There is no {path}: expected --input to be AliProducts' folder.")
            continue
        columns = ("image_id",) if name == "test" else ("image_id", "class_id")
        for image_id, *class_id in json_rows.read(path, "images", columns):
            label = sys.intern(*class_id) if class_id else ""  # one text for all rows of a class
            id = "/".join((name, *class_id, image_id)) if image_id else ""
            image = os.path.join(root, id) if id else ""
            yield Product(id=id, image=image, label_name=label, split=split, levels=levels_of.get(label, ()))
