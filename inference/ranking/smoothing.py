"""Neighbour smoothing: a feature moves towards those that are nearest to it, which takes out some of their noise."""

import numpy as np

from models.host_top_k import host_top_k

BLOCK = 4096  # rows whose neighbours are gathered together


def smooth(features, neighbours: int = 5, share: float = 0.5) -> np.ndarray:
    """Mixes every row with the mean of its nearest rows by cosine, weighted by it; negative cosines count as 0.

    Regions of many products are given as one list of rows, those that are there: `features[box_mask]`. Every row is
    compared with every other, in blocks: time grows with the square of the rows, memory with the rows.

    Args:
      features: float `[rows, dim]`, finite. A row of zeros stays one and is nobody's neighbour.
      neighbours: of each row, itself not counted; fewer where there are fewer rows.
      share: of the neighbours' mean, 0..1; 0 changes nothing.

    Returns:
      float32 `[rows, dim]`; a row without a neighbour of positive cosine stays as it is.

    Raises:
      ValueError: a value is not finite (names the row), or an argument lies outside its range.
    """
    if neighbours < 1 or not 0 <= share <= 1:
        raise ValueError(f"neighbours={neighbours}, share={share}: expected 1 or more, and a share from 0 to 1.")
    vectors = unit(features, "features")
    there = vectors.any(axis=1)
    result = np.array(features, np.float32)
    k = min(neighbours + 1, int(there.sum()))
    if k < 2:
        return result
    for start in range(0, len(vectors), BLOCK):
        rows = np.flatnonzero(there[start : start + BLOCK]) + start
        cosines, found = _others(rows, *host_top_k(vectors[rows], vectors, k, there))
        weight = np.maximum(cosines, 0)
        total = weight.sum(axis=1, keepdims=True)
        mean = np.einsum("rk,rkd->rd", weight / np.where(total > 0, total, 1), np.asarray(features, np.float32)[found])
        result[rows] += np.where(total > 0, share, 0) * (mean - result[rows])
    return result


def unit(vectors, name: str) -> np.ndarray:
    """float32 `[rows, dim]` of length 1; zero rows stay zero.

    Raises:
      ValueError: a value is not finite; names the row.
    """
    vectors = np.asarray(vectors, np.float32)
    wrong = ~np.isfinite(vectors).all(axis=1)
    if wrong.any():
        raise ValueError(f"{name}, row {int(np.argmax(wrong))}: a value is not finite. Which step made it?")
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(norm > 0, norm, 1)


def _others(rows, cosines, found):
    """Leaves out each row itself, or its last neighbour where twins have pushed it off the list."""
    keep = found != rows[:, None]
    keep[keep.all(axis=1), -1] = False
    shape = len(rows), found.shape[1] - 1
    return cosines[keep].reshape(shape), found[keep].reshape(shape)
