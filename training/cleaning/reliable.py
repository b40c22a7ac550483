"""The list that cleaning ends in: every row that was judged, whether it stays, why not, and how often it is shown."""

import csv
import io
from collections.abc import Sequence

import numpy as np

from tfrecords_tools import deals

COLUMNS = ("id", "label", "kept", "reason", "predicted", "confidence", "copies")
LAST = "kept: all of its class would go"


def keep_one(label: np.ndarray, dropped: np.ndarray, names: Sequence[str], seed: int) -> np.ndarray:
    """A random row of every class that would lose all of them; it depends on the class and `seed` alone.

    Args:
      label: int `[rows]`. dropped: bool `[rows]`. names: of the labels.

    Returns:
      int64, the rows that are to stay after all.
    """
    staying = []
    for gone in np.setdiff1d(label, label[~dropped]):
        rows = np.flatnonzero(label == gone)
        staying.append(np.random.default_rng(deals.hash_of(names[gone], seed)).choice(rows))
    return np.array(staying, np.int64)


def copies(label: np.ndarray, kept: np.ndarray, at_least: int) -> np.ndarray:
    """How often each row is listed, int64 `[rows]`: once, more in classes that keep fewer than `at_least`; 0 = dropped.

    The rows of such a class come about equally often, and `at_least` times together.
    """
    found = kept.astype(np.int64)
    rows = np.flatnonzero(kept)
    rows = rows[np.argsort(label[rows], kind="stable")]
    _, starts, sizes = np.unique(label[rows], return_index=True, return_counts=True)
    for start, size in zip(starts[sizes < at_least], sizes[sizes < at_least], strict=True):
        each, more = divmod(at_least, size)
        found[rows[start : start + size]] = each + (np.arange(size) < more)
    return found


def text(ids, labels, kept, reasons, predicted, confidence, times) -> str:
    """The list as CSV; `--train_list` reads id and copies."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    for id, label, stays, reason, other, sure, count in zip(
        ids, labels, kept, reasons, predicted, confidence, times, strict=True
    ):
        rows.writerow((id, label, int(stays), reason, other, f"{sure:.4f}", count))
    return file.getvalue()
