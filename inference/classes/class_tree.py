"""The classes that a run tells apart, and the categories above them."""

import dataclasses

import numpy as np

from tfrecords_tools.manifest import Manifest
from training import classes


@dataclasses.dataclass(frozen=True)
class ClassTree:
    """Names of classes and of the categories of each level above them.

    Attributes:
      names: of class 0, 1, ...
      level_names: names of the categories of each level, coarse to fine; () without a tree.
      level_of_class: int32 `[levels, classes]`, the category of each class, -1 for none.
    """

    names: list[str]
    level_names: list[list[str]]
    level_of_class: np.ndarray

    @property
    def levels(self) -> int:
        """The number of levels above the classes."""
        return len(self.level_names)

    def labels(self, label_names) -> np.ndarray:
        """int32 `[rows]`, the class of each label name, -1 for one that is none of these."""
        place = {name: number for number, name in enumerate(self.names)}
        return np.array([place.get(name, -1) for name in label_names], np.int32)

    def sums(self, level: int, probabilities, indices=None) -> np.ndarray:
        """The probability of each category of a level: the sum over its classes.

        Args:
          level: from 0, the coarsest.
          probabilities: float `[rows, classes]`, or `[rows, k]` of the classes `indices`.
          indices: int `[rows, k]`.

        Returns:
          float64 `[rows, categories]`; less than 1 a row where classes have no category there.
        """
        category = self.level_of_class[level]
        category = np.broadcast_to(category if indices is None else category[indices], np.shape(probabilities))
        rows, size = len(category), len(self.level_names[level])
        place = np.arange(rows)[:, None] * (size + 1) + np.where(category < 0, size, category)
        found = np.bincount(place.ravel(), np.asarray(probabilities, np.float64).ravel(), rows * (size + 1))
        return found.reshape(rows, size + 1)[:, :size]

    def as_json(self) -> dict:
        """What predictions.json keeps."""
        fields = {"class_names": self.names, "level_names": self.level_names}
        return fields | {"level_of_class": np.asarray(self.level_of_class).tolist()}

    @classmethod
    def of_json(cls, fields: dict) -> "ClassTree":
        """Reads what `as_json` gave."""
        table = np.array(fields["level_of_class"], np.int32).reshape(-1, len(fields["class_names"]))
        return cls(fields["class_names"], fields["level_names"], table)


def of_run(folder, records: str, manifest: Manifest) -> ClassTree:
    """The classes of a run, as its folder names them.

    Args:
      folder: training.run_folder.RunFolder.
      records, manifest: what is classified; those of the training, if the run's version did not keep names yet.

    Raises:
      ValueError: other records, and a run without names.
    """
    names = folder.class_names()
    if names is None and manifest.source_fingerprint != folder.config().facts.records:
        raise ValueError(
            f"{folder.path} has no classes.json, so --records={records} must be those that it was trained on, which "
            "name its classes. Train it again to classify others."
        )
    if names is None:
        names = classes.names_of(manifest, classes.of_folder(folder, records, manifest))
    table = np.array(names["level_of_class"], np.int32).reshape(-1, len(names["labels"]))
    return ClassTree(names["labels"], names["levels"], table)
