"""Scores of a held-out fold: what they are, and what is refused."""

import os

import numpy as np
import tensorflow as tf

from tests import tiny_catalogue
from tfrecords_tools.manifest import Manifest
from training import devices, embedding
from training.evaluation import Evaluator, evaluate_run
from training.inputs.input_pipeline import ProductInput
from training.product_training import Training


class EvaluationTest(tf.test.TestCase):
    def test_a_trained_run_is_scored_again_as_it_was_in_training(self):
        folder = os.path.join(self.get_temp_dir(), "run")
        model = tiny_catalogue.tiny_model(modality="title")
        run = tiny_catalogue.tiny_run(folder)
        training = Training(
            tiny_catalogue.records(), model, tiny_catalogue.tiny_optimization(), tiny_catalogue.CPU, run
        )
        scores = training.run().scores
        again = evaluate_run(tiny_catalogue.records(), folder, 0, tiny_catalogue.CPU)
        self.assertCountEqual(scores, ["title/mean_f1", "title/recall_at_1", "title/recall_at_5", "title/map_at_r"])
        self.assertAllClose(list(again.values()), list(scores.values()), atol=1e-6)
        on_training_fold = evaluate_run(tiny_catalogue.records(), folder, 2, tiny_catalogue.CPU)
        self.assertIn("title/top1", on_training_fold)

    def test_a_fold_without_two_products_of_one_label_is_refused(self):
        folder = tiny_catalogue.records(groups=8, members=1)
        products = ProductInput(folder, Manifest.read(folder), tiny_catalogue.tiny_model(modality="image"))
        chosen = devices.choose(tiny_catalogue.CPU)
        with self.assertRaisesRegex(ValueError, "fold 0 has 2 products and no two of one label.*--validation_fold"):
            Evaluator(chosen, None, {}, products, 0, np.full(8, -1), 4)


class ProductTableTest(tf.test.TestCase):
    def test_rows_stand_in_the_order_of_the_records(self):
        table = embedding.product_table(tiny_catalogue.records())
        manifest = Manifest.read(tiny_catalogue.records())
        self.assertLen(table, manifest.records)
        folds = [shard.fold for shard in manifest.shards for _ in range(shard.records)]
        self.assertAllEqual(table["fold"], folds)
        self.assertAllEqual(table["phash"].str.len().unique(), [16])
        names = [manifest.label_names[label] for label in table["label"]]
        self.assertAllEqual(table["label_name"], names)
