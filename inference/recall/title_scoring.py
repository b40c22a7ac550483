"""Trained towers of text over the marked products of a split's queries: scores in a folder that rankings are made of.

That folder's ids are numbers. Ids in digits stay what they are; others are numbered as they come in the table and in
the records, and written beside the scores: query_ids.csv and product_ids.csv, with the columns number and id.
"""

import csv
import io
import re
from collections.abc import Sequence

import numpy as np

from inference.ranking import scores_folder
from inference.ranking.scores import Scores, arrange
from tfrecords_tools import folds
from tfrecords_tools.writer import make_folder, write_whole
from training import devices
from training.recall import title_catalogue, title_models
from training.recall.title_evaluation import TitleEvaluation
from training.run_folder import RunFolder

_NUMBER = re.compile(r"0|[1-9]\d{0,17}", re.ASCII)


class TitleScorer:
    """The best weights of a run over one catalogue.

    Args:
      records: folder of product records.
      run: of training.recall.title_training.
      distribution: flags.distribution.Distribution.
      judgements: table of marks; "" for the one that the run was trained on.
    """

    def __init__(self, records: str, run: str, distribution, judgements: str = ""):
        self.run, folder = run, RunFolder(run)
        self.config = folder.config()
        self.judgements = judgements or self.config.titles.judgements
        self.catalogue = title_catalogue.read(records)
        self.marks = self.catalogue.marks(self.judgements)
        self.devices = devices.choose(distribution)
        with self.devices.scope():
            self.encoder, self.texts = title_models.load(folder)

    def scores(self, fold: int) -> Scores:
        """Cosines of every marked pair of a split; answers are the marks.

        Args:
          fold: 0 validation, 1 test, 2 train.

        Raises:
          ValueError: no query of the table is of that split, or none has an answer.
        """
        split = folds.name(fold)
        marks = self.marks.of_split(split)
        if not marks.queries:
            has = ", ".join(sorted(set(self.marks.splits)))
            raise ValueError(
                f"--scored_fold={fold}: {self.judgements} has no query of the split {split!r}; it has {has}."
            )
        relevant = self.config.titles.relevant_rating
        evaluation = TitleEvaluation(
            self.devices, self.encoder, self.texts, marks, self.catalogue.titles,
            self.config.optimization.batch_size, relevant, catalogue=False,
        )  # fmt: skip
        cosines = evaluation.cosines(**evaluation.embeddings())
        about = {
            "fold": fold, "run": self.run, "records_fingerprint": self.catalogue.manifest.source_fingerprint,
            "judgements": self.judgements, "least_relevant": relevant,
        }  # fmt: skip
        query, product = numbers(self.marks.query_ids), numbers(self.catalogue.ids)
        place = {id: number for id, number in zip(self.marks.query_ids, query, strict=True)}
        asked = np.array([place[id] for id in marks.query_ids], np.int64)
        return arrange(asked[marks.query], product[marks.product], cosines, marks.rating, about, self.run)

    def write(self, fold: int, folder: str) -> Scores:
        """Scores a split into a folder of scores, see `scores`."""
        found = self.scores(fold)
        make_folder(folder)
        for name, ids in (("query", self.marks.query_ids), ("product", self.catalogue.ids)):
            if not all(map(_NUMBER.fullmatch, ids)):
                write_whole(f"{folder}/{name}_ids.csv", _numbered(ids))
        scores_folder.write(folder, found)
        return found


def numbers(ids: Sequence[str]) -> np.ndarray:
    """int64 `[ids]`: the ids themselves if all are numbers of at most 18 digits without leading zeros, else 0, 1, .."""
    return np.array(ids, np.int64) if all(map(_NUMBER.fullmatch, ids)) else np.arange(len(ids))


def _numbered(ids: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("number", "id"), *enumerate(ids)])
    return text.getvalue()
