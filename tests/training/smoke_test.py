"""Every recipe runs as a smoke test: its form with small parts, on a CPU, to finite scores."""

import dataclasses
import glob
import os

import numpy as np
import pytest
import tensorflow as tf
from absl.testing import parameterized

import flags
from flags import command
from flags.model import Model
from flags.optimizer import Optimization
from flags.recall import Recall
from flags.smoke import shrink
from tests import tiny_catalogue
from tests.training.classification_test import tree_records
from training.product_training import Training

FOLDER = os.path.join(os.path.dirname(flags.__file__), "recipes")
ALL = sorted(glob.glob(f"{FOLDER}/**/*.flags", recursive=True))
RECIPES = [path for path in ALL if command.read_flagfile(path, Recall)[0].matcher == "none"]


class SmokeTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*RECIPES)
    @pytest.mark.slow
    def test_trains_to_finite_scores(self, path):
        model, optimization = shrink(*command.read_flagfile(path, Model, Optimization))
        whole_tuples = -(-8 // model.rows_together) * model.rows_together
        optimization = dataclasses.replace(optimization, max_steps=6, batch_size=whole_tuples)
        run = tiny_catalogue.tiny_run(os.path.join(self.get_temp_dir(), self.id()), evaluate_epochs=10)
        records = tree_records() if model.head == "linear" else tiny_catalogue.records()
        outcome = Training(records, model, optimization, tiny_catalogue.CPU, run).run()
        self.assertIn(outcome.deciding, outcome.scores)
        self.assertTrue(np.isfinite(list(outcome.scores.values())).all())
