"""Which rows train, and which class of the head each label becomes."""

import numpy as np

from models.heads import Classes
from tfrecords_tools.manifest import Manifest
from training.inputs import rows as rows_of
from training.inputs.rows import Rows


def of_run(records: str, manifest: Manifest, run, wanted) -> tuple[Rows, np.ndarray]:
    """The training rows of a run, and the class of each label.

    Args:
      records: folder of the records.
      run: flags.run.Run or what a run folder kept of it.
      wanted: flags.selection.TrainingRows or what a run folder kept of it.
    """
    folds = training_folds(manifest, run.validation_fold, run.test_fold)
    rows = rows_of.read(records, manifest, folds, wanted)
    if rows_of.is_all(wanted):
        return rows, classes_of_labels(manifest, folds)
    return rows, _numbered(np.unique(rows.labels[rows.copies > 0]), manifest, folds)


def of_folder(folder, records: str, manifest: Manifest) -> np.ndarray:
    """int32 [num_labels]: the class that the head of a run folder has for each label of these records, by its name.

    Args:
      folder: training.run_folder.RunFolder.
    """
    names = folder.class_names()
    if names is None:  # a run of an older version
        config = folder.config()
        return of_run(records, manifest, config.run, config.rows)[1]
    known = {name: place for place, name in enumerate(names["labels"])}
    return np.array([known.get(name, -1) for name in manifest.label_names], np.int32)


def names_of(manifest: Manifest, class_of_label: np.ndarray) -> dict:
    """What a run folder keeps: "labels", the name of each class, "levels", of each the names of its categories, and
    "level_of_class" as `level_of_class` gives it."""
    by_class = {int(place): name for name, place in zip(manifest.label_names, class_of_label, strict=True)}
    labels = [by_class[place] for place in range(int(class_of_label.max()) + 1)]
    table = level_of_class(manifest, class_of_label).tolist()
    return {"labels": labels, "levels": manifest.level_names, "level_of_class": table}


def training_folds(manifest: Manifest, validation_fold: int, test_fold: int) -> list[int]:
    """The folds that are neither validated nor tested on.

    Raises:
      ValueError: a fold that the records do not have, or nothing left to train on.
    """
    check_folds(manifest, validation_fold, test_fold)
    folds = [fold for fold in range(manifest.folds) if fold not in (validation_fold, test_fold)]
    if not manifest.count(folds):
        raise ValueError("No labelled record is left to train on: all are unlabelled or in the held-out folds.")
    return folds


def check_folds(manifest: Manifest, validation_fold: int, test_fold: int) -> None:
    """Refuses a fold that the records do not have (ValueError)."""
    for name, fold in (("validation_fold", validation_fold), ("test_fold", test_fold)):
        if fold >= manifest.folds:
            raise ValueError(f"--{name}={fold}: these records have folds 0 to {manifest.folds - 1}.")


def classes_of_labels(manifest: Manifest, folds: list[int]) -> np.ndarray:
    """int32 [num_labels]: the head's class of each label that occurs in `folds`, -1 of the others.

    Raises:
      ValueError: fewer than two classes.
    """
    return _numbered(manifest.labels_of(folds), manifest, folds)


def _numbered(labels, manifest: Manifest, folds) -> np.ndarray:
    if len(labels) < 2:
        raise ValueError(
            f"Folds {list(folds)} hold {len(labels)} class: a margin needs at least 2. Is --label_column the right "
            "column?"
        )
    classes = np.full(manifest.num_labels, -1, np.int32)
    classes[labels] = np.arange(len(labels))
    return classes


def described(manifest: Manifest, rows: Rows, class_of_label: np.ndarray) -> Classes:
    """What a head is to tell apart: the classes' sizes in records that train, and their categories."""
    return Classes(
        int(class_of_label.max()) + 1,
        sizes(rows, class_of_label),
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


def sizes(rows: Rows, class_of_label: np.ndarray) -> np.ndarray:
    """int64 [classes]: records of each class that train."""
    return np.bincount(class_of_label[rows.labels[rows.copies > 0]], minlength=class_of_label.max() + 1)
