"""Every way of matching, its thresholds chosen on validation, from "itself alone" to the union of all spaces."""

import dataclasses
from collections.abc import Callable

import numpy as np

from inference import graph
from inference.baselines import EQUAL_PHASH
from inference.calibrate import (
    Labelled,
    choose,
    choose_union,
    choose_weights,
    f1_of,
    labelled,
    matched,
    weighted_sum,
)
from inference.candidates import Candidates
from inference.search import Neighbours
from training.metrics import Threshold, row_f1, same_group

FUSED = "fused"
BOTH = frozenset({"image", "title"})
# What a product's side is called by the spaces that look at it alone: names that begin so.
SIDES = {"image": "image", "phash": "image", "title": "title", "tfidf": "title"}


@dataclasses.dataclass(frozen=True)
class Method:
    """One way of matching: the union of what some spaces match, each with its own thresholds.

    Attributes:
      name: such as "tfidf", "title" or "union".
      thresholds: {space: Threshold}; empty matches every product with itself alone.
      weights: {space: weight} of the space "fused", where `thresholds` has it.
      validation_f1, mean_f1: on the validation and the test queries; None before they were measured.
      matches_per_item: mean size of a match list of the test queries (of validation where there is no test), the query
        counted.
    """

    name: str
    thresholds: dict[str, Threshold]
    weights: dict[str, float] = dataclasses.field(default_factory=dict)
    validation_f1: float | None = None
    mean_f1: float | None = None
    matches_per_item: float | None = None

    @property
    def spaces(self) -> list[str]:
        """The spaces that must be searched."""
        return [space for space in self.thresholds if space != FUSED] + [
            space for space in self.weights if space not in self.thresholds
        ]

    @property
    def sides(self) -> frozenset[str]:
        """The sides of a product that the method looks at: a subset of BOTH."""
        return frozenset().union(*(side_of(space) for space in self.spaces))


def side_of(space: str) -> frozenset[str]:
    """The side behind a space; one whose name does not say looks at both."""
    return next((frozenset({side}) for name, side in SIDES.items() if space.startswith(name)), BOTH)


def choose_methods(data: Labelled, encoders: list[str], min2: bool = True) -> list[Method]:
    """Chooses the thresholds of every method on labelled queries.

    Args:
      data: candidates in the spaces of `encoders` and those of inference.baselines that there are.
      encoders: names of spaces, each a method of its own.
      min2: let the nearest neighbour match from a second, lower threshold on.

    Returns:
      alone, phash, hamming, tfidf, tfidf_phash, one for each encoder, pictures and titles (the best of all spaces of
      that side), fused (weighted sum) and union; those that the spaces allow.
    """
    there = list(data.candidates.scores)
    single = {space: choose(data, space, min2 and space != "phash") for space in there}
    methods = [Method("alone", {}), *_baselines(data, single, min2)]
    methods += [Method(space, {space: single[space]}) for space in encoders]
    for name, side in (("pictures", "image"), ("titles", "title")):
        of_side = [space for space in there if side_of(space) == {side}]
        if 1 < len(of_side) < len(there):
            part = dataclasses.replace(data, candidates=data.candidates.only(of_side))
            both = _combinations(part, {space: single[space] for space in of_side}, min2)
            better = max(both, key=lambda method: (_mean_f1(method, part), -len(method.thresholds)))
            methods.append(dataclasses.replace(better, name=name))
    return methods + (_combinations(data, single, min2) if single else [])


def _combinations(data: Labelled, single: dict[str, Threshold], min2: bool) -> list[Method]:
    """The weighted sum and the union of all spaces of `data`."""
    weights = choose_weights(data, single, min2)
    if len(weights) == 1:
        fused, weights = {space: single[space] for space in weights}, {}
    else:
        summed = weighted_sum(data.candidates, weights)
        data = dataclasses.replace(data, candidates=data.candidates.with_scores(FUSED, summed))
        fused = {FUSED: choose(data, FUSED, min2)}
    union = choose_union(data, single | fused, min2)
    return [Method(FUSED, fused, weights), Method("union", union, weights if FUSED in union else {})]


