"""Reads pictures sorted into one folder per class, with or without folders for train, val and test above them."""

import os
from collections.abc import Iterator

from PIL import Image

from tfrecords_tools import files, hierarchy
from tfrecords_tools.product import Product
from tfrecords_tools.table import SPLITS


def read(source) -> Iterator[Product]:
    """Yields every picture below `--input`, sorted by path; its id is that path, its label_name the class folder.

    The layout is <class>/**/<picture>, or <split>/<class>/**/<picture> where all folders on top are called train,
    val, test or another name of a split. A picture above the class folders is unlabelled. A picture is what ends as
    Pillow reads it; names that begin with a dot, other files, and folders without pictures are passed over.

    Args:
      source: the fields of `flags.data.Source`; `input` is the folder, local or gs://.

    Raises:
      FileNotFoundError: no such folder, or not one picture in it.
      ValueError: folders of splits and of classes stand side by side.
    """
    root = source.input
    if not root or not files.is_folder(root):
        raise FileNotFoundError(f"There is no folder {root!r}: expected --input to hold a folder for each class.")
    levels_of = hierarchy.read(source.hierarchy) if source.hierarchy else {}
    extensions, has_splits = picture_extensions(), _has_splits(root)
    path = None
    for path in _pictures(root, extensions):
        split, *below = path.split("/") if has_splits else ("", *path.split("/"))
        label = below[0] if len(below) > 1 else ""
        yield Product(
            id=path,
            image=os.path.join(root, path),
            label_name=label,
            split=SPLITS.get(split.lower(), ""),
            levels=levels_of.get(label, ()),
        )
    if path is None:
        raise FileNotFoundError(
            f"{root} holds no picture: expected <class>/<picture> or train/<class>/<picture>, with an ending such as "
            ".jpg or .png."
        )


def picture_extensions() -> frozenset[str]:
    """Returns the endings of the files that Pillow can open, in lower case with their dot."""
    Image.init()
    return frozenset(ending for ending, format in Image.registered_extensions().items() if format in Image.OPEN)


def _has_splits(root: str) -> bool:
    """Whether the folders on top are splits. A single "train" among others is a class: toy trains."""
    folders = [name for name in _names(root) if files.is_folder(os.path.join(root, name))]
    splits = [name for name in folders if name.lower() in SPLITS]
    others = [name for name in folders if name.lower() not in SPLITS]
    if len(splits) > 1 and others:
        raise ValueError(
            f"{root} holds {others[0]} beside {' and '.join(splits)}: expected either a folder for each class or one "
            "for each split. Move the classes into the splits, or rename the classes that are called so."
        )
    return bool(splits) and not others


def _pictures(folder: str, extensions: frozenset[str]) -> Iterator[str]:
    """The paths below `folder`. A name that ends as a picture is not looked up, which is slow on gs://."""
    for name in _names(folder):
        path = os.path.join(folder, name)
        if os.path.splitext(name)[1].lower() in extensions:
            yield name
        elif files.is_folder(path):
            yield from (f"{name}/{below}" for below in _pictures(path, extensions))


def _names(folder: str) -> list[str]:
    names = (name.rstrip("/") for name in files.names(folder))  # gs:// ends folders with a slash
    return sorted(name for name in names if not name.startswith("."))
