"""Which folds train, and which class of the head each label becomes."""

from collections.abc import Iterable

import numpy as np

from models.heads import Classes
from tfrecords_tools.manifest import Manifest


def of_run(manifest: Manifest, run) -> tuple[list[int], np.ndarray]:
    """The training folds of a run, and the class of each label.

    Args:
      run: flags.run.Run or what a run folder kept of it.
    """
    folds = training_folds(manifest, run.validation_fold, run.test_fold)
    return folds, classes_of_labels(manifest, folds)


def training_folds(manifest: Manifest, validation_fold: int, test_fold: int) -> list[int]:
    """The folds that are neither validated nor tested on.

    Raises:
      ValueError: a fold that the records do not have, or nothing left to train on.
    """
    for name, fold in (("validation_fold", validation_fold), ("test_fold", test_fold)):
        if fold >= manifest.folds:
            raise ValueError(f"--{name}={fold}: these records have folds 0 to {manifest.folds - 1}.")
    folds = [fold for fold in range(manifest.folds) if fold not in (validation_fold, test_fold)]
    if not manifest.count(folds):
        raise ValueError("No labelled record is left to train on: all are unlabelled or in the held-out folds.")
    return folds


def classes_of_labels(manifest: Manifest, folds: list[int]) -> np.ndarray:
    """int32 [num_labels]: the head's class of each label that occurs in `folds`, -1 of the others.

    Raises:
      ValueError: fewer than two classes.
    """
    labels = manifest.labels_of(folds)
    if len(labels) < 2:
        raise ValueError(
            f"Folds {folds} hold {len(labels)} class: a margin needs at least 2. Is --label_column the right column?"
        )
    classes = np.full(manifest.num_labels, -1, np.int32)
    classes[labels] = np.arange(len(labels))
    return classes


def described(manifest: Manifest, folds: Iterable[int], class_of_label: np.ndarray) -> Classes:
    """What a head is to tell apart: the classes' sizes in `folds`, and their categories."""
    return Classes(
        int(class_of_label.max()) + 1,
        sizes(manifest, folds, class_of_label),
        [len(names) for names in manifest.level_names],
        level_of_class(manifest, class_of_label),
    )


def level_of_class(manifest: Manifest, class_of_label: np.ndarray) -> np.ndarray:
    """int32 [levels, classes]: the category of each class at each level, coarse to fine; -1 for none."""
    known = class_of_label >= 0
    table = np.full((len(manifest.level_names), class_of_label.max() + 1), -1, np.int32)
    if len(table):
        table[:, class_of_label[known]] = np.asarray(manifest.levels_of_label)[known].T
    return table


def sizes(manifest: Manifest, folds: Iterable[int], class_of_label: np.ndarray) -> np.ndarray:
    """int64 [classes]: records of each class in `folds`."""
    found = np.zeros(class_of_label.max() + 1, np.int64)
    for fold in folds:
        for label, count in manifest.histogram.get(str(fold), {}).items():
            found[class_of_label[int(label)]] += count
    return found
