"""Records and a run in, probabilities, scores and a folder out."""

import dataclasses
import io
import tempfile
from contextlib import redirect_stderr

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from inference.classes import classifying, prediction_folder, scoreboard
from tests import tiny_catalogue
from tests.inference.classes import trained
from training.evaluation import evaluate_run


class ClassifyingTest(tf.test.TestCase, parameterized.TestCase):
    def classify(self, options=None, output=None, weights="best", **changed):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        arguments = list(trained.arguments(folder, options, output, weights))
        arguments[0] = changed.get("records", arguments[0])
        arguments[1] = changed.get("run", arguments[1])
        arguments[6] = changed.get("distribution", arguments[6])
        with redirect_stderr(io.StringIO()):
            outcome = classifying.classify(*arguments)
        return outcome, prediction_folder.read(folder)

    def test_scores_are_those_of_the_evaluation(self):
        outcome, found = self.classify()
        expected = evaluate_run(trained.records(), trained.run(), 0, tiny_catalogue.CPU)
        line = outcome.scores[0]
        self.assertEqual((line.fold, line.name, line.rows), ("validation", "best", 12))
        for name, value in line.scores.items():
            if f"image/{name}" in expected:
                self.assertAllClose(value, expected[f"image/{name}"], atol=1e-6, msg=name)
        self.assertContainsSubset(["level_1", "level_1_sum", "level_1_head", "level_1_consistent"], line.scores)
        self.assertEqual([line.fold for line in outcome.scores], ["validation", "test", "training"])
        self.assertEqual((outcome.rows, len(found), outcome.strange), (53, 53, 0))
        self.assertEqual(found.about["held_out"], {"validation": [0], "test": [1]})
        text = scoreboard.table(outcome.scores)
        self.assertIn(f"validation  12    best     {line.scores['top1']:.4f}", text)

    def test_heads_with_a_margin_tell_classes_by_their_cosines(self):
        run = trained.margin_run()
        options = {"tta": "augment", "tta_passes": 2, "tta_augment": "words(0.2),flip", "classify_rows": "validation"}
        outcome, found = self.classify(options, run=run)
        expected = evaluate_run(trained.records(), run, 0, tiny_catalogue.CPU)
        self.assertAllClose(outcome.scores[0].scores["gap"], expected["joint/gap"], atol=1e-6)
        self.assertAllClose(
            outcome.scores[0].scores["calibration_error"], expected["joint/calibration_error"], atol=1e-5
        )
        self.assertNotIn("level_1_head", outcome.scores[0].scores)
        self.assertEqual(found.about["members"][0]["space"], "joint")

    def test_rows_are_products_and_unlabelled_ones_are_predicted_too(self):
        _, found = self.classify()
        new = found.products[found.products["fold"] == -1]
        self.assertCountEqual(new["id"], [f"test{row}" for row in range(5)])
        self.assertEqual(set(new["label"]), {-1})
        twin = {id: place for place, id in enumerate(found.products["id"])}
        self.assertAllClose(found.dense([twin["test2"]]), found.dense([twin["p002_0"]]), atol=1e-5)

    def test_probabilities_of_snapshots_are_summed(self):
        outcome, found = self.classify(weights="snapshots")
        names = [line.name for line in outcome.scores if line.fold == "validation"]
        self.assertLen(names, 3)
        self.assertEqual(names[-1], "sum of 2")
        self.assertLen(found.about["members"], 2)
        self.assertAllClose(found.probabilities.sum(axis=1), np.ones(53), atol=1e-5)

    def test_each_member_is_scored_with_one_look_and_with_all(self):
        outcome, _ = self.classify({"tta": "crops", "tta_crop": 0.8, "classify_rows": "test"})
        self.assertEqual([line.name for line in outcome.scores], ["best, centre crop", "best, crops"])

    def test_the_runs_own_augmentation_is_taken(self):
        outcome, found = self.classify({"tta": "augment", "tta_passes": 3, "classify_rows": "validation"})
        self.assertEqual([line.name for line in outcome.scores], ["best", "best, augment"])
        self.assertAllClose(found.about["members"][0]["look_weights"], [0.3, 0.35, 0.35])

    @parameterized.parameters(("validation", 12), ("test", 12), ("unlabelled", 5))
    def test_rows_may_be_chosen(self, rows, count):
        outcome, found = self.classify({"classify_rows": rows})
        self.assertEqual((outcome.rows, len(found)), (count, count))

    def test_two_devices_predict_as_one(self):
        options, two = {"tta": "augment", "tta_passes": 3}, dataclasses.replace(tiny_catalogue.CPU, replicas=2)
        found = [self.classify(options, distribution=one)[1] for one in (tiny_catalogue.CPU, two)]
        self.assertAllClose(found[0].dense(slice(0, 53)), found[1].dense(slice(0, 53)), atol=1e-5)

    def test_the_likeliest_classes_alone_may_be_kept(self):
        _, found = self.classify(output={"top_classes": 2})
        self.assertEqual(found.classes.shape, (53, 2))

    def test_other_records_go_by_the_names_of_the_classes(self):
        others = tiny_catalogue.tree_records()
        outcome, found = self.classify(records=others)
        self.assertEqual([(line.fold, line.rows) for line in outcome.scores], [("test", 48)])
        self.assertEqual(found.about["held_out"]["test"], [0, 1, 2, 3])
        with self.assertRaisesRegex(ValueError, "--classify_rows=validation: these records have no such rows"):
            self.classify({"classify_rows": "validation"}, records=others)

    def test_labels_that_training_did_not_have_are_not_scored(self):
        outcome, _ = self.classify(records=tiny_catalogue.records(groups=8))
        self.assertEqual((outcome.strange, outcome.scores[0].rows), (8, 24))


class LevelScoresTest(tf.test.TestCase):
    def test_categories_of_the_class_of_the_sum_and_of_the_head(self):
        levels = scoreboard.LevelScores(trained.TREE)
        classes = np.array([[0.4, 0.0, 0.3, 0.3], [0.1, 0.6, 0.2, 0.1]])  # ant, but most is large; bee
        heads = (np.array([[0.2, 0.8], [0.2, 0.8]]),)
        levels.add(scoreboard.Predicted(classes, heads), np.array([0, 0]))
        self.assertEqual(levels.result(), {"level_1": 1.0, "level_1_sum": 0.5, "level_1_head": 0.0,
                                           "level_1_consistent": 0.0, "consistent": 0.0})  # fmt: skip


if __name__ == "__main__":
    tf.test.main()
