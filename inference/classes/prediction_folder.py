"""A folder of predictions: written by classify and ensemble, read by ensemble and report.

classes.npy         int32 [rows, k], the most probable classes of each row, best first
probabilities.npy   float32 [rows, k], theirs; with all classes kept they sum to 1
products.csv        row i is row i of both: id, label (the class, -1 = none), label_name, fold
predictions.json    names of classes and levels, where the predictions come from, their scores; written last
submission.csv      answers in the form that was asked for
"""

import contextlib
import dataclasses
import io
import json
from collections.abc import Iterator

import numpy as np
import pandas as pd

from inference.classes.class_tree import ClassTree
from tfrecords_tools import files
from tfrecords_tools.writer import make_folder, whole, write_whole

FEW = 1000  # classes up to which all are kept
TOP = 20
ROWS = 4096  # read together
_FILES = {"classes": np.dtype("<i4"), "probabilities": np.dtype("<f4")}


def kept(top_classes: int, classes: int) -> int:
    """How many classes of each row are kept.

    Args:
      top_classes: flag; 0 for all of few and the best of many.
    """
    return min(top_classes or (classes if classes <= FEW else TOP), classes)


class Writer:
    """Writes the two arrays block by block; used inside `writing`."""

    def __init__(self, opened: dict, k: int):
        self.opened, self.k = opened, k

    def add(self, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Appends rows of probabilities `[rows, classes]`; returns what was kept of them."""
        classes, highest = best_of(probabilities, self.k)
        for name, values in (("classes", classes), ("probabilities", highest)):
            self.opened[name].write(np.ascontiguousarray(values, _FILES[name]).tobytes())
        return classes, highest


@contextlib.contextmanager
def writing(folder: str, rows: int, k: int) -> Iterator[Writer]:
    """Gives a Writer for `rows` rows of `k` classes; the files stand under their names when all are written."""
    make_folder(folder)
    if files.exists(f"{folder}/predictions.json"):  # it says that the rest is whole
        files.remove(f"{folder}/predictions.json")
    with contextlib.ExitStack() as stack:
        opened = {}
        for name, dtype in _FILES.items():
            temporary = stack.enter_context(whole(f"{folder}/{name}.npy"))
            opened[name] = stack.enter_context(files.open(temporary, "wb"))
            header = io.BytesIO()
            fields = {"descr": dtype.str, "fortran_order": False, "shape": (rows, k)}
            np.lib.format.write_array_header_1_0(header, fields)
            opened[name].write(header.getvalue())
        yield Writer(opened, k)


def best_of(probabilities: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The `k` most probable classes of each row and their probabilities, best first; of equal ones the lower class."""
    if k < probabilities.shape[1]:
        found = np.sort(np.argpartition(-probabilities, k - 1, axis=1)[:, :k], axis=1)
    else:
        found = np.broadcast_to(np.arange(k), probabilities.shape)
    values = np.take_along_axis(probabilities, found, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1), np.take_along_axis(values, order, axis=1)


def finish(folder: str, products: pd.DataFrame, tree: ClassTree, about: dict) -> None:
    """Writes products.csv and predictions.json."""
    write_whole(f"{folder}/products.csv", products.to_csv(index=False))
    write_whole(f"{folder}/predictions.json", json.dumps(tree.as_json() | about, indent=1))


@dataclasses.dataclass(frozen=True)
class Predictions:
    """A folder that was read.

    Attributes:
      classes, probabilities, products: see the files above.
      about: predictions.json: records, records_fingerprint, members, held_out, scores.
    """

    folder: str
    classes: np.ndarray
    probabilities: np.ndarray
    products: pd.DataFrame
    tree: ClassTree
    about: dict

    def __len__(self) -> int:
        return len(self.products)

    def dense(self, rows) -> np.ndarray:
        """float64 `[rows, classes]`; 0 for classes that were not kept."""
        index, values = np.asarray(self.classes[rows]), np.asarray(self.probabilities[rows], np.float64)
        found = np.zeros((len(index), len(self.tree.names)))
        np.put_along_axis(found, index.astype(np.int64), values, axis=1)
        return found


def read(folder: str) -> Predictions:
    """Reads a folder; arrays on a local disk stay there until they are looked at.

    Raises:
      FileNotFoundError: there is no predictions.json; says which command writes it.
      ValueError: the arrays have another number of rows than the table.
    """
    if not files.exists(f"{folder}/predictions.json"):
        raise FileNotFoundError(f"{folder} has no predictions.json: run python -m inference.classify first.")
    about = json.loads(files.read(f"{folder}/predictions.json"))
    content = io.BytesIO(files.read(f"{folder}/products.csv"))
    products = pd.read_csv(content, dtype={"id": str, "label_name": str}, keep_default_na=False)
    arrays = {name: _array(f"{folder}/{name}.npy") for name in _FILES}
    for name, array in arrays.items():
        if len(array) != len(products):
            raise ValueError(
                f"{folder}/{name}.npy has {len(array)} rows and products.csv {len(products)}: they come from different "
                "calls. Run python -m inference.classify again."
            )
    tree = ClassTree.of_json(about)
    facts = {name: value for name, value in about.items() if name not in tree.as_json()}
    return Predictions(folder, **arrays, products=products, tree=tree, about=facts)


def _array(path: str) -> np.ndarray:
    if files.is_remote(path):
        return np.load(io.BytesIO(files.read(path)), allow_pickle=False)
    return np.load(path, mmap_mode="r", allow_pickle=False)


def blocks(rows: int) -> Iterator[slice]:
    """Slices of ROWS rows each."""
    return (slice(start, min(start + ROWS, rows)) for start in range(0, rows, ROWS))
