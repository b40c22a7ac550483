"""Joins the scores of several models, and says how that does on queries that its weights were not found on."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from inference.ranking import score_members, scores_folder
from inference.ranking.metrics import official
from inference.ranking.score_weights import SEARCHES, standardise
from inference.ranking.scores import Scores

FEWEST = 4  # judged queries for a search and its check


@dataclasses.dataclass(frozen=True)
class Halves:
    """Weights found on each half of the judged queries, and nDCG@5 on both.

    Attributes:
      queries: of each half.
      weights: float64 `[2, members]`, found on the first half and on the second.
      found: float64 `[2, 2]`, row i: those found on half i, judged on the first half and on the second.
      equal: float64 `[2]`, of equal weights on each half.
    """

    queries: tuple[int, int]
    weights: np.ndarray
    found: np.ndarray
    equal: np.ndarray


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What joining came to; figures are nDCG@5 over all judged queries, None without any.

    Attributes:
      pairs, queries, judged: how many.
      weights: float64 `[members]`; of a search those found on all judged queries.
      halves: None where nothing was searched.
      members: of each member by itself.
      equal: of equal weights.
      joined: of the scores that were written. After a search every judged query is scored with the weights found on
        the half that it is not in: an out-of-sample figure.
    """

    pairs: int
    queries: int
    judged: int
    weights: np.ndarray
    halves: Halves | None
    members: list[float | None]
    equal: float | None
    joined: float | None


def combine(folders: Sequence[str], run: str, options) -> Outcome:
    """Joins scores, standardised per query, and writes <run>/scores.

    Args:
      folders: of the members, two at least.
      options: flags.ranking.ScoreEnsemble.

    Raises:
      ValueError: members of other pairs, too few judged queries to search weights on, or a search that cannot take so
        many members.
    """
    stack = score_members.read(folders)
    base, members = stack[0], np.stack([standardise(one) for one in stack])
    equal, halves = np.full(len(stack), 1 / len(stack)), None
    weights = score_members.kept_weights(options.weights_from, stack) if options.weights_from else equal
    score = weights @ members
    if not options.weights_from and options.score_weights != "equal":
        weights, halves, score = _searched(base, members, options.score_weights)
    figures = [_figure(one) for one in (*stack, base.scored(equal @ members), base.scored(score))]
    outcome = Outcome(
        len(base), len(base.queries), int(base.judged.sum()), weights, halves, figures[:-2], *figures[-2:]
    )  # fmt: skip
    by = options.weights_from or options.score_weights
    facts = {"run": run, "members": _about(folders, stack, weights), "weights_from": by}
    scores_folder.write(f"{run}/scores", dataclasses.replace(base, score=score, about=base.about | facts))
    return outcome


def _searched(base: Scores, members: np.ndarray, by: str) -> tuple[np.ndarray, Halves, np.ndarray]:
    """Weights of all judged queries, those of halves, and scores `[pairs]` by weights of the other half."""
    _check(base, len(members), by)
    order = np.random.default_rng(0).permutation(np.flatnonzero(base.judged))
    masks = [np.isin(np.arange(len(base.queries)), part) for part in (order[::2], order[1::2])]
    rows = [np.repeat(mask, base.counts) for mask in masks]
    halves = [(base.of(mask), members[:, chosen]) for mask, chosen in zip(masks, rows, strict=True)]
    found = np.stack([SEARCHES[by](*half) for half in halves])
    weights = SEARCHES[by](base.of(base.judged), members[:, rows[0] | rows[1]])
    score = weights @ members
    for own, other in ((0, 1), (1, 0)):
        score[rows[own]] = found[other] @ members[:, rows[own]]

    def judge(chosen):
        return [official(half.scored(chosen @ part)) for half, part in halves]

    equal = np.array(judge(np.full(len(members), 1 / len(members))))
    sizes = tuple(int(mask.sum()) for mask in masks)
    return weights, Halves(sizes, found, np.array([judge(one) for one in found]), equal), score


def _check(base: Scores, members: int, by: str) -> None:
    judged = int(base.judged.sum())
    if judged < FEWEST:
        raise ValueError(
            f"--score_weights={by} needs {FEWEST} queries with answers at least, and {base.name} has {judged}: give "
            "--weights_from=<what ensemble wrote for a fold with answers>, or --score_weights=equal."
        )
    if by == "search" and members != 2:
        raise ValueError(
            f"--score_weights=search mixes two members, and --scores names {members}: give --score_weights=least_loss."
        )


def _figure(scores: Scores) -> float | None:
    return official(scores) if scores.judged.any() else None


def _about(folders: Sequence[str], stack: Sequence[Scores], weights: np.ndarray) -> list[dict]:
    return [
        {"scores": folder, "run": member.about["run"], "weight": float(weight)}
        for folder, member, weight in zip(folders, stack, weights, strict=True)
    ]
