"""What retrieval of titles is trained and judged on: the titles of product records, and people's marks of them."""

import dataclasses
import hashlib
import zlib

import numpy as np

from tfrecords_tools import files, judgements
from tfrecords_tools.judgements import Judgements
from tfrecords_tools.manifest import Manifest
from training.classes import check_folds
from training.embedding import product_table

HELD_OUT_PARTS = 4


@dataclasses.dataclass(frozen=True)
class TitleCatalogue:
    """The products of a records folder.

    Attributes:
      ids, titles: in the order of the records.
      folds: int `[products]`; -1 of products without a label.
      manifest: of the records.
    """

    ids: list[str]
    titles: list[str]
    folds: np.ndarray
    manifest: Manifest

    def pool(self, validation_fold: int, test_fold: int) -> np.ndarray:
        """Places of the products that pseudo-queries may be drawn from: all that are in neither fold, those without a
        label too.

        Raises:
          ValueError: a fold that the records do not have.
        """
        if self.manifest.folds:  # 0 of a catalogue without labels
            check_folds(self.manifest, validation_fold, test_fold)
        held_out = [fold for fold in (validation_fold, test_fold) if fold >= 0]
        return np.flatnonzero(~np.isin(self.folds, held_out))

    def marks(self, path: str) -> Judgements:
        """The table of marks at `path`, every query in a split, see `split`."""
        return split(judgements.read(path, self.ids))


def read(records: str) -> TitleCatalogue:
    """Reads ids and titles of product records, once."""
    table = product_table(records, keys=("id", "title", "fold"))
    folds = table["fold"].to_numpy()
    return TitleCatalogue(table["id"].tolist(), table["title"].tolist(), folds, Manifest.read(records))


def split(marks: Judgements) -> Judgements:
    """Gives every query a split: one without is of train; where no query is of validation, a quarter of the training
    queries is, by a hash of the text, so that it stays the same whatever else the table has."""
    splits = [name or "train" for name in marks.splits]
    if "validation" not in splits:
        for place, query in enumerate(marks.queries):
            if splits[place] == "train" and zlib.crc32(query.encode()) % HELD_OUT_PARTS == 0:
                splits[place] = "validation"
    return dataclasses.replace(marks, splits=tuple(splits))


def training_marks(marks: Judgements, validation_fold: int, test_fold: int) -> Judgements:
    """The marks of training queries; -1 for a fold adds the queries of its split to them."""
    folds = {"train": -1, "validation": validation_fold, "test": test_fold}
    return marks.of_queries([place for place, name in enumerate(marks.splits) if folds[name] < 0])


def fingerprint(path: str) -> str:
    """A hash of a file's bytes."""
    return hashlib.sha256(files.read(path)).hexdigest()[:16]
