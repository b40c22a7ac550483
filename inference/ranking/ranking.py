"""Ranks a folder of scores: rankings.csv, figures, and a submission."""

import dataclasses
import json

import numpy as np

from inference.ranking import csv_columns, metrics, pool_rules, scores_folder, top_five
from inference.ranking.best import best
from inference.ranking.scores import Scores
from inference.submit import write_csv
from tfrecords_tools import folds
from tfrecords_tools.writer import write_whole
from training.text_table import aligned

COLUMNS = ("query_id", "rank", "product_id", "score")


@dataclasses.dataclass(frozen=True)
class Line:
    """Figures of one ranking.

    Attributes:
      fold: its name.
      pool_rule: "none" or the rule.
      queries: judged ones. unanswered: those of them without a relevant candidate, which count as 0.
      figures: inference.ranking.metrics.evaluate.
    """

    fold: str
    pool_rule: str
    queries: int
    unanswered: int
    figures: dict[str, float]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What was ranked.

    Attributes:
      queries, rows: of rankings.csv.
      lines: without a rule, then with it; [] where no query is judged.
      flat: queries of several candidates with one score for all, which product ids alone rank.
      held_back: candidates that the pool rule put behind the rest.
      span: the lowest and the highest score.
      submitted: rows of the submission, 0 without one.
    """

    queries: int
    rows: int
    lines: list[Line]
    flat: int
    held_back: int
    span: tuple[float, float]
    submitted: int


def rank(folder: str, options) -> Outcome:
    """Ranks the candidates of a folder's queries and writes rankings.csv and ranking.json there.

    Args:
      options: flags.ranking.Ranking.

    Raises:
      ValueError: bad scores, or what a submission would be refused for; nothing is written then.
    """
    scores = scores_folder.read(folder)
    held = pool_rules.held_back(scores, options.pool_rule, options.gap)
    ruled = pool_rules.put_behind(scores, held) if held.any() else scores
    table = None
    if options.submission_file:
        wanted = top_five.wanted_queries(options.submission_queries) if options.submission_queries else None
        table = top_five.submission(ruled, wanted)
    rankings = {"none": scores} | {options.pool_rule: ruled}
    lines = [_line(one, rule, options.top) for rule, one in rankings.items()] if scores.judged.any() else []
    rows = _write(f"{folder}/rankings.csv", scores, best(ruled.score, ruled.starts, options.top))
    write_whole(f"{folder}/ranking.json", json.dumps([dataclasses.asdict(line) for line in lines], indent=1))
    if table is not None:
        write_csv(options.submission_file, table)
    span = float(scores.score.min()), float(scores.score.max())
    submitted = 0 if table is None else len(table)
    return Outcome(len(scores.queries), rows, lines, _flat(scores), int(held.sum()), span, submitted)


def table(lines: list[Line]) -> str:
    """Figures as aligned text; a column for all that any line has."""
    names = list(dict.fromkeys(name for line in lines for name in line.figures))
    cells = [["fold", "pool rule", "queries", *names]]
    for line in lines:
        figures = [f"{line.figures[name]:.4f}" if name in line.figures else "" for name in names]
        cells.append([line.fold, line.pool_rule, f"{line.queries:,}", *figures])
    return aligned(cells)


def _line(scores: Scores, rule: str, top: int) -> Line:
    judged = scores.judged
    unanswered = int((judged & (metrics.relevant_of(scores) == 0)).sum())
    return Line(folds.name(scores.about["fold"]), rule, int(judged.sum()), unanswered, metrics.evaluate(scores, top))


def _flat(scores: Scores) -> int:
    begin = scores.starts[:-1]
    same = np.maximum.reduceat(scores.score, begin) == np.minimum.reduceat(scores.score, begin)
    return int((same & (scores.counts > 1)).sum())


def _write(path: str, scores: Scores, places: np.ndarray) -> int:
    query, rank = np.nonzero(places >= 0)
    places = places[query, rank]
    columns = scores.queries[query], rank + 1, scores.products[places], scores.score[places]
    csv_columns.write(path, dict(zip(COLUMNS, columns, strict=True)))
    return len(places)
