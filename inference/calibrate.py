"""Thresholds for the best mean F1 on held-out queries, for one space, for a union of spaces and for their weighted sum.

The highest point of a raw curve of F1 against threshold is luck as much as merit. Measured on five sets of product
titles without their test groups, cut at random 40 times into queries to choose on and the rest to judge on: thresholds
from a smoothed curve scored .5 points of F1 higher on average from 60 queries, .1 from 200, the same from 600. So every
choice here is made on smoothed curves over a fixed grid; the F1 that is reported is the plain one.
"""

import dataclasses

import numpy as np
from scipy.ndimage import gaussian_filter1d

from inference.candidates import Candidates
from training.metrics import F1Curve, Threshold, best_threshold, f1_curve, group_sizes, row_f1, same_group

GRID = np.arange(1001, -1001, -1) / 1000.0
NOTHING = float(GRID[0])
# Equal vectors, such as equal titles, are a kind of their own: no average with what is merely near.
EQUAL = 0.9995
BANDWIDTH = 0.3
WEIGHTS = (0.1, 0.25, 0.5, 0.75)
# A further space must gain this many standard errors of the paired difference, or the simpler choice stays.
STANDARD_ERRORS = 0.5


@dataclasses.dataclass(frozen=True)
class Labelled:
    """Candidates of queries whose groups are known.

    Attributes:
      candidates: the pairs.
      same: bool `[queries, width]`, whether a pair is right.
      expected: int `[queries]`, group sizes within the gallery, the query counted.
    """

    candidates: Candidates
    same: np.ndarray
    expected: np.ndarray


def labelled(candidates: Candidates, labels) -> Labelled:
    """Candidates beside what is right; `labels` int `[products]`, -1 for none."""
    gallery_labels = np.asarray(labels)[candidates.gallery_rows]
    query_labels = np.asarray(labels)[candidates.query_rows]
    same = same_group(candidates.indices, query_labels, gallery_labels)
    return Labelled(candidates, same, group_sizes(query_labels, gallery_labels))


def smoothed(curve: F1Curve, queries: int) -> F1Curve:
    """A curve on GRID, averaged under a Gaussian of standard deviation .3 / cube root of `queries`.

    The cube root is the rate at which a best threshold settles as queries grow. Source: Kim and Pollard, Cube root
    asymptotics, Annals of Statistics 18 (1990).
    """
    width = BANDWIDTH / max(queries, 1) ** (1 / 3) * 1000
    curve = curve.on(GRID)
    return F1Curve(GRID, *(gaussian_filter1d(part, width, mode="nearest") for part in (curve.rest, curve.nearest)))


def choose(data: Labelled, space: str, min2: bool, accepted=None) -> Threshold:
    """The thresholds of one space for the best mean F1: the smoothed best, equal vectors only, or nothing at all.

    Args:
      min2: also choose the second threshold, for the nearest neighbour.
      accepted: bool `[queries, width]`, pairs that match anyway: what the other spaces of a union match.
    """
    curve = f1_curve(data.candidates.scores[space], data.same, data.expected, accepted)
    smooth = best_threshold(smoothed(curve, len(data.same)), min2)
    first, second = (round(at, 4) if at <= 1.0 else NOTHING for at in (smooth.first, smooth.second))
    options = [(first, second), (EQUAL, EQUAL), (NOTHING, NOTHING)]
    scored = [Threshold(*option, round(float(curve.at(*option)), 9)) for option in options]
    return max(scored, key=lambda option: option.mean_f1)


def matched(candidates: Candidates, thresholds: dict[str, Threshold]) -> np.ndarray:
    """The pairs that one of the spaces matches: bool `[queries, width]`, the query itself always."""
    kept = np.zeros(candidates.indices.shape, bool)
    kept[:, 0] = True
    for space, threshold in thresholds.items():
        scores = candidates.scores[space].astype(np.float64)
        kept |= scores >= threshold.first
        if scores.shape[1] > 1:
            row, nearest = np.arange(len(scores)), 1 + scores[:, 1:].argmax(axis=1)
            kept[row, nearest] |= scores[row, nearest] >= threshold.second
    return kept


