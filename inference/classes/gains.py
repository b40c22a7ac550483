"""What an ensemble is worth beside its members, and what it would be without each."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from inference.classes.stacked import Candidates, mixed
from training.class_metrics import ClassScores
from training.text_table import aligned

MEASURES = ("top1", "mean_class_accuracy", "gap", "macro_f1", "calibration_error")


@dataclasses.dataclass(frozen=True)
class Line:
    """One member, or all.

    Attributes:
      weight: in the ensemble; None for the ensemble itself.
      rows: that it may judge, and is scored on.
      scores: by itself.
      gain: top-1 of the ensemble less that of the ensemble without it, on rows that both it and another may judge; None
        where there are none.
    """

    name: str
    weight: float | None
    rows: int
    scores: dict[str, float]
    gain: float | None = None


def lines(names: Sequence[str], found: Candidates, weights: np.ndarray) -> list[Line]:
    """Every member, then the ensemble; {} as scores of a member that may judge no row."""
    members = [
        Line(
            name, float(weights[number]), int(found.may_judge[number].sum()),
            scores(found.of(found.may_judge[number]), np.eye(len(names))[number]), _gain(found, weights, number),
        )
        for number, name in enumerate(names)
    ]  # fmt: skip
    return [*members, Line("ensemble", None, len(found.rows), scores(found, weights))]


def scores(found: Candidates, weights: np.ndarray) -> dict[str, float]:
    """The scores of a weighted mean, {} without rows."""
    if not len(found.rows):
        return {}
    gathered = ClassScores()
    gathered.add(mixed(found.probabilities, found.may_judge, weights), found.label, found.classes)
    return gathered.result()


def table(rows: Sequence[Line]) -> str:
    """The lines as aligned text."""
    cells = [["member", "weight", "rows", *MEASURES, "gain"]]
    for row in rows:
        values = [f"{row.scores[name]:.4f}" if row.scores else "" for name in MEASURES]
        weight = "" if row.weight is None else f"{row.weight:.3f}"
        gain = "" if row.gain is None else f"{row.gain:+.4f}"
        cells.append([row.name, weight, f"{row.rows:,}", *values, gain])
    return aligned(cells)


def _gain(found: Candidates, weights: np.ndarray, member: int) -> float | None:
    others = np.arange(len(weights)) != member
    shared = found.of(found.may_judge[member] & found.may_judge[others].any(axis=0))
    if not len(shared.rows):
        return None
    without = Candidates(
        shared.rows, shared.label, shared.classes, shared.probabilities[others], shared.may_judge[others]
    )  # fmt: skip
    return scores(shared, weights)["top1"] - scores(without, weights[others])["top1"]
