"""The commands rank and ensemble on planted scores: what they print, write and refuse."""

import csv
import json
import os
import tempfile
from unittest import mock

import tensorflow as tf
from absl.testing import parameterized

from flags.classify import Ensemble, Predictions
from flags.ranking import Ranking, ScoreEnsemble, Scores
from flags.run import Run
from inference import ensemble, rank
from inference.ranking import scores_folder
from tests.inference.ranking.planted_scores import drawn, planted


class Command(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.root = tempfile.mkdtemp(dir=self.get_temp_dir())

    def plant(self, name, scores):
        folder = f"{self.root}/{name}"
        scores_folder.write(folder, scores)
        return folder

    def said(self, command, *arguments):
        with mock.patch("builtins.print") as print:
            command(*arguments)
        return "\n".join(str(call.args[0]) for call in print.call_args_list)

    def rank(self, *folders, **flags):
        return self.said(rank.main, Scores(scores=",".join(folders)), Ranking(**flags))


class RankTest(Command):
    def test_rankings_and_figures_are_written(self):
        rows = [(4, 1, 0.25, 0), (4, 2, 0.5, 1), (4, 3, 0.125, 0), (2, 3, 0.5, 0), (2, 9, 0.5, 0)]
        folder = self.plant("a", planted(rows))
        said = self.rank(folder, top=2)
        with open(f"{folder}/rankings.csv") as file:
            self.assertEqual(
                file.read(), "query_id,rank,product_id,score\n2,1,3,0.5\n2,2,9,0.5\n4,1,2,0.5\n4,2,1,0.25\n"
            )
        with open(f"{folder}/ranking.json") as file:
            (line,) = json.load(file)
        self.assertEqual((line["queries"], line["unanswered"], line["figures"]["ndcg@2"]), (2, 1, 0.5))
        self.assertRegex(said, r"validation +none +2 +0\.5000")
        self.assertIn("validation: 1 queries have no relevant candidate and count as 0", said)
        self.assertIn(f"wrote {folder}/rankings.csv, ranking.json: 2 queries, 4 rows", said)
        self.assertIn(f"next: python -m inference.ensemble --scores={folder},<another model's>", said)

    def test_folds_are_lines_of_one_table(self):
        said = self.rank(self.plant("a", drawn(5, 6, 1.0, 0)), self.plant("b", drawn(7, 6, 1.0, 0, fold=1)))
        self.assertRegex(said, r"fold +pool rule +queries +ndcg@5 +ndcg@5_pooled +ndcg@5_full_ideal +recall@5 +mrr")
        self.assertRegex(said, r"validation +none +5")
        self.assertRegex(said, r"test +none +7")

    def test_a_pool_rule_is_printed_beside_no_rule(self):
        rows = [(query, 100 + query, 0.1, 1) for query in range(4)]
        rows += [(query, product, 0.5 + 0.01 * query, 0) for query in range(4) for product in range(6)]
        folder = self.plant("a", planted(rows))
        said = self.rank(folder, pool_rule="listed_once")
        self.assertRegex(said, r"validation +none +4 +0\.0000")
        self.assertRegex(said, r"validation +listed_once +4 +1\.0000")
        self.assertIn("it tells nothing about relevance", said)
        self.assertIn(f"{folder}: 24 candidates held back by listed_once", said)
        self.assertNotIn("in units of the scores", said)
        with open(f"{folder}/rankings.csv") as file:
            self.assertEqual([row["product_id"] for row in csv.DictReader(file) if row["rank"] == "1"],
                             ["100", "101", "102", "103"])  # fmt: skip

    def test_a_gap_for_scores_that_are_no_probabilities_is_remarked_on(self):
        said = self.rank(self.plant("a", planted([(1, 1, -3.5, 0), (1, 2, 8.0, 1)])), pool_rule="listed_once", gap=2.0)
        self.assertIn("--gap=2 is in units of the scores, which run from -3.5 to 8", said)

    def test_queries_that_a_model_says_nothing_of_are_counted(self):
        folder = self.plant(
            "a", planted([(1, 1, 0.5, 1), (1, 2, 0.5, 0), (2, 1, 0.5, 1), (3, 1, 0.5, 1), (3, 2, 0.6, 0)])
        )
        self.assertIn(f"{folder}: 1 queries have one score for all candidates, ranked by product", self.rank(folder))

    def test_scores_without_answers_become_a_submission(self):
        scores = drawn(3, 6, 0.0, 0, fold=-1)
        scores.answer[:] = -1
        folder, path = self.plant("a", scores), f"{self.root}/submission.csv"
        self.assertIn("--submission_file=submission.csv", self.rank(folder).splitlines()[-1])
        said = self.rank(folder, top=2, submission_file=path)
        self.assertIn(f"wrote {path}: 3 queries\nnext: hand in {path}", said)
        with open(path) as file:
            self.assertEqual([len(row) for row in csv.reader(file)], [6] * 4)

    def test_a_refused_submission_writes_nothing(self):
        folder, path = self.plant("a", planted([(1, 1, 0.5, 1)])), f"{self.root}/submission.csv"
        with self.assertRaisesRegex(ValueError, "query 1 has 1 candidates"):
            self.rank(folder, submission_file=path)
        self.assertCountEqual(os.listdir(folder), ["scores.csv", "scores.json"])
        self.assertFalse(os.path.exists(path))

    def test_what_is_missing_or_too_much_is_named(self):
        with self.assertRaisesRegex(ValueError, "--scores=<folder of scores, of a recall run .*> is needed"):
            self.rank()
        with self.assertRaisesRegex(ValueError, "--submission_file=s.csv is of one folder, and --scores names 2"):
            self.rank("a", "b", submission_file="s.csv")


class EnsembleTest(Command):
    def ensemble(self, scores="", run="", blend=None, classes=None, predictions=None):
        return self.said(
            ensemble.main, classes or Ensemble(), predictions or Predictions(), Scores(scores=scores),
            blend or ScoreEnsemble(), Run(run=run),
        )  # fmt: skip

    def test_scores_are_joined_and_can_be_ranked(self):
        folders = [self.plant(name, drawn(30, 9, 1.0, seed)) for seed, name in enumerate("ab")]
        said = self.ensemble(",".join(folders), f"{self.root}/both")
        self.assertIn(f"wrote {self.root}/both/scores: 30 queries, 270 pairs", said)
        self.assertIn(f"next: python -m inference.rank --scores={self.root}/both/scores", said)
        figure = said.split("ensemble, out of sample")[1].split()[0]
        self.assertIn(figure, self.rank(f"{self.root}/both/scores"))  # what rank says is out of sample too

    @parameterized.parameters(
        ({"scores": "a"}, "--scores=<two folders of scores or more> and --run=.* are both needed"),
        ({"scores": "a,r/scores", "run": "r"}, "--run=r: r/scores is a member and would be written over"),
        ({"scores": "a,b", "run": "r", "classes": Ensemble(weights_by="search")}, "--weights_by=search has no .* --sc"),
        (
            {"scores": "a,b", "run": "r", "predictions": Predictions(predictions="p,q")},
            "--predictions=p,q has no effect",
        ),
        (
            {"blend": ScoreEnsemble(score_weights="equal")},
            "--score_weights=equal has no effect on --predictions: leave",
        ),
        ({}, "--predictions=<two folders or more"),
    )
    def test_flags_of_the_other_kind_are_refused(self, values, message):
        with self.assertRaisesRegex(ValueError, message):
            self.ensemble(**values)


if __name__ == "__main__":
    tf.test.main()
