"""Tests of inference/score.py and inference/captions.py: from trained matchers to scores, rankings and a page."""

import contextlib
import io
import os
from unittest import mock

import numpy as np
import tensorflow as tf

from flags.data import Records
from flags.ranking import Ranking, Scores
from flags.run import Run
from flags.scoring import Captions, Scoring
from flags.title_recall import TitleRecall
from inference import captions, rank, score
from inference.ranking import scores_folder
from tests.training.recall import pair_folder, planted_regions
from tests.training.recall.planted_regions import CANDIDATES, CPU, KINDS, recall, training
from training.run_folder import RunFolder


class ScoreTest(tf.test.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = os.path.join(cls.get_temp_dir(cls()), "runs")
        few = planted_regions.optimization(max_steps=3)
        with mock.patch("sys.stderr"):
            for matcher in ("pretrain", "two_tower", "word_match"):
                training(f"{cls.folder}/{matcher}", recall(matcher), few).run()

    def said(self, main, *concerns):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), mock.patch("sys.stderr"):
            main(*concerns)
        return out.getvalue()

    def score(self, matcher, records=None, scores="", **options):
        run = Run(run=f"{self.folder}/{matcher}")
        records = Records(records=records or planted_regions.records())
        return self.said(score.main, records, run, CPU, Scoring(**options), Scores(scores=scores), TitleRecall())

    def test_scores_of_a_fold_are_ranked(self):
        folder = f"{self.folder}/word_match/scores_test"
        self.assertIn(f"next: python -m inference.rank --scores={folder}", self.score("word_match", scored_fold=1))
        found = scores_folder.read(folder)
        self.assertEqual((len(found.queries), len(found)), (KINDS, KINDS * CANDIDATES))
        self.assertEqual((found.about["fold"], found.about["matcher"]), (1, "word_match"))
        self.assertEqual(found.answer.sum(), KINDS)
        self.assertGreater(found.score.std(), 0)
        self.assertIn("ndcg@5", self.said(rank.main, Scores(scores=folder), Ranking()))

    def test_two_towers_are_ranked_again_by_their_neighbours(self):
        ways = {"plain": {}, "neighbours": {"k_reciprocal": 0.3}, "smooth": {"smoothed": 0.5}}
        found = {}
        for name, options in ways.items():
            self.score("two_tower", scores=f"{self.folder}/{name}", **options)
            found[name] = scores_folder.read(f"{self.folder}/{name}").score
        self.assertNotAllClose(found["plain"], found["smooth"])
        self.assertAllInRange(found["neighbours"], 0, 1)
        self.assertAllInRange(found["smooth"], -1.0001, 1.0001)  # still cosines

    def test_queries_are_embedded_for_mining(self):
        for matcher in ("two_tower", "word_match"):
            path = f"{self.folder}/{matcher}.npy"
            self.assertIn(f"--query_embeddings={path}", self.score(matcher, embedded_queries=path))
            vectors = np.load(path, allow_pickle=False)
            self.assertEqual((vectors.dtype, len(vectors)), (np.float32, KINDS))
            self.assertGreater(vectors.std(axis=0).max(), 0)

    def test_what_cannot_be_scored_is_refused(self):
        with self.assertRaisesRegex(ValueError, "pretrain is a pretraining, which scores nothing: train --matcher=wor"):
            self.score("pretrain")
        with self.assertRaisesRegex(ValueError, "--matcher=word_match of .*has none of queries and products in one sp"):
            self.score("word_match", k_reciprocal=0.3)
        with self.assertRaisesRegex(ValueError, "has regions of 4 features, and .* was trained on 8: give records of"):
            self.score("word_match", records=pair_folder.write()[0])
        with self.assertRaisesRegex(ValueError, r"has no pair in folds \[3\]; it has folds \[0, 1, 2\]"):
            self.score("word_match", scored_fold=3)

    def test_a_matcher_is_no_encoder_of_products(self):
        with self.assertRaisesRegex(ValueError, "word_match was trained to score products for queries, and is no enc"):
            RunFolder(f"{self.folder}/word_match").load()

    def captions(self, matcher, records=None, **options):
        records = Records(records=records or planted_regions.records())
        return self.said(captions.main, records, Run(run=f"{self.folder}/{matcher}"), CPU, Captions(**options))

    def test_a_page_of_captions(self):
        self.assertIn("pretrain/captions.html", self.captions("pretrain", shown_products=5))
        with open(f"{self.folder}/pretrain/captions.html") as file:
            page = file.read()
        self.assertIn("5 products", page)
        self.assertIn(planted_regions.text(0), page)
        with self.assertRaisesRegex(ValueError, "is of --matcher=word_match: only --matcher=pretrain gives labels and"):
            self.captions("word_match")
        with self.assertRaisesRegex(ValueError, "has regions of 4 features"):
            self.captions("pretrain", records=pair_folder.write()[0])


if __name__ == "__main__":
    tf.test.main()
