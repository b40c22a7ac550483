"""Scores of marked pairs: ranked, they give the figures that the training gave."""

import csv
import json
import os

import numpy as np
import tensorflow as tf

from flags.data import Records
from flags.model import Model
from flags.optimizer import Optimization
from flags.ranking import Ranking, Scores
from flags.run import Run
from flags.scoring import Scoring
from flags.title_recall import Judged, TitleRecall
from inference import score
from inference.ranking import ranking, scores_folder
from inference.recall import title_scoring
from inference.recall.title_scoring import TitleScorer
from tests.tiny_catalogue import CPU
from tests.training.recall import planted_pairs
from training.recall.title_training import TitleTraining


class TitleScoringTest(tf.test.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = os.path.join(cls.get_temp_dir(cls("get_temp_dir")), "titles")
        os.makedirs(cls.folder)
        cls.records, cls.run_folder = planted_pairs.records(), f"{cls.folder}/run"
        cls.table = planted_pairs.table(f"{cls.folder}/marks.csv")
        cls.outcome = TitleTraining(
            cls.records, TitleRecall(judgements=cls.table, in_batch=8, relevant_rating=3),
            Model(tfidf_dim=16, tfidf_layers="16"), Optimization(batch_size=16, max_steps=2), CPU,
            Run(run=cls.run_folder),
        ).run()  # fmt: skip

    def main(self, scoring=None, **judged):
        """The command's main; gives its folder of scores."""
        score.main(
            Records(records=self.records), Run(run=self.run_folder), CPU, scoring or Scoring(), Scores(),
            Judged(**judged),
        )  # fmt: skip
        return f"{self.run_folder}/scores_validation"

    def test_ranked_scores_give_what_the_training_was_judged_by(self):
        folder = self.main()
        found = scores_folder.read(folder)
        self.assertEqual(set(found.answer.tolist()), {0, 3})
        [line] = ranking.rank(folder, Ranking()).lines
        self.assertEqual((line.fold, line.queries), ("validation", 7))
        expected = self.outcome.scores
        self.assertAllClose(line.figures["ndcg@5"], expected["match/ndcg5"], atol=1e-5)
        self.assertAllClose(line.figures["graded_ndcg@5"], expected["match/ndcg5_graded"], atol=1e-5)
        self.assertEqual(found.about["least_relevant"], 3)

    def test_ids_that_are_no_numbers_are_numbered_and_listed(self):
        folder = self.main()
        found, marks = scores_folder.read(folder), planted_pairs.marks("validation")
        with open(f"{folder}/product_ids.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        name = {int(row["number"]): row["id"] for row in rows}
        self.assertLen(rows, 64)
        products = {name[number] for number in found.products[: found.counts[0]]}
        self.assertEqual(products, {f"p{place}" for place in marks.product[marks.query == 0]})
        self.assertAllEqual(title_scoring.numbers(["7", "0", "12"]), [7, 0, 12])
        self.assertAllEqual(title_scoring.numbers(["07", "7"]), [0, 1])

    def test_another_table_may_be_scored(self):
        path = planted_pairs.table(f"{self.folder}/test.csv", names=("validation",), validation="test")
        found = TitleScorer(self.records, self.run_folder, CPU, path).scores(1)
        same = TitleScorer(self.records, self.run_folder, CPU).scores(0)
        self.assertAllClose(np.sort(found.score), np.sort(same.score), atol=1e-6)
        self.assertEqual(found.about["judgements"], path)
        self.assertEqual(json.loads(json.dumps(found.about))["fold"], 1)

    def test_what_has_no_effect_or_no_queries_is_refused(self):
        with self.assertRaisesRegex(ValueError, "--smoothed=0.5 has no effect on a run of titles: leave it out"):
            self.main(Scoring(smoothed=0.5))
        with self.assertRaisesRegex(ValueError, "--scored_fold=1: .*marks.csv has no query of the split 'test'; it ha"):
            self.main(Scoring(scored_fold=1))


if __name__ == "__main__":
    tf.test.main()
