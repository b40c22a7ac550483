"""Retrieval metrics of neighbour lists, in numpy: mean F1 of matches, recall@k, MAP@R, and F1 against threshold.

A neighbour list is two arrays `[queries, k]`, best first: `indices` into the gallery (-1 where a row has fewer than k
neighbours) and `scores` (-inf there). Column 0 is the query itself, as Shopee's metric counts it; `self_first` puts
it there. Everything below needs O(queries * k) memory and no loop over rows.
"""

import dataclasses

import numpy as np


def self_first(scores, indices, query_rows) -> tuple[np.ndarray, np.ndarray]:
    """Moves every query to the front of its own neighbour list, and into it where the list lacks it.

    An exact duplicate may stand before the query, or push it beyond the k-th place: then the last neighbour makes room.

    Args:
      scores: float `[queries, k]`, best first.
      indices: int `[queries, k]`, -1 for none.
      query_rows: int `[queries]`, where each query stands in the gallery; -1 where it is not in it (list unchanged).

    Returns:
      scores float32 and indices int32, `[queries, k]`. The query's own score is 1, the others' are at most 1.
    """
    scores, indices = np.minimum(np.asarray(scores, np.float32), 1.0), np.array(indices, np.int32)
    query_rows = np.asarray(query_rows)
    inside = query_rows >= 0
    is_self = indices == query_rows[:, None]
    place = np.where(is_self.any(axis=1), is_self.argmax(axis=1), indices.shape[1] - 1)
    moved = inside[:, None] & (np.arange(indices.shape[1]) <= place[:, None])
    for values, own in ((scores, np.float32(1.0)), (indices, query_rows)):
        shifted = np.roll(values, 1, axis=1)
        shifted[:, 0] = own
        values[moved] = shifted[moved]
    return scores, indices


def same_group(indices, query_labels, gallery_labels) -> np.ndarray:
    """Marks the neighbours that bear their query's label: bool `[queries, k]`. A label of -1 is nobody's."""
    indices, query_labels = np.asarray(indices), np.asarray(query_labels)[:, None]
    found = np.asarray(gallery_labels)[indices]
    return (indices >= 0) & (query_labels >= 0) & (found == query_labels)


def group_sizes(query_labels, gallery_labels) -> np.ndarray:
    """How many gallery items bear each query's label, the query itself counted: int64 `[queries]`."""
    gallery = np.sort(np.asarray(gallery_labels))
    query_labels = np.asarray(query_labels)
    return np.searchsorted(gallery, query_labels, "right") - np.searchsorted(gallery, query_labels, "left")


def row_f1(hits, matched, expected) -> np.ndarray:
    """F1 of every row from set sizes: 2 |T and P| / (|T| + |P|), Shopee's metric before the mean.

    Args:
      hits: |T and P|, `[queries]`.
      matched: |P|, how many were matched, the query counted.
      expected: |T|, how many there are, the query counted.
    """
    return 2.0 * np.asarray(hits) / (np.asarray(expected) + np.asarray(matched))


@dataclasses.dataclass(frozen=True)
class Threshold:
    """Where neighbour lists are cut, and what the cut scores.

    Attributes:
      first: a neighbour matches at this score or above. Scores are at most 1, so above 1 none does.
      second: min2, the nearest neighbour matches at this score already; equal to `first` without min2.
      mean_f1: mean F1 of the queries it was chosen on.
    """

    first: float
    second: float
    mean_f1: float


@dataclasses.dataclass(frozen=True)
class F1Curve:
    """Mean F1 of matches against the threshold.

    The min2 rule needs no second search: which nearest neighbours are kept depends on the second threshold alone, all
    else on the first alone, so F1(first, second) = rest(first) + nearest(second) for second <= first.

    Attributes:
      score: float64 `[points]`, strictly falling; a point's neighbours are those of this score or above. The first is
        inf: nothing matches but the query itself.
      rest: mean F1 of the query alone, plus what all neighbours but the nearest add.
      nearest: what the nearest neighbours add.
    """

    score: np.ndarray
    rest: np.ndarray
    nearest: np.ndarray

    @property
    def mean_f1(self) -> np.ndarray:
        """Mean F1 `[points]` with one threshold, without min2."""
        return self.rest + self.nearest

    def at(self, first, second=None):
        """Mean F1 at any thresholds, numbers or arrays of one shape; `second` defaults to `first`."""
        return self.on(first).rest + self.on(first if second is None else second).nearest

    def on(self, score) -> "F1Curve":
        """The same curve read off at given scores, falling."""
        point = np.searchsorted(-self.score, -np.asarray(score, np.float64), "right") - 1
        return F1Curve(score, self.rest[point], self.nearest[point])


