"""What a page of class predictions shows: how sure and how right they are, which classes are confused or hard."""

import dataclasses

import numpy as np

from inference.classes.prediction_folder import Predictions
from training.class_metrics import BINS, ClassScores, bins_of


@dataclasses.dataclass(frozen=True)
class Judged:
    """The labelled rows that no member was trained on, or all labelled rows where there are none such.

    Attributes:
      row: int `[rows]`, where they stand among all predictions.
      label, predicted: int `[rows]`, classes.
      confidence: float64 `[rows]`, of the predicted class.
      unseen: whether no member was trained on them.
    """

    row: np.ndarray
    label: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray
    unseen: bool


@dataclasses.dataclass(frozen=True)
class Confusion:
    """Rows of one class that are taken for another, the most confident first."""

    label: int
    predicted: int
    of: int
    rows: np.ndarray


@dataclasses.dataclass(frozen=True)
class HardClass:
    """A class, the share of its rows that are right, and its rows, wrong ones first."""

    label: int
    recall: float
    rows: np.ndarray


def judged(found: Predictions) -> Judged:
    """The rows that the page is about.

    Raises:
      ValueError: no row has a class.
    """
    label, fold = found.products["label"].to_numpy(), found.products["fold"].to_numpy()
    held_out = [place for some in found.about["held_out"].values() for place in some]
    unseen = (label >= 0) & np.isin(fold, held_out)
    rows = np.flatnonzero(unseen if unseen.any() else label >= 0)
    if not len(rows):
        raise ValueError(
            f"{found.folder} has no labelled row, so there is nothing to judge: classify with --classify_rows=all."
        )
    confidence = np.asarray(found.probabilities[:, 0], np.float64)[rows]
    return Judged(rows, label[rows], np.asarray(found.classes[:, 0], np.int64)[rows], confidence, bool(unseen.any()))


def scores(found: Predictions, rows: Judged) -> dict[str, float]:
    """ClassScores of these rows."""
    gathered = ClassScores()
    gathered.add(found.probabilities[rows.row], rows.label, np.asarray(found.classes[rows.row]))
    return gathered.result()


def level_accuracies(found: Predictions, rows: Judged) -> list[float | None]:
    """How often the predicted class lies in the right category, coarse to fine; None where no class has one."""
    table = found.tree.level_of_class
    there = [category[rows.label] >= 0 for category in table]
    right = [category[rows.label] == category[rows.predicted] for category in table]
    return [float(hit[known].mean()) if known.any() else None for hit, known in zip(right, there, strict=True)]


def reliability(rows: Judged) -> tuple[list[float], list[float], list[float]]:
    """Mean confidence, accuracy and share of the rows of each of 15 bins of confidence that has rows."""
    place = bins_of(rows.confidence)
    count = np.bincount(place, minlength=BINS)
    there = count > 0
    sums = [np.bincount(place, values, BINS)[there] for values in (rows.confidence, rows.label == rows.predicted)]
    return *((total / count[there]).tolist() for total in sums), (count[there] / len(place)).tolist()


def confusions(rows: Judged, most: int) -> list[Confusion]:
    """The pairs of classes that are confused most often."""
    wrong = np.flatnonzero(rows.label != rows.predicted)
    pairs, place = np.unique(np.stack([rows.label[wrong], rows.predicted[wrong]], 1), axis=0, return_inverse=True)
    place, sizes = place.ravel(), np.bincount(rows.label)
    found = []
    for number in np.argsort(-np.bincount(place, minlength=len(pairs)), kind="stable")[:most]:
        own = wrong[place == number]
        label, predicted = map(int, pairs[number])
        own = own[np.argsort(-rows.confidence[own], kind="stable")]
        found.append(Confusion(label, predicted, int(sizes[label]), own))
    return found


def hardest(rows: Judged, most: int) -> list[HardClass]:
    """The classes with the lowest recall, the larger first where equal; those without a fault are left out."""
    right = rows.label == rows.predicted
    classes, place, counts = np.unique(rows.label, return_inverse=True, return_counts=True)
    recall = np.bincount(place, right, len(classes)) / counts
    found = []
    for number in np.lexsort((-counts, recall))[:most]:
        if recall[number] < 1:
            own = np.flatnonzero(place == number)
            own = own[np.lexsort((-rows.confidence[own], right[own]))]
            found.append(HardClass(int(classes[number]), float(recall[number]), own))
    return found
