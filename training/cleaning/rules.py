"""Rules that take labels for wrong, each a function of what was predicted: True where a row is to go."""

from collections.abc import Callable, Iterable

import numpy as np


def accuracy(label, predicted, bar: float) -> np.ndarray:
    """A class predicted with an accuracy of at least `bar` keeps all its rows; elsewhere the wrong ones go.

    Args:
      label, predicted: int `[rows]`.

    Returns:
      bool `[rows]`.

    Source: the 2nd version of a published AliProducts solution, with a bar of .92.
    """
    _, place = np.unique(label, return_inverse=True)
    right = np.asarray(label) == predicted
    share = np.bincount(place, right) / np.bincount(place)
    return ~right & (share < bar)[place]


def consensus(label, predicted) -> np.ndarray:
    """Rows stay whose label all runs predict.

    Args:
      label: int `[rows]`. predicted: int `[runs, rows]`.

    Source: AliProducts challenge 2021, 1st place.
    """
    return (np.asarray(predicted) != label).any(axis=0)


def mean_cosines(blocks: Callable[[], Iterable], num_labels: int) -> np.ndarray:
    """The mean cosine of each row to the other rows of its class; 1 where there is no other.

    Args:
      blocks: gives (vectors float `[n, dim]` of length 1, label int `[n]`) in turn, the same at every call.

    Returns:
      float64 `[rows]`.
    """
    sums, sizes = None, np.zeros(num_labels, np.int64)
    for vectors, label in blocks():
        sums = np.zeros((num_labels, vectors.shape[1])) if sums is None else sums
        np.add.at(sums, label, vectors)
        sizes += np.bincount(label, minlength=num_labels)
    found = []
    for vectors, label in blocks():
        others = np.einsum("nd,nd->n", vectors, sums[label]) - 1.0
        found.append(np.where(sizes[label] > 1, others / np.maximum(sizes[label] - 1, 1), 1.0))
    return np.concatenate(found)


def confident(blocks: Callable[[], Iterable], num_labels: int) -> np.ndarray:
    """The class that each row is confidently of: it is at least as probable as its own rows find it in the mean.

    Of several such classes the most probable one. A row whose confident class is not its label is off the diagonal of
    the confident joint, which is where confident learning finds label errors. Probabilities must be out of fold: of
    models that were not trained on the row.

    Args:
      blocks: gives (probabilities float `[n, num_labels]`, label int `[n]`) in turn, the same at every call.

    Returns:
      int64 `[rows]`; -1 where no class reaches its threshold.

    Source: Northcutt, Jiang and Chuang, Confident Learning, arXiv:1911.00068, eq. 1 and 2.
    """
    total, sizes = np.zeros(num_labels), np.zeros(num_labels, np.int64)
    for probabilities, label in blocks():
        total += np.bincount(label, probabilities[np.arange(len(label)), label], minlength=num_labels)
        sizes += np.bincount(label, minlength=num_labels)
    thresholds = np.where(sizes > 0, total / np.maximum(sizes, 1), np.inf)
    found = []
    for probabilities, _ in blocks():
        reached = np.where(probabilities >= thresholds, probabilities, -1.0)
        best = reached.argmax(axis=1)
        found.append(np.where(reached[np.arange(len(best)), best] >= 0.0, best, -1))
    return np.concatenate(found)
