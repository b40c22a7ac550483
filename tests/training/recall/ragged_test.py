"""Rows as they come in real TSVs: bad ones are counted, odd ones train and score, and no other row suffers for them."""

import os
import tempfile
from unittest import mock

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.distribution import Distribution
from flags.optimizer import Optimization
from flags.run import Run
from inference.ranking import scores_folder
from inference.recall.scoring import Scorer
from tests.tfrecords_tools import catalogue, kddcup_folder
from tests.tfrecords_tools.kddcup_folder import WIDTH, cell, row
from tests.training.recall import planted_regions
from tfrecords_tools.pairs import pair_conversion, pair_reader
from training.recall.recall_training import RecallTraining

CPU = Distribution(accelerator="cpu", replicas=1)
NO_BOXES, EMPTY, STOP_WORDS, MANY_BOXES, UNKNOWN_LABEL = 100, 20, 21, 103, 104  # products, and two queries


def odd_rows():
    """Rows that are kept: no boxes, 91 boxes, an unknown class, a query of stop words, an empty query."""
    return [
        row(NO_BOXES, 1, num_boxes=0),
        row(MANY_BOXES, 1, num_boxes=91),
        row(UNKNOWN_LABEL, 1, class_labels=cell([1, 77], "<i8")),
        row(105, EMPTY, query=""),
        row(106, STOP_WORDS, query="for the"),
    ]


def bad_rows():
    """Rows that are rejected: a NaN feature, a field of the wrong length, no base64, a row that was there before."""
    return [
        row(201, 1, 1, features=cell([np.nan] + [0] * (WIDTH - 1), "<f4")),
        row(202, 1, 1, features=cell(np.zeros(WIDTH + 1), "<f4")),
        row(203, 1, boxes="?"),
        row(0, 1, seed=1),
    ]


class RaggedTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.enter_context(mock.patch("sys.stderr"))
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        source = kddcup_folder.draw(f"{self.folder}/kddcup")
        plain = [row(i, 1000 + i // 2) for i in range(24)]
        judged = [row(i, 1 + i // 3) for i in range(6)]
        kddcup_folder.write_tsv(source.input, "train", [*plain, *odd_rows(), *bad_rows(), row(0, 1000, seed=1)])
        kddcup_folder.write_tsv(source.input, "valid", [*judged, *odd_rows(), *bad_rows()])
        self.records = f"{self.folder}/records"
        self.manifest = pair_conversion.convert(source, catalogue.records(self.records, max_rejects=0.5))

    def run_of(self, matcher):
        folder = os.path.join(self.folder, matcher)
        flags = planted_regions.recall(
            matcher, region_labels=True, **({"in_batch": 4} if matcher != "pretrain" else {})
        )
        optimization = Optimization(batch_size=8, max_steps=2, shuffle_buffer=16)
        outcome = RecallTraining(self.records, flags, optimization, CPU, Run(run=folder)).run()
        self.assertEqual(outcome.steps, 2)
        return folder, outcome

    def test_bad_rows_are_counted_and_odd_ones_kept(self):
        kept = {pair.id for pair in pair_reader.read_pairs(self.records, [0])}
        self.assertContainsSubset({"valid/1/100", "valid/1/103", "valid/1/104", "valid/20/105", "valid/21/106"}, kept)
        with open(f"{self.records}/rejects.csv") as file:
            rejects = file.read().splitlines()[1:]
        self.assertEqual((len(rejects), self.manifest.rejected), (8, 8))

    @parameterized.parameters("word_match", "two_tower", "cross_attention", "sentence_match")
    def test_two_steps_and_a_score_for_every_row_that_is_zero_only_for_nothing(self, matcher):
        run, outcome = self.run_of(matcher)
        self.assertTrue(np.isfinite(list(outcome.scores.values())).all())
        found = Scorer(self.records, run, CPU).write(0, f"{run}/scores")
        self.assertAllEqual(scores_folder.read(f"{run}/scores").score, found.score)
        scored = dict(
            zip(zip(found.queries.repeat(found.counts), found.products, strict=True), found.score, strict=True)
        )
        nothing = {(1, NO_BOXES), (EMPTY, 105)}
        self.assertEqual({pair for pair, score in scored.items() if score == 0}, nothing)
        self.assertLen(scored, 11)
        self.assertTrue(np.isfinite(list(scored.values())).all())

    def test_pretraining_takes_them_too(self):
        _, outcome = self.run_of("pretrain")
        self.assertTrue(np.isfinite(outcome.best_score))


if __name__ == "__main__":
    tf.test.main()
