"""Scores of labelled rows by fold, weights and looks, gathered while they are predicted."""

import dataclasses

import numpy as np

from inference.classes.class_tree import ClassTree
from inference.classes.predicting import Predicted
from training.class_metrics import ClassScores
from training.text_table import aligned

COLUMNS = ("top1", "top5", "mean_class_accuracy", "gap", "macro_f1", "calibration_error")


@dataclasses.dataclass(frozen=True)
class Scored:
    """One line of the table.

    Attributes:
      fold: validation, test or training.
      name: of the weights, with what was looked at.
      rows: labelled rows of classes that the run knows.
      scores: of ClassScores, and of LevelScores.
    """

    fold: str
    name: str
    rows: int
    scores: dict[str, float]


class LevelScores:
    """How often categories are right at each level, and how often predictions of levels fit one another."""

    def __init__(self, tree: ClassTree):
        self.tree, self.sums = tree, {}

    def add(self, predicted: Predicted, label: np.ndarray) -> None:
        """Takes in a batch; `label` int `[rows]` in [0, classes)."""
        best, path = predicted.classes.argmax(axis=1), []
        for level, category in enumerate(self.tree.level_of_class):
            there, name = category[label] >= 0, f"level_{level + 1}"
            self._count(name, (category[best] == category[label])[there])
            summed = self.tree.sums(level, predicted.classes).argmax(axis=1)
            self._count(f"{name}_sum", (summed == category[label])[there])
            if predicted.levels:
                own = predicted.levels[level].argmax(axis=1)
                self._count(f"{name}_head", (own == category[label])[there])
                self._count(f"{name}_consistent", (own == category[best])[there])
                path.append((own == category[best]) | ~there)
        if path:
            self._count("consistent", np.logical_and.reduce(path))

    def result(self) -> dict[str, float]:
        """Shares of rows.

        Returns:
          level_<k>: the predicted class lies in the right category. level_<k>_sum: the category with the highest sum of
          its classes' probabilities is right. With heads for levels: level_<k>_head: its category is right;
          level_<k>_consistent: it is the predicted class's; consistent: it is so at all levels.
        """
        return {name: right / rows for name, (right, rows) in self.sums.items() if rows}

    def _count(self, name: str, right: np.ndarray) -> None:
        hits, rows = self.sums.get(name, (0, 0))
        self.sums[name] = hits + int(right.sum()), rows + len(right)


class Scoreboard:
    """Scores of every combination that was added.

    Args:
      tree: the classes.
      label: int `[rows]`, -1 for rows that are not scored.
      fold: text `[rows]`: validation, test, training, or "" for rows that are not scored.
    """

    def __init__(self, tree: ClassTree, label: np.ndarray, fold: np.ndarray):
        self.tree, self.label, self.fold = tree, label, fold
        self.parts: dict[tuple[str, str], tuple[ClassScores, LevelScores]] = {}

    def add(self, name: str, rows: slice, predicted: Predicted) -> None:
        """Takes in what `name` predicted of some rows."""
        label, folds = self.label[rows], self.fold[rows]
        for fold in sorted(set(folds[label >= 0])):
            here = (folds == fold) & (label >= 0)
            part = Predicted(predicted.classes[here], tuple(level[here] for level in predicted.levels))
            scores, levels = self.parts.setdefault((fold, name), (ClassScores(), LevelScores(self.tree)))
            scores.add(part.classes, label[here])
            levels.add(part, label[here])

    def result(self) -> list[Scored]:
        """All scores: validation first, then test, then training."""
        order = {"validation": 0, "test": 1}
        lines = []
        for (fold, name), (scores, levels) in sorted(self.parts.items(), key=lambda item: order.get(item[0][0], 2)):
            rows = int(((self.fold == fold) & (self.label >= 0)).sum())
            lines.append(Scored(fold, name, rows, scores.result() | levels.result()))
        return lines


def table(lines: list[Scored]) -> str:
    """Scores as aligned text; then those of levels, if any."""
    text = _aligned(lines, COLUMNS)
    levels = list(dict.fromkeys(name for line in lines for name in line.scores if name not in COLUMNS))
    return text + (f"\n\n{_aligned(lines, levels)}" if levels else "")


def _aligned(lines: list[Scored], names) -> str:
    cells = [["fold", "rows", "weights", *names]]
    for line in lines:
        values = [f"{line.scores[name]:.4f}" if name in line.scores else "" for name in names]
        cells.append([line.fold, f"{line.rows:,}", line.name, *values])
    return aligned(cells)