def _mean_f1(method: Method, data: Labelled) -> float:
    candidates = _with_fused(data.candidates, method)
    return round(float(f1_of(data, matched(candidates, method.thresholds)).mean()), 9)


def _with_fused(candidates: Candidates, method: Method) -> Candidates:
    if FUSED not in method.thresholds:
        return candidates
    return candidates.with_scores(FUSED, weighted_sum(candidates, method.weights))


def _baselines(data: Labelled, single: dict[str, Threshold], min2: bool) -> list[Method]:
    methods, both = [], {}
    if "phash" in single:
        both["phash"] = Threshold(EQUAL_PHASH, EQUAL_PHASH, 0.0)
        methods = [Method("phash", dict(both)), Method("hamming", {"phash": single["phash"]})]
    titles = [space for space in single if space.startswith("tfidf")]
    if titles:
        best = max(titles, key=lambda space: single[space].mean_f1)
        methods.append(Method("tfidf", {best: single[best]}))
        equal = data.candidates.scores["phash"] >= EQUAL_PHASH if both else None
        both[best] = choose(data, best, min2, equal)
    return [*methods, Method("tfidf_phash", both)]


def match_graph(method: Method, candidates: Candidates, most: int = 50):
    """Applies a method: scipy CSR `[queries, gallery]` of matched pairs, at most `most` of a query, itself first."""
    candidates = _with_fused(candidates, method)
    items = len(candidates.gallery_rows)
    itself = Neighbours(candidates.indices[:, :1], np.ones((len(candidates.indices), 1), np.float32))
    parts = [graph.threshold(itself, 1.0, items)]
    for space, threshold in method.thresholds.items():
        neighbours = candidates.neighbours(space)
        parts.append(graph.threshold(neighbours, threshold.first, items))
        if threshold.second < threshold.first:
            parts.append(graph.min2(neighbours, threshold.second, items))
    return graph.cap(graph.union(*parts), most, candidates.indices[:, 0])


def graph_f1(matches, candidates: Candidates, labels) -> np.ndarray:
    """F1 of every query of a graph: float `[queries]`."""
    data = labelled(candidates, labels)
    gallery_labels = np.asarray(labels)[candidates.gallery_rows]
    row = np.repeat(np.arange(matches.shape[0]), np.diff(matches.indptr))
    query_labels = np.asarray(labels)[candidates.query_rows[row]]
    right = same_group(matches.indices[:, None], query_labels, gallery_labels)[:, 0]
    hits = np.bincount(row, weights=right, minlength=matches.shape[0])
    return row_f1(hits, np.diff(matches.indptr), data.expected)


def precision(matches, candidates: Candidates, labels) -> float:
    """The share of a graph's matches, the items themselves left out, that are right; 1 where nothing is matched."""
    row, column = matches.nonzero()
    others = column != candidates.indices[row, 0]
    query = np.asarray(labels)[candidates.query_rows[row[others]]]
    found = np.asarray(labels)[candidates.gallery_rows[column[others]]]
    return float((query == found).mean()) if others.any() else 1.0


def tightened(method: Method, precision_of: Callable[[Method], float], wanted: float) -> Method:
    """The method with all thresholds raised by the least that makes enough of its matches right.

    Args:
      precision_of: function of a method: the share of its matches that are right on validation, see `precision`.
      wanted: least such share. As nothing matches above 1, every share is reached.
    """
    for rise in np.arange(0.0, 2.0, 0.005):
        thresholds = {
            space: dataclasses.replace(at, first=at.first + rise, second=at.second + rise)
            for space, at in method.thresholds.items()
        }
        tried = dataclasses.replace(method, thresholds=thresholds)
        if precision_of(tried) >= wanted:
            break
    return tried
