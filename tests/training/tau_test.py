"""The tau-normalised classifier."""

import contextlib
import io
import os

import numpy as np
import tensorflow as tf

from flags.data import Records
from flags.model import Model
from tests import tiny_catalogue
from tests.training.classification_test import tree_records
from training import checkpoints, tau
from training.product_training import Training
from training.run_folder import RunFolder
from training.tau_normalization import scaled


class TauTest(tf.test.TestCase):
    def test_lengths_of_a_class_become_their_power(self):
        kernel = np.array([[3.0, 0.0, 0.0], [4.0, 2.0, 0.0]])
        for power in (0.0, 0.5, 1.0):
            lengths = np.linalg.norm(scaled(kernel, power), axis=0)
            self.assertAllClose(lengths, [5.0 ** (1 - power), 2.0 ** (1 - power), 0.0])

    def test_the_best_tau_of_validation_is_written(self):
        folder = os.path.join(self.get_temp_dir(), "run")
        run = tiny_catalogue.tiny_run(folder, best_by="mean_class_accuracy")
        optimization = tiny_catalogue.tiny_optimization(epochs=2, augment="")
        Training(
            tree_records(), Model(modality="title", head="linear", tfidf_dim=16), optimization, tiny_catalogue.CPU, run
        ).run()
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            tau.main(Records(records=tree_records()), tiny_catalogue.CPU, run)
        self.assertEqual(said.getvalue().count("title/mean_class_accuracy"), 11)
        arrays, state = checkpoints.latest(f"{folder}/averaged")
        trained, _ = checkpoints.latest(f"{folder}/best")
        name = "head_title/0000/kernel"
        self.assertAllClose(arrays[name], scaled(trained[name], state["tau"]), rtol=1e-5)
        RunFolder(folder).load("averaged")

    def test_a_margin_head_is_refused(self):
        folder = os.path.join(self.get_temp_dir(), "margin")
        run = tiny_catalogue.tiny_run(folder)
        optimization = tiny_catalogue.tiny_optimization(epochs=1, augment="")
        model = tiny_catalogue.tiny_model(modality="title")
        Training(tree_records(), model, optimization, tiny_catalogue.CPU, run).run()
        with self.assertRaisesRegex(ValueError, "tau needs --head=linear and a --validation_fold"):
            tau.main(Records(records=tree_records()), tiny_catalogue.CPU, run)


if __name__ == "__main__":
    tf.test.main()
