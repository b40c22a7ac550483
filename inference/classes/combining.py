"""Joins several folders of predictions into one, and says what each member is worth."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from inference.classes import gains, prediction_folder, weight_search, written
from inference.classes.stacked import KINDS, Candidates, Stack, mixed
from tfrecords_tools.progress import Progress

FEWEST = 4  # validation rows for a search and its check


@dataclasses.dataclass(frozen=True)
class Search:
    """How weights that were searched on half of the validation rows do on the other half.

    Attributes:
      rows: of the first half, and of the second.
      equal, searched: (top-1, mean log-likelihood) on each half, of equal weights and of those found on the first.
    """

    rows: tuple[int, int]
    equal: tuple[tuple[float, float], tuple[float, float]]
    searched: tuple[tuple[float, float], tuple[float, float]]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What joining came to.

    Attributes:
      rows: joined.
      unknown: classes of all that each member does not know.
      search: None of equal weights.
      lines: of validation and of test, where there are such rows.
    """

    rows: int
    unknown: dict[str, int]
    search: Search | None
    lines: dict[str, list[gains.Line]]


def combine(folders: Sequence[str], folder: str, options, output) -> Outcome:
    """Joins predictions and writes a folder of the same form.

    Args:
      folders: of the members, two at least.
      folder: to write.
      options: flags.classify.Ensemble.
      output: flags.classify.Predictions.

    Raises:
      ValueError: members of other products, or no validation rows to search weights on.
    """
    stack = Stack([prediction_folder.read(name) for name in folders])
    written.check(output, stack.tree)
    judged = {kind: stack.candidates(np.flatnonzero(stack.fold == kind)) for kind in KINDS}
    weights, search = np.full(len(folders), 1 / len(folders)), None
    if options.weights_by == "search":
        weights, search = _searched(judged["validation"], options.search_for)
    lines = {kind: gains.lines(folders, found, weights) for kind, found in judged.items() if len(found.rows)}
    _write(folder, stack, weights, output.top_classes)
    prediction_folder.finish(folder, _products(stack), stack.tree, _about(stack, weights, lines))
    return Outcome(len(stack), dict(zip(folders, stack.unknown(), strict=True)), search, lines)


def _searched(found: Candidates, measure: str) -> tuple[np.ndarray, Search]:
    if len(found.rows) < FEWEST:
        raise ValueError(
            f"--weights_by=search needs {FEWEST} labelled rows at least that the members validate on, and these "
            f"predictions have {len(found.rows)}: classify with --classify_rows=all, or give --weights_by=equal."
        )
    search, parts = weight_search.SEARCHES[measure], weight_search.halves(found)
    chosen, equal = search(parts[0]), np.ones(len(found.probabilities))
    on_halves = [tuple(weight_search.scores(part, weights) for part in parts) for weights in (equal, chosen)]
    return search(found), Search(tuple(len(part.rows) for part in parts), *on_halves)


def _write(folder: str, stack: Stack, weights: np.ndarray, top_classes: int) -> None:
    progress = Progress(len(stack), "products")
    kept = prediction_folder.kept(top_classes, len(stack.tree.names))
    with prediction_folder.writing(folder, len(stack), kept) as out:
        for start in range(0, len(stack), stack.rows_at_once):
            rows = slice(start, min(start + stack.rows_at_once, len(stack)))
            out.add(mixed(stack.dense(rows), stack.may_judge[:, rows], weights))
            progress.advance(rows.stop - rows.start)
    progress.finish()


def _products(stack: Stack):
    return stack.members[0].products.assign(label=stack.label)


def _about(stack: Stack, weights: np.ndarray, lines: dict[str, list[gains.Line]]) -> dict:
    fold = stack.members[0].products["fold"].to_numpy()
    facts = stack.members[0].about
    return {
        "records": facts["records"],
        "records_fingerprint": facts["records_fingerprint"],
        "members": [
            {"predictions": member.folder, "weight": round(float(weight), 6), "members": member.about["members"]}
            for member, weight in zip(stack.members, weights, strict=True)
        ],
        "held_out": {kind: sorted(set(fold[stack.fold == kind].tolist())) for kind in KINDS},
        "scores": [
            {"fold": kind, "name": line.name, "rows": line.rows, "scores": line.scores}
            for kind, some in lines.items()
            for line in some
        ],
    }