def f1_of(data: Labelled, kept) -> np.ndarray:
    """F1 of every query for matched pairs `kept`: float `[queries]`."""
    return row_f1((kept & data.same).sum(axis=1), kept.sum(axis=1), data.expected)


def choose_union(data: Labelled, single: dict[str, Threshold], min2: bool) -> dict[str, Threshold]:
    """Thresholds of a union of spaces by coordinate ascent, from the best single space outwards.

    Each round gives every space the best thresholds beside what the others match already; a change is kept only where
    it raises the plain mean F1, and a further space only where it does so clearly. So a union is never worse than its
    best part on the queries it was chosen on, and spaces that add nothing are left out.

    Args:
      single: {space: its best thresholds alone}, from `choose`.

    Returns:
      {space: thresholds} of the spaces in the union, at least one.
    """
    order = sorted(single, key=lambda space: -single[space].mean_f1)
    union = {order[0]: single[order[0]]}
    f1 = f1_of(data, matched(data.candidates, union))
    changed = True
    while changed:
        changed = False
        for space in order:
            others = {name: threshold for name, threshold in union.items() if name != space}
            if not others:
                continue
            tried = {**others, space: choose(data, space, min2, matched(data.candidates, others))}
            tried_f1 = f1_of(data, matched(data.candidates, tried))
            if gains(tried_f1, f1, 0.0 if space in union else STANDARD_ERRORS):
                union, f1, changed = tried, tried_f1, True
    return union


def weighted_sum(candidates: Candidates, weights: dict[str, float]) -> np.ndarray:
    """Scores of candidates in the sum of spaces: sum of weight * cosine, float32 `[queries, width]`.

    A side that one of a pair lacks adds nothing. With weights that sum to 1 this is the cosine of the normalised
    embeddings put side by side, each times the square root of its weight.
    """
    parts = [candidates.scores[space] for space in weights]
    some = np.any([part > -np.inf for part in parts], axis=0)
    total = sum(
        weight * np.where(part > -np.inf, part, 0) for weight, part in zip(weights.values(), parts, strict=True)
    )
    total = np.where(some, np.minimum(total, 1.0), -np.inf).astype(np.float32)
    total[:, 0] = 1.0
    return total


def choose_weights(data: Labelled, single: dict[str, Threshold], min2: bool) -> dict[str, float]:
    """Weights of a sum of spaces: starts from the best space alone and takes in one more while that clearly helps.

    Tries the few weights of WEIGHTS only; on small validation sets finer ones fit noise.

    Returns:
      {space: weight}, weights summing to 1; a single space where no sum is clearly better.
    """
    weights = {max(single, key=lambda space: single[space].mean_f1): 1.0}
    f1 = _f1_of_sum(data, weights, min2)
    while len(weights) < len(single):
        tried = [_mixed(weights, space, share) for space in single if space not in weights for share in WEIGHTS]
        tried_f1 = [_f1_of_sum(data, mixture, min2) for mixture in tried]
        best = int(np.argmax([values.mean() for values in tried_f1]))
        if not gains(tried_f1[best], f1, STANDARD_ERRORS):
            break
        weights, f1 = tried[best], tried_f1[best]
    return weights


def _mixed(weights, space, share):
    return {**{name: weight * (1 - share) for name, weight in weights.items()}, space: share}


def _f1_of_sum(data, weights, min2):
    scores = {"sum": weighted_sum(data.candidates, weights)}
    summed = dataclasses.replace(data, candidates=dataclasses.replace(data.candidates, scores=scores))
    return f1_of(summed, matched(summed.candidates, {"sum": choose(summed, "sum", min2)}))


def gains(new: np.ndarray, old: np.ndarray, standard_errors: float) -> bool:
    """Whether F1 of the same queries, `[queries]`, rose on average by more than so many standard errors."""
    gain = new - old
    return bool(gain.mean() > standard_errors * gain.std() / np.sqrt(len(gain)) + 1e-9)
