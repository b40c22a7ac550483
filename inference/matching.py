"""Matches a table of products by its embeddings: galleries, thresholds, the method that is best on validation."""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from inference import curves, graph
from inference.baselines import baseline_spaces
from inference.calibrate import STANDARD_ERRORS, gains, labelled
from inference.candidates import Gallery, find_candidates, told_of
from inference.chain.chain import Chain, Step
from inference.choice import choose_best
from inference.galleries import Galleries, choose_galleries
from inference.methods import Method, choose_methods, graph_f1, match_graph, precision, tightened

# Queries matched at a time, so that memory grows with the matches and not with the candidates.
BLOCK = 65536
CHAIN = "chain"


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
      chain: what each step of the chain is worth; empty without one.
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
    chain: list[Step]
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
    chain: Sequence[str] = (),
    wanted_precision: float = 0.0,
    search: str = "exact",
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
      search: exact or approximate, see `inference.search.open_search`.
      min2: let the nearest neighbour match from a second, lower threshold on.
      chain: steps to climb by (inference/chain/steps.py); what they lead to is one more method, "chain".
      wanted_precision: raise the thresholds of the chosen method until so large a share of the matches is right on
        validation; 0 for the best F1.
      say: called with (what is searched, queries done, queries in all).

    Raises:
      ValueError: a space has another number of rows or another norm, or no threshold can be chosen.
    """
    _check(products, spaces)
    label = products["label"].to_numpy()
    galleries = choose_galleries(label, products["fold"].to_numpy(), rows, validation_fold, test_fold, seed)
    unlearned = baseline_spaces(products)
    searched = {**spaces, **unlearned}

    climbed = None
    if chain:
        climbed = Chain(products, spaces, unlearned, galleries, chain, neighbours, min2, max_matches, search, seed, say)

    def candidates(fold):
        if climbed:
            return climbed.candidates(fold)
        queries, gallery = getattr(galleries, f"{fold}_queries"), getattr(galleries, fold)
        return find_candidates(searched, queries, gallery, neighbours, told_of(fold, say), search)

    found = candidates("validation")
    data = labelled(found, label)
    methods, validated = _measured(choose_methods(data, list(spaces), min2), "validation_f1", found, label, max_matches)
    chosen = choose_best(methods, validated)
    by_chain = climbed is not None and gains(climbed.validation_f1, validated[chosen.name], STANDARD_ERRORS)
    if wanted_precision and by_chain:
        climbed.tighten(wanted_precision)
    elif wanted_precision:
        chosen = _tightened(chosen, found, label, max_matches, wanted_precision)
        (chosen,), again = _measured([chosen], "validation_f1", found, label, max_matches)
        methods, validated = [chosen if one.name == chosen.name else one for one in methods], {**validated, **again}
    tested, steps = {}, []
    if len(galleries.test_queries):
        found = candidates("test")
        methods, tested = _measured(methods, "mean_f1", found, label, max_matches)
    if climbed:
        steps, tested[CHAIN] = climbed.measured()
        methods.append(_chained(steps[-1], climbed.tried[-1].state.method))
        validated[CHAIN] = climbed.validation_f1

    def rows(queries, gallery, what):
        if by_chain:
            return climbed.rows(queries, gallery, what)
        opened = Gallery({name: searched[name] for name in chosen.spaces}, gallery, search)
        return match_rows(chosen, opened, queries, neighbours, max_matches, told_of(what, say))

    chosen = methods[-1] if by_chain else next(method for method in methods if method.name == chosen.name)
    return Result(
        galleries,
        methods,
        chosen,
        validated,
        rows(galleries.use, galleries.use, "matches"),
        rows(galleries.test_queries, galleries.test, "test"),
        _expected(label, galleries),
        tested.get(chosen.name, np.zeros(0)),
        steps,
        curves.f1(data),
        curves.histograms(data),
    )


def match_rows(method: Method, gallery: Gallery, queries, k: int, most: int, say=None) -> list[np.ndarray]:
    """For each query the rows of its matches, best first, itself first; BLOCK queries at a time.

    Args:
      queries: int, rows of the product table.
      k: neighbours looked at in every space, the product itself counted.
      most: most matches of a product, itself counted.
      say: called with (space, queries done, queries in all).
    """
    matches = []
    for start in range(0, len(queries), BLOCK):
        told = functools.partial(_told_from, say, start, len(queries)) if say else None
        found = gallery.candidates(queries[start : start + BLOCK], k, told)
        matched = match_graph(method, found, most)
        matches += [gallery.rows[columns] for columns in graph.to_lists(matched, found.indices[:, 0])]
    return matches


def _told_from(say, start, count, space, done, _):
    say(space, start + done, count)


def _chained(final: Step, method: Method) -> Method:
    """The chain as one of the methods."""
    figures = {name: getattr(final, name) for name in ("validation_f1", "mean_f1", "matches_per_item")}
    return dataclasses.replace(method, name=CHAIN, **figures)


def _measured(methods: list[Method], figure: str, candidates, label, most: int) -> tuple[list[Method], dict]:
    """The methods with their mean F1 on the queries of `candidates`, and {name: F1 of each query}."""
    done, rows = [], {}
    for method in methods:
        matches = match_graph(method, candidates, most)
        rows[method.name] = graph_f1(matches, candidates, label)
        figures = {figure: float(rows[method.name].mean()), "matches_per_item": matches.nnz / matches.shape[0]}
        done.append(dataclasses.replace(method, **figures))
    return done, rows


def _tightened(method: Method, candidates, label, most: int, wanted: float) -> Method:
    def precision_of(tried: Method) -> float:
        return precision(match_graph(tried, candidates, most), candidates, label)

    return tightened(method, precision_of, wanted)


def _expected(label, galleries: Galleries) -> list[np.ndarray]:
    members: dict[int, list[int]] = {}
    for row in galleries.test:
        members.setdefault(label[row], []).append(row)
    return [np.array(members[label[row]]) for row in galleries.test_queries]


def _check(products: pd.DataFrame, spaces: dict) -> None:
    for name, vectors in spaces.items():
        if len(vectors) != len(products):
            raise ValueError(
                f"Space {name!r} has {len(vectors)} rows, the table {len(products)} products: they come from different "
                "records. Run python -m inference.embed again."
            )
        # The sum of a row is a number where all of it are, and is small beside the row.
        sums = np.einsum("id->i", vectors)
        if not np.isfinite(sums).all():
            row = int(np.argmax(~np.isfinite(sums)))
            raise ValueError(f"Space {name!r} has a value that is not a number in row {row}: embed with another run.")