def f1_curve(scores, same, expected, accepted=None) -> F1Curve:
    """Mean F1 of matches at every threshold that makes a difference, without trying them one by one.

    Lowering the threshold past one score adds one neighbour to one row and moves that row's F1 by a known step; all
    steps, sorted by score and summed up, are the curve.

    Args:
      scores: float `[queries, k]` at most 1, the query itself in column 0, -inf for none. Beyond column 0 any order.
      same: bool `[queries, k]`, from `same_group`.
      expected: `[queries]`, from `group_sizes`.
      accepted: bool `[queries, k]`, neighbours that match whatever their score; column 0 always does.

    Raises:
      ValueError: there is no query.
    """
    scores, same = np.asarray(scores, np.float32), np.asarray(same, bool)
    if not len(scores):
        raise ValueError("No query to measure F1 on: the neighbour lists have no row.")
    accepted = np.zeros(same.shape, bool) if accepted is None else np.array(accepted, bool)
    accepted[:, 0] = True
    if (scores[:, 1:] > scores[:, :-1]).any():
        order = np.argsort(-scores, axis=1, kind="stable")
        scores, same, accepted = (np.take_along_axis(values, order, axis=1) for values in (scores, same, accepted))
    new = ~accepted & (scores > -np.inf)
    hits = (accepted & same).sum(axis=1, keepdims=True) + np.cumsum(new & same, axis=1)
    matched = accepted.sum(axis=1, keepdims=True) + np.cumsum(new, axis=1)
    f1 = row_f1(hits, matched, np.asarray(expected)[:, None])
    step = np.diff(f1, axis=1, prepend=f1[:, :1]) / len(f1)
    is_nearest = np.zeros(new.shape, bool)
    is_nearest[:, 1:2] = True
    return _sum_of_steps(f1[:, 0].mean(), scores[new], step[new], is_nearest[new])


def _sum_of_steps(start, score, step, is_nearest) -> F1Curve:
    order = np.argsort(-score, kind="stable")
    score, step, is_nearest = score[order].astype(np.float64), step[order], is_nearest[order]
    last_of_equals = np.append(score[1:] < score[:-1], True)[: len(score)]
    rest, nearest = (np.cumsum(np.where(kind, step, 0.0))[last_of_equals] for kind in (~is_nearest, is_nearest))
    return F1Curve(
        np.concatenate([[np.inf], score[last_of_equals]]),
        np.concatenate([[start], start + rest]),
        np.concatenate([[0.0], nearest]),
    )


def best_threshold(curve: F1Curve, min2: bool = False) -> Threshold:
    """The highest point of a curve; of equals the one that matches less.

    A threshold lies halfway to the next score below, so that a neighbour a rounding away is treated alike.
    """
    kept = np.maximum.accumulate(curve.nearest[::-1])[::-1] if min2 else curve.nearest
    first = int(np.argmax(curve.rest + kept))
    second = first + int(np.argmax(curve.nearest[first:])) if min2 else first
    return Threshold(
        _below(curve.score, first), _below(curve.score, second), float(curve.at(*curve.score[[first, second]]))
    )


def _below(score, point) -> float:
    above = min(float(score[point]), 1.0 + 1e-3)
    return (above + float(score[point + 1])) / 2 if point + 1 < len(score) else above


def recall_at_k(same, expected, k: int) -> float:
    """Share of queries that have another item of their group among their k nearest; queries without one are left out.

    Args:
      same: bool `[queries, columns]`, column 0 the query itself, nearest first.
      expected: `[queries]`, group sizes, the query counted.
      k: neighbours looked at, the query not counted.
    """
    there = np.asarray(expected) > 1
    return float(np.asarray(same)[there, 1 : k + 1].any(axis=1).mean()) if there.any() else 0.0


def map_at_r(same, expected) -> float:
    """MAP@R: precision at every right neighbour among the R nearest, summed, over R = the others of the group.

    Right items beyond the last column count as missed. Source: Musgrave et al., arXiv:2003.08505, section 3.2.

    Args:
      same, expected: as in `recall_at_k`.
    """
    others = np.asarray(expected) - 1
    right = np.asarray(same)[others > 0, 1:]
    others = others[others > 0]
    if not len(others):
        return 0.0
    rank = np.arange(1, right.shape[1] + 1)
    precision = np.cumsum(right, axis=1) / rank
    return float(((precision * right * (rank <= others[:, None])).sum(axis=1) / others).mean())


def retrieval_scores(scores, indices, labels) -> dict[str, float]:
    """What a space is worth on products searched among themselves.

    Args:
      scores, indices: `[products, k]`, the nearest neighbours of every product, best first, in the order of `labels`.
      labels: int `[products]`, -1 for none: such products are in the gallery and ask nothing.

    Returns:
      `mean_f1` at these products' own best threshold, `recall_at_1`, `recall_at_5`, `map_at_r`.
    """
    labels = np.asarray(labels)
    scores, indices = self_first(scores, indices, np.arange(len(labels)))
    asks = labels >= 0
    same, expected = same_group(indices[asks], labels[asks], labels), group_sizes(labels[asks], labels)
    return {
        "mean_f1": best_threshold(f1_curve(scores[asks], same, expected)).mean_f1,
        "recall_at_1": recall_at_k(same, expected, 1),
        "recall_at_5": recall_at_k(same, expected, 5),
        "map_at_r": map_at_r(same, expected),
    }
