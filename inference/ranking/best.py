"""The best candidates of every query."""

import numpy as np

FEW = 256  # candidates of a query up to which all are sorted


def best(score: np.ndarray, starts: np.ndarray, k: int) -> np.ndarray:
    """Finds the k highest scores of every group; of equal scores the lower place, which is the lower product id, first.

    Large groups are cut down to what can be among the k before anything is sorted, so that a ranking costs little more
    than a look at every score.

    Args:
      score: float `[pairs]`, finite; a matrix `[queries, candidates]` is its own ravel().
      starts: int `[queries + 1]`, where groups begin; the last is `len(score)`.
      k: at least 1.

    Returns:
      int64 `[queries, k]`, places in `score`, best first; -1 where a group has fewer than k.
    """
    counts = np.diff(starts)
    rows = np.arange(len(score)) if counts.max(initial=0) <= max(FEW, k) else _contenders(score, starts, k)
    query = np.searchsorted(starts, rows, side="right") - 1
    order = np.lexsort((-score[rows], query))  # stable: rows rise
    first = np.searchsorted(query, np.arange(len(counts)))
    place = np.arange(len(rows)) - first[query]  # query is sorted, and so the same after `order`
    kept = place < k
    found = np.full((len(counts), k), -1, np.int64)
    found[query[kept], place[kept]] = rows[order[kept]]
    return found


def _contenders(score: np.ndarray, starts: np.ndarray, k: int) -> np.ndarray:
    """Rising places that hold the k best of every group, and few besides."""
    groups = zip(starts[:-1], starts[1:], strict=True)
    return np.concatenate([begin + _highest(score[begin:end], k) for begin, end in groups])


def _highest(score: np.ndarray, k: int) -> np.ndarray:
    if len(score) <= k:
        return np.arange(len(score))
    floor = np.partition(score, len(score) - k)[len(score) - k]
    above = np.flatnonzero(score > floor)
    ties = np.flatnonzero(score == floor)[: k - len(above)]
    return np.sort(np.concatenate([above, ties]))
