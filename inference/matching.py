"""Matches a table of products by its embeddings: galleries, thresholds, the method that is best on validation."""

import dataclasses

import numpy as np
import pandas as pd

from inference import graph
from inference.baselines import baseline_spaces
from inference.calibrate import Labelled, labelled
from inference.candidates import find_candidates
from inference.choice import choose_best
from inference.galleries import Galleries, choose_galleries
from inference.methods import Method, choose_methods, graph_f1, match_graph
from training.metrics import f1_curve

# Queries matched at a time, so that memory grows with the matches and not with the candidates.
BLOCK = 65536


@dataclasses.dataclass(frozen=True)
class Result:
    """What matching found; rows are row numbers of the product table.

    Attributes:
      galleries: who was matched, validated and tested with whom.
      methods: every method with its scores.
      chosen: the method that is best on validation, see inference/choice.py.
      validation_f1: {name of a method: float `[validation queries]`}.
      matches: for each row of `galleries.use`, the rows that match, best first, itself first.
      test_matches: the same for `galleries.test_queries`.
      test_expected: for each of those, the rows of its group in the gallery.
      test_f1: float `[test queries]`, F1 of `test_matches`.
      curves: {space: {"threshold": [...], "validation_f1": [...]}}, one threshold, without min2.
      histograms: {space: {"bins": edges, "same": counts, "different": counts}} of the validation queries' candidates.
    """

    galleries: Galleries
    methods: list[Method]
    chosen: Method
    validation_f1: dict[str, np.ndarray]
    matches: list[np.ndarray]
    test_matches: list[np.ndarray]
    test_expected: list[np.ndarray]
    test_f1: np.ndarray
    curves: dict[str, dict[str, list[float]]]
    histograms: dict[str, dict[str, list[float]]]


def match(
    products: pd.DataFrame,
    spaces: dict,
    rows: str = "auto",
    *,
    validation_fold: int = 0,
    test_fold: int = 1,
    neighbours: int = 51,
    max_matches: int = 50,
    min2: bool = True,
    seed: int = 0,
    say=None,
) -> Result:
    """Finds the products that are the same, with thresholds that held-out groups have shown to be good.

    Everything is chosen on the validation fold; the test labels are looked at once, when all is chosen.

    Args:
      products: one row per product, columns `label` and `fold` (int, -1 for none) and, for the baselines, `title` and
        `phash` (16 hexadecimal digits), "" for none.
      spaces: {name: float32 `[products, dim]`} of unit rows, zero where a product lacks the side. May be empty: the
        baselines alone then.
      rows, validation_fold, test_fold, seed: see `choose_galleries`.
      neighbours: nearest neighbours looked at in every space, the product itself counted.
      max_matches: most matches of a product, itself counted.
      min2: let the nearest neighbour match from a second, lower threshold on.
      say: called with (what is searched, queries done, queries in all).

    Raises:
      ValueError: a space has another number of rows or another norm, or no threshold can be chosen.
    """
    _check(products, spaces)
    label = products["label"].to_numpy()
    galleries = choose_galleries(label, products["fold"].to_numpy(), rows, validation_fold, test_fold, seed)
    searched = {**spaces, **baseline_spaces(products)}

    def candidates(queries, gallery, names, what):
        told = (lambda space, done, of: say(f"{what}, {space}", done, of)) if say else None
        return find_candidates({name: searched[name] for name in names}, queries, gallery, neighbours, told)

    found = candidates(galleries.validation_queries, galleries.validation, searched, "validation")
    data = labelled(found, label)
    methods = choose_methods(data, list(spaces), min2)
    methods, validated = _measured(methods, "validation_f1", found, label, max_matches)
    chosen = methods.index(choose_best(methods, validated))
    test_matches, test_f1 = [], np.zeros(0)
    if len(galleries.test_queries):
        found = candidates(galleries.test_queries, galleries.test, searched, "test")
        methods, _ = _measured(methods, "mean_f1", found, label, max_matches)
        test_graph = match_graph(methods[chosen], found, max_matches)
        test_matches, test_f1 = _rows(test_graph, found), graph_f1(test_graph, found, label)
    matches = []
    for start in range(0, len(galleries.use), BLOCK):
        queries = galleries.use[start : start + BLOCK]
        found = candidates(queries, galleries.use, methods[chosen].spaces, "matches")
        matches += _rows(match_graph(methods[chosen], found, max_matches), found)
    return Result(
        galleries,
        methods,
        methods[chosen],
        validated,
        matches,
        test_matches,
        _expected(label, galleries),
        test_f1,
        _curves(data),
        _histograms(data),
    )


def _measured(methods: list[Method], figure: str, candidates, label, most: int) -> tuple[list[Method], dict]:
    """The methods with their mean F1 on the queries of `candidates`, and {name: F1 of each query}."""
    done, rows = [], {}
    for method in methods:
        matches = match_graph(method, candidates, most)
        rows[method.name] = graph_f1(matches, candidates, label)
        figures = {figure: float(rows[method.name].mean()), "matches_per_item": matches.nnz / matches.shape[0]}
        done.append(dataclasses.replace(method, **figures))
    return done, rows


def _rows(matches, candidates) -> list[np.ndarray]:
    return [candidates.gallery_rows[columns] for columns in graph.to_lists(matches, candidates.indices[:, 0])]


def _expected(label, galleries: Galleries) -> list[np.ndarray]:
    members: dict[int, list[int]] = {}
    for row in galleries.test:
        members.setdefault(label[row], []).append(row)
    return [np.array(members[label[row]]) for row in galleries.test_queries]


def _curves(data: Labelled) -> dict:
    curves = {}
    for space, scores in data.candidates.scores.items():
        grid = np.linspace(1.0, _lowest(scores), 101)
        curve = f1_curve(scores, data.same, data.expected).on(grid)
        curves[space] = {"threshold": grid[::-1].tolist(), "validation_f1": curve.mean_f1[::-1].tolist()}
    return curves


def _histograms(data: Labelled) -> dict:
    histograms = {}
    for space, scores in data.candidates.scores.items():
        bins = np.linspace(_lowest(scores), 1.0, 41)
        others, right = scores[:, 1:], data.same[:, 1:]
        same, different = (np.histogram(others[pairs & (others > -np.inf)], bins)[0] for pairs in (right, ~right))
        histograms[space] = {"bins": bins.tolist(), "same": same.tolist(), "different": different.tolist()}
    return histograms


def _lowest(scores) -> float:
    """Where an axis of scores begins: the lowest there is, down to the next tenth."""
    return float(np.floor(scores[scores > -np.inf].min(initial=0.9) * 10) / 10)


def _check(products: pd.DataFrame, spaces: dict) -> None:
    for name, vectors in spaces.items():
        if len(vectors) != len(products):
            raise ValueError(
                f"Space {name!r} has {len(vectors)} rows, the table {len(products)} products: they come from different "
                "records. Run python -m inference.embed again."
            )
        if not np.isfinite(vectors).all():
            row = int(np.argmax(~np.isfinite(vectors).all(axis=1)))
            raise ValueError(f"Space {name!r} has a value that is not a number in row {row}: embed with another run.")
