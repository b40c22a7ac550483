"""A plain classifier with a category tree, from records to scores, on both ways to run it."""

import os

import numpy as np
import tensorflow as tf

from flags.model import Model
from tests import tiny_catalogue
from tests.tiny_catalogue import tree_records
from training.evaluation import evaluate_run
from training.product_training import Training
from training.run_folder import RunFolder

SCORES = ("top1", "top5", "gap", "mean_class_accuracy", "macro_f1", "calibration_error")
LEVELS = ("level_1", "level_1_head", "level_1_consistent")


def _train(folder: str, model: Model, **changes):
    optimization = tiny_catalogue.tiny_optimization(**{"epochs": 8, "augment": "", **changes})
    run = tiny_catalogue.tiny_run(folder, evaluate_epochs=4)
    return Training(tree_records(), model, optimization, tiny_catalogue.CPU, run)


class ClassificationTest(tf.test.TestCase):
    def test_it_learns_classes_and_categories_and_is_scored_again_as_in_training(self):
        folder = os.path.join(self.get_temp_dir(), "run")
        model = Model(
            modality="image",
            image_size=24,
            head="linear",
            embedding_norm="none",
            class_loss="focal",
            level_weights="0.5",
        )
        outcome = _train(folder, model, label_smoothing=0.1, learning_rate=3e-3, epochs=16).run()
        self.assertEqual(outcome.deciding, "image/top1")
        self.assertCountEqual(outcome.scores, [f"image/{name}" for name in SCORES + LEVELS])
        self.assertGreater(outcome.scores["image/top1"], 0.6)
        self.assertGreater(outcome.scores["image/level_1_head"], 0.6)
        self.assertEqual(RunFolder(folder).config().facts.level_sizes, [2])
        best = RunFolder(folder).load()
        self.assertAllEqual(best[1]["image"].level_of_class, [[0, 1, 0, 1, 0, 1]])
        again = evaluate_run(tree_records(), folder, 0, tiny_catalogue.CPU)
        self.assertAllClose(again["image/top1"], outcome.best_score)

    def test_margin_heads_have_the_losses_and_the_scores_of_classes_too(self):
        folder = os.path.join(self.get_temp_dir(), "run")
        model = tiny_catalogue.tiny_model(modality="title", class_loss="gce")
        outcome = _train(folder, model, epochs=2).run()
        self.assertContainsSubset(["title/mean_f1", "title/gap", "title/level_1"], outcome.scores)
        self.assertNotIn("title/level_1_head", outcome.scores)
        self.assertTrue(np.isfinite(list(outcome.scores.values())).all())

    def test_a_fold_of_other_classes_is_refused(self):
        folder = os.path.join(self.get_temp_dir(), "run")
        model = Model(modality="title", head="linear", tfidf_dim=8)
        run, optimization = tiny_catalogue.tiny_run(folder), tiny_catalogue.tiny_optimization()
        with self.assertRaisesRegex(ValueError, "no product of fold 0 is of a class that training has.*--split=strat"):
            Training(tiny_catalogue.records(), model, optimization, tiny_catalogue.CPU, run)

    def test_a_score_that_the_fold_lacks_cannot_decide(self):
        folder = os.path.join(self.get_temp_dir(), "run")
        model = Model(modality="title", head="linear", tfidf_dim=8)
        optimization = tiny_catalogue.tiny_optimization(epochs=1, augment="")
        run = tiny_catalogue.tiny_run(folder, best_by="map_at_r")
        with self.assertRaisesRegex(ValueError, "--best_by=map_at_r: fold 0 has no title/map_at_r, but title/top1"):
            Training(tree_records(), model, optimization, tiny_catalogue.CPU, run).run()
