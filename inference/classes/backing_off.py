"""Answers no finer than is sure: the class, or else the category of a level whose probability is high enough.

The probability of a category is the sum over its classes, so it never falls from a class to what lies above it and the
levels of one answer agree with one another; the levels' own heads, which may contradict the class, are not asked. Where
only the most probable classes were kept, the sums are lower bounds.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from inference.classes.class_tree import ClassTree

CLASS, NONE = "class", "none"


@dataclasses.dataclass(frozen=True)
class Answers:
    """One answer for each row.

    Attributes:
      level: text `[rows]`: class, level_<k>, or none.
      place: int64 `[rows]`, the class or the category of that level; -1 for none.
      name: text `[rows]`, what it is called; "" for none.
      confidence: float64 `[rows]`, its probability; of none that of the coarsest level.
    """

    level: np.ndarray
    place: np.ndarray
    name: np.ndarray
    confidence: np.ndarray


@dataclasses.dataclass(frozen=True)
class Share:
    """How many rows were answered at a level, and how well.

    Attributes:
      accuracy: share of right answers among labelled rows; None without any.
    """

    level: str
    rows: int
    share: float
    labelled: int
    accuracy: float | None


def answers(tree: ClassTree, classes, probabilities, min_confidence: float) -> Answers:
    """The finest answer of each row that has at least `min_confidence`.

    Args:
      classes: int `[rows, k]`, best first.
      probabilities: float `[rows, k]`, theirs.
    """
    names = np.array(tree.names, object)
    place, confidence = np.asarray(classes[:, 0], np.int64), np.asarray(probabilities[:, 0], np.float64)
    level, name, sure = np.full(len(place), CLASS, object), names[place], confidence >= min_confidence
    for number in reversed(range(tree.levels)):
        sums = tree.sums(number, probabilities, classes)
        best = sums.argmax(axis=1)
        highest = sums[np.arange(len(best)), best]
        place, confidence = np.where(sure, place, best), np.where(sure, confidence, highest)
        level = np.where(sure, level, f"level_{number + 1}")
        name = np.where(sure, name, np.array(tree.level_names[number], object)[best])
        sure = sure | (highest >= min_confidence)
    return Answers(
        np.where(sure, level, NONE), np.where(sure, place, -1), np.where(sure, name, ""), confidence
    )  # fmt: skip


def joined(parts: Sequence[Answers]) -> Answers:
    """Answers of blocks of rows as those of all."""
    names = [field.name for field in dataclasses.fields(Answers)]
    return Answers(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def right(tree: ClassTree, answer: Answers, label: np.ndarray) -> np.ndarray:
    """bool `[rows]`: which answers are right of rows of class `label`; none is not."""
    wanted = np.where(answer.level == CLASS, label, -2)
    for number, category in enumerate(tree.level_of_class):
        wanted = np.where(answer.level == f"level_{number + 1}", category[label], wanted)
    return answer.place == wanted


def shares(tree: ClassTree, answer: Answers, label: np.ndarray) -> list[Share]:
    """How many rows are answered at each level, finest first, and the accuracy there; label -1 = not scored."""
    scored = (label >= 0) & right(tree, answer, np.maximum(label, 0))
    found = []
    for level in [CLASS, *(f"level_{number}" for number in range(tree.levels, 0, -1)), NONE]:
        here = answer.level == level
        labelled = here & (label >= 0)
        accuracy = float(scored[labelled].mean()) if labelled.any() and level != NONE else None
        found.append(Share(level, int(here.sum()), float(here.mean()), int(labelled.sum()), accuracy))
    return found


def table(found: list[Share]) -> str:
    """The shares as aligned text."""
    lines = ["answered at      rows   share  accuracy"]
    for one in found:
        accuracy = "" if one.accuracy is None else f"{one.accuracy:.4f} of {one.labelled:,}"
        lines.append(f"{one.level:<12} {one.rows:>8,}  {one.share:6.4f}  {accuracy}".rstrip())
    return "\n".join(lines)
