"""Predictions of several runs beside one another: the same rows, the same classes, and who may judge which row."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from inference.classes.class_tree import ClassTree
from inference.classes.prediction_folder import Predictions, best_of

_CELLS = 1 << 24  # members x rows x classes in memory at once


@dataclasses.dataclass(frozen=True)
class Candidates:
    """The classes that any member holds likely, of some rows.

    Attributes:
      rows: int `[rows]`, where they stand among all.
      label: int `[rows]`, the right class, -1 where it is not known.
      classes: int `[rows, k]`.
      probabilities: float32 `[members, rows, k]`, of each member; 0 for what it did not keep.
      may_judge: bool `[members, rows]`, whether the member was not trained on the row.
    """

    rows: np.ndarray
    label: np.ndarray
    classes: np.ndarray
    probabilities: np.ndarray
    may_judge: np.ndarray

    def of(self, chosen) -> "Candidates":
        """Those of some rows, by mask or number."""
        return Candidates(
            self.rows[chosen], self.label[chosen], self.classes[chosen],
            self.probabilities[:, chosen], self.may_judge[:, chosen],
        )  # fmt: skip


class Stack:
    """Members of an ensemble, by row and by class.

    Classes are those of the first member, then what others know besides; a class that a member does not know has
    probability 0 there.

    Args:
      members: of the same products in the same order.

    Attributes:
      tree: the classes of all.
      label: int32 `[rows]`.
      may_judge: bool `[members, rows]`: the member's run did not train on the row's fold. Of a row that all members
        trained on, all may.
      fold: text `[rows]`: "validation" for folds that a member validates on, "test" for folds that none validates on
        and none trains on, "training" for what all trained on, "" for rows without label.

    Raises:
      ValueError: other products; names both folders.
    """

    def __init__(self, members: Sequence[Predictions]):
        self.members = members
        for other in members[1:]:
            _check_alike(members[0], other)
        self.tree = joined_tree([member.tree for member in members])
        self.places = [self.tree.labels(member.tree.names) for member in members]
        products = members[0].products
        self.label = self.tree.labels(products["label_name"])
        folds = products["fold"].to_numpy()
        held_out = np.stack([np.isin(folds, [-1, *_folds(member, *KINDS)]) for member in members])
        trained_by_all = ~held_out.any(axis=0)
        self.may_judge = held_out | trained_by_all
        validated = np.isin(folds, [fold for member in members for fold in _folds(member, "validation")])
        tested = held_out.all(axis=0)
        fold = np.where(validated, "validation", np.where(trained_by_all, "training", np.where(tested, "test", "")))
        self.fold = np.where((self.label < 0) | (folds < 0), "", fold)

    def __len__(self) -> int:
        return len(self.label)

    @property
    def rows_at_once(self) -> int:
        """How many rows fit in memory with the probabilities of all members."""
        return max(1, _CELLS // (len(self.members) * len(self.tree.names)))

    def dense(self, rows) -> np.ndarray:
        """float32 `[members, rows, classes]`."""
        found = np.zeros((len(self.members), len(self.label[rows]), len(self.tree.names)), np.float32)
        for number, (member, places) in enumerate(zip(self.members, self.places, strict=True)):
            found[number][:, places] = member.dense(rows)
        return found

    def candidates(self, rows: np.ndarray) -> Candidates:
        """The likely classes of some rows; every class that a member kept is among them.

        Args:
          rows: int `[rows]`, numbers.
        """
        k = min(sum(member.classes.shape[1] for member in self.members), len(self.tree.names))
        classes = np.zeros((len(rows), k), np.int32)
        probabilities = np.zeros((len(self.members), len(rows), k), np.float32)
        for start in range(0, len(rows), self.rows_at_once):
            part = slice(start, start + self.rows_at_once)
            dense = self.dense(rows[part])
            classes[part], _ = best_of(dense.sum(axis=0), k)
            probabilities[:, part] = np.take_along_axis(dense, classes[None, part], axis=2)
        return Candidates(rows, self.label[rows], classes, probabilities, self.may_judge[:, rows])

    def unknown(self) -> list[int]:
        """How many of all classes each member does not know."""
        return [len(self.tree.names) - len(member.tree.names) for member in self.members]


KINDS = ("validation", "test")


def mixed(probabilities: np.ndarray, may_judge: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The weighted mean over the members that may judge each row.

    Args:
      probabilities: float `[members, rows, k]`.
      may_judge: bool `[members, rows]`.
      weights: float `[members]`, at least 0. Where all who may judge a row have 0, they count equally.

    Returns:
      float64 `[rows, k]`.
    """
    shares = may_judge * np.asarray(weights, np.float64)[:, None]
    shares = np.where(shares.sum(axis=0) > 0, shares, may_judge)
    return np.einsum("mrk,mr->rk", probabilities, shares / np.maximum(shares.sum(axis=0), 1e-300))


def joined_tree(trees: Sequence[ClassTree]) -> ClassTree:
    """All classes of several runs, by name. Levels are those of the first that has any; its classes alone have them."""
    names = list(dict.fromkeys(name for tree in trees for name in tree.names))
    leveled = next((tree for tree in trees if tree.levels), trees[0])
    place = leveled.labels(names)
    table = np.where(place >= 0, leveled.level_of_class[:, place], -1).astype(np.int32)
    return ClassTree(names, leveled.level_names, table)


def _folds(member: Predictions, *kinds: str) -> list[int]:
    return [fold for kind in kinds for fold in member.about["held_out"].get(kind, [])]


def _check_alike(first: Predictions, other: Predictions) -> None:
    if first.products["id"].tolist() != other.products["id"].tolist():
        raise ValueError(
            f"{first.folder} has {len(first)} products and {other.folder} {len(other)}, not the same ones in the same "
            "order: classify the same --records with both runs, and the same --classify_rows."
        )
    if not first.products["fold"].equals(other.products["fold"]):
        raise ValueError(
            f"{first.folder} and {other.folder} have the same products in other folds, so one may have been trained "
            "on what the other is judged by: classify the same --records with both runs."
        )
