"""Scores of pairs in blocks: the same whichever way, for lists of any length, on any number of devices."""

import dataclasses
from unittest import mock

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.distribution import Distribution
from models.recall.matching_towers import SPACE
from tests.training.recall import planted_regions
from tests.training.recall.planted_regions import recall
from tfrecords_tools.manifest import PairManifest
from training import devices
from training.inputs.tokens import TokenTitles
from training.recall import block_scorer, recall_evaluation, recall_models
from training.recall.pair_evaluation import PairEvaluation
from training.recall.pair_scorer import PairScorer
from training.recall.recall_evaluation import MatchEvaluation, PretrainingEvaluation


class PairScorerTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.enter_context(mock.patch("sys.stderr"))
        self.titles = TokenTitles.of_words([planted_regions.text(k) for k in range(16)], 8000, 6, 6)
        records = planted_regions.records()
        self.pairs = PairEvaluation(records, PairManifest.read(records), self.titles, 3)

    def parts(self, matcher, replicas=1):
        chosen = devices.choose(Distribution(accelerator="cpu", replicas=replicas))
        keras.utils.set_random_seed(1)
        with chosen.scope():
            encoder, heads = recall_models.build(recall(matcher), self.titles, planted_regions.WIDTH, 3)
        return chosen, encoder, heads, self.pairs

    @parameterized.parameters("word_match", "sentence_match", "cross_attention", "two_tower")
    def test_pairs_and_blocks_are_what_the_head_says_of_each(self, matcher):
        parts = self.parts(matcher)
        scorer, head = PairScorer(*parts, batch_size=24), parts[2][SPACE]
        queries, products = scorer.encode([0])
        query = np.array([3, 3, 3, 3, 3, 0, 7, 7, 15])
        product = np.array([0, 9, 20, 60, 5, 5, 100, 127, 1])
        direct = head.score(
            {name: value[query, None] for name, value in queries.items()},
            {name: value[product, None] for name, value in products.items()},
        )[:, 0, 0]
        found = {4096: scorer.pairwise(queries, products, query, product)}
        for at_once in (1, 2, 7):  # fewer than the candidates of a query, which then are cut
            with mock.patch.object(block_scorer, "PAIRS_AT_ONCE", at_once):
                found[at_once] = scorer.pairwise(queries, products, query, product)
        for at_once, scores in found.items():
            self.assertAllClose(scores, direct, atol=1e-4, msg=at_once)
        whole = np.full((16, 128), np.nan, np.float32)
        for some, others, block in scorer.blocks(queries, products, asked=5, offered=48):
            whole[np.ix_(some, others)] = block
        self.assertFalse(np.isnan(whole).any())
        self.assertAllClose(whole[query, product], direct, atol=1e-4)
        self.assertGreater(np.std(whole), 1e-4)

    def test_two_devices_encode_every_row_in_its_place(self):
        one, two = (PairScorer(*self.parts("word_match", n), batch_size=24).encode([0]) for n in (1, 2))
        for side, other in zip(one, two, strict=True):
            for name, value in side.items():
                self.assertAllClose(other[name], value, atol=1e-5, msg=name)

    def test_no_pair_has_no_score(self):
        scorer = PairScorer(*self.parts("word_match"), batch_size=24)
        self.assertEqual(scorer.pairwise(*scorer.encode([0]), np.zeros(0, int), np.zeros(0, int)).shape, (0,))

    @parameterized.parameters((MatchEvaluation, "word_match"), (PretrainingEvaluation, "pretrain"))
    def test_an_evaluation_gives_shares_and_asks_for_answers(self, evaluation, matcher):
        parts = self.parts(matcher)
        with mock.patch.object(recall_evaluation, "LABELS", 3):  # of the 8 words there are
            found = evaluation(*parts, 0, 24)()
        for value in found.values():
            self.assertBetween(value, 0.05, 0.95)
        table = self.pairs.table_of([0])
        unanswered = dataclasses.replace(table, answers=np.full_like(table.answers, -1))
        with mock.patch.object(self.pairs, "table_of", return_value=unanswered):
            with self.assertRaisesRegex(ValueError, "fold 0 .*Put valid_answer.json beside valid.tsv, or give another"):
                evaluation(*parts, 0, 24)


if __name__ == "__main__":
    tf.test.main()
