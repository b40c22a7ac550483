"""Towers of text trained from a table of marks: they learn, go on where they stopped, and refuse."""

import csv
import json
import os

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.model import Model
from flags.optimizer import Optimization
from flags.run import Run
from flags.title_recall import TitleRecall
from tests.tiny_catalogue import CPU
from tests.training.loop_test import killed_after, read
from tests.training.recall import planted_pairs
from training import checkpoints
from training.recall import title_catalogue, title_models
from training.recall.title_training import TitleTraining
from training.run_folder import RunFolder

TFIDF = {"tfidf_dim": 32, "tfidf_idf_power": 1.0, "tfidf_layers": "32", "embedding_norm": "none"}


class TitleTrainingTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = os.path.join(self.get_temp_dir(), self.id())
        os.makedirs(self.folder)
        self.table = planted_pairs.table(f"{self.folder}/marks.csv")

    def train(self, name="run", model=None, optimization=None, max_rejects=0.0, run=None, labelled=False, **titles):
        changes = {"epochs": 2, "batch_size": 16, "learning_rate": 3e-3, "warmup_epochs": 0, **(optimization or {})}
        return TitleTraining(
            planted_pairs.records(labelled),
            TitleRecall(**{"judgements": self.table, "in_batch": 8, "pseudo_share": 0.25, **titles}),
            Model(**(model or TFIDF)), Optimization(**changes), CPU,
            Run(run=f"{self.folder}/{name}", **(run or {})), max_rejects,
        )  # fmt: skip

    def test_it_ranks_the_marks_of_queries_never_seen_better_than_before(self):
        training = self.train(optimization={"epochs": 5, "batch_size": 32})
        before = training.evaluate()
        outcome = training.run()
        self.assertEqual(outcome.deciding, "match/ndcg5")
        self.assertGreater(outcome.best_score, before["match/ndcg5"] + 0.2)
        self.assertEqual(set(outcome.scores), {"match/ndcg5", "match/ndcg5_graded", "match/mrr"})
        encoder, texts = title_models.load(RunFolder(f"{self.folder}/run"))
        self.assertEqual(set(encoder.output["match"]), {"queries", "products"})
        self.assertEqual(texts.titles.dim, training.input.texts.titles.dim)
        self.assertTrue(title_models.is_run(RunFolder(f"{self.folder}/run")))

    def test_killed_and_taken_up_again_it_ends_with_the_same_weights(self):
        changes = {"run": {"checkpoint_steps": 3}, "model": {**TFIDF, "embedding_norm": "batch"}}
        self.train("whole", **changes).run()
        killed_after(self.train("killed", **changes), 2)
        os.rename(self.table, f"{self.folder}/moved.csv")
        again = self.train("killed", judgements=f"{self.folder}/moved.csv", **changes)
        self.assertBetween(again.step, 1, again.total_steps - 1)
        again.run()
        whole, killed = (checkpoints.latest(f"{self.folder}/{name}/checkpoints")[0] for name in ("whole", "killed"))
        self.assertEqual(whole.keys(), killed.keys())
        for name in whole:
            self.assertAllEqual(whole[name], killed[name])

    def test_a_table_that_says_other_marks_is_another_run(self):
        self.train()
        planted_pairs.table(self.table, names=("train",))
        with self.assertRaisesRegex(ValueError, "holds a run of other flags: other judgements"):
            self.train()

    def test_tokens_are_learned_from_titles_and_training_queries(self):
        model = {"title_encoder": "bert_tiny", "embedding_norm": "none", "title_tokens": 8}
        training = self.train(model=model, optimization={"max_steps": 1}, query_tokens=6, softmax_form="am")
        self.assertEqual(training.heads["match"].form, "am")
        self.assertAllEqual(next(iter(training.input.epoch(0)))["inputs"]["query_token_ids"].shape, [16, 6])
        vocabulary = training.input.texts.titles.tokenizer.get_vocabulary()
        self.assertIn("v", vocabulary)  # no title has one
        self.assertGreaterEqual(training.run().best_score, 0)

    def test_rows_that_are_no_marks_are_listed_or_refused_where_they_are_many(self):
        with open(self.table, "a") as file:
            file.write("q,red,unknown,3,train\n")
        with self.assertRaisesRegex(ValueError, "rejected, more than --max_rejects=0: 1 unknown product"):
            self.train()
        self.assertIn(b"unknown product", read(f"{self.folder}/run/rejects.csv"))
        self.train("allowed", max_rejects=0.01)
        with open(f"{self.folder}/allowed/rejects.csv") as file:
            self.assertLen(list(csv.reader(file)), 2)

    def test_folds_hold_out_products_and_minus_one_trains_on_their_queries(self):
        held_out = self.train(labelled=True, optimization={"max_steps": 1})
        folds = held_out.catalogue.folds
        self.assertTrue(np.isin(folds[held_out.input.pool], (2, 3)).all())
        count = len(planted_pairs.marks("train").queries)
        self.assertLen(held_out.input.answered, count)
        whole = self.train("whole", labelled=True, run={"validation_fold": -1, "test_fold": -1})
        self.assertLen(whole.input.pool, 64)
        self.assertLen(whole.input.answered, count + len(planted_pairs.marks("validation").queries))
        self.assertIsNone(whole.evaluate)
        with self.assertRaisesRegex(ValueError, "--test_fold=9: these records have folds 0 to 3"):
            self.train("fold", labelled=True, run={"test_fold": 9})

    def test_config_says_what_a_table_held(self):
        self.train()
        facts = json.loads(read(f"{self.folder}/run/config.json"))["facts"]
        self.assertEqual(facts["judgements"], title_catalogue.fingerprint(self.table))


class SplitTest(tf.test.TestCase):
    def test_a_quarter_of_the_training_queries_validates_where_the_table_has_no_such_split(self):
        path = planted_pairs.table(os.path.join(self.get_temp_dir(), "marks.csv"), validation="test", train="")
        marks = title_catalogue.read(planted_pairs.records()).marks(path)
        counts = {name: marks.splits.count(name) for name in ("train", "validation", "test")}
        self.assertEqual(counts["test"], 7)
        self.assertEqual(counts["train"] + counts["validation"], 25)
        self.assertBetween(counts["validation"], 1, 12)
        alone = marks.of_split("validation").queries[0]
        again = title_catalogue.split(marks.of_queries([marks.queries.index(alone)]))
        self.assertEqual(again.splits, ("validation",))

    def test_a_split_that_the_table_names_stays(self):
        marks = planted_pairs.marks("validation")
        self.assertEqual(title_catalogue.split(marks).splits, marks.splits)


if __name__ == "__main__":
    tf.test.main()
