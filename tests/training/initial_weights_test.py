"""Rounds hand on weights: encoder, and the classes that both know by name; on both backends."""

import csv
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from flags.model import Model
from flags.selection import TrainingRows
from tests import tiny_catalogue
from tests.training.classification_test import tree_records
from tfrecords_tools import ids
from tfrecords_tools.manifest import Manifest
from training import checkpoints
from training.evaluation import evaluate_run
from training.product_training import Training
from training.run_folder import RunFolder

MODEL = {"modality": "image", "image_size": 16, "head": "linear", "embedding_norm": "none"}


def train(folder, wanted=None, model=None, **run):
    optimization = tiny_catalogue.tiny_optimization(epochs=1, augment="")
    options = tiny_catalogue.tiny_run(folder, best_by="mean_class_accuracy", **run)
    return Training(tree_records(), Model(**MODEL, **(model or {})), optimization, tiny_catalogue.CPU, options, wanted)


def of_groups(folder, *groups):
    """A list of the rows of these groups."""
    path = os.path.join(folder, f"groups{''.join(map(str, groups))}.csv")
    listed = [id.decode() for id in ids.read_all(tree_records(), Manifest.read(tree_records()))]
    with open(path, "w", newline="") as file:
        rows = [[id] for id in listed if int(id[1:4]) in groups]
        csv.writer(file).writerows([["id"], *rows])
    return TrainingRows(train_list=path)


class InitialWeightsTest(tf.test.TestCase):
    def folder(self, name):
        return os.path.join(self.get_temp_dir(), self.id(), name)

    def setUp(self):
        super().setUp()
        os.makedirs(self.folder(""), exist_ok=True)

    def test_a_round_begins_with_the_encoder_and_the_shared_classes_of_the_last(self):
        first, second = self.folder("first"), self.folder("second")
        some = of_groups(self.folder(""), 1, 2, 4)
        outcome = train(first, some, {"level_weights": "0.5"}).run()
        again = evaluate_run(tree_records(), first, 0, tiny_catalogue.CPU)
        self.assertAllClose(again["image/mean_class_accuracy"], outcome.best_score)
        self.assertEqual(RunFolder(first).class_names()["labels"], ["group1", "group2", "group4"])
        arrays, _ = checkpoints.latest(f"{first}/best")

        fresh = train(self.folder("fresh"), model={"level_weights": "0.5"})
        started = train(second, model={"level_weights": "0.5"}, initial_run=first)
        self.assertEqual(started.heads["image"].num_classes, 6)
        kernel = np.asarray(started.heads["image"].kernel)
        self.assertAllEqual(kernel[:, [1, 2, 4]], arrays["head_image/0000/kernel"])
        self.assertAllEqual(kernel[:, [0, 3, 5]], np.asarray(fresh.heads["image"].kernel)[:, [0, 3, 5]])
        self.assertAllEqual(started.heads["image"].level_of_class, [[0, 1, 0, 1, 0, 1]])
        self.assertAllEqual(started.heads["image"].levels[0].kernel, arrays["head_image/0003/kernel"])
        for place, variable in enumerate(started.encoder.variables):
            self.assertAllEqual(np.asarray(variable), arrays[f"encoder/{place:04d}/{variable.name}"])

    def test_a_round_that_is_taken_up_again_does_not_begin_anew(self):
        first, second = self.folder("first"), self.folder("second")
        train(first).run()
        train(second, initial_run=first).run()
        ended, _ = checkpoints.latest(f"{second}/checkpoints")
        again = train(second, initial_run=first)
        self.assertAllEqual(np.asarray(again.heads["image"].kernel), ended["head_image/0000/kernel"])
        # Killed before its first checkpoint it begins as it did.
        for step in checkpoints.steps(f"{second}/checkpoints"):
            checkpoints.remove(f"{second}/checkpoints", step)
        begun, _ = checkpoints.latest(f"{first}/best")
        again = train(second, initial_run=first)
        self.assertAllEqual(np.asarray(again.heads["image"].kernel), begun["head_image/0000/kernel"])
        with self.assertRaisesRegex(ValueError, "--initial_run= here, .*first there"):
            train(second)

    def test_another_encoder_or_no_run_is_refused(self):
        first = self.folder("first")
        train(first).run()
        with self.assertRaisesRegex(
            ValueError, r"has another encoder; 2 tensors differ: encoder/0\d+/kernel is \(256, 8\) here, absent there"
        ):
            train(self.folder("second"), model={"embedding_dim": 8}, initial_run=first)
        with self.assertRaisesRegex(FileNotFoundError, "has no config.json: train first"):
            train(self.folder("third"), initial_run=self.folder("nowhere"))
        with self.assertRaisesRegex(FileNotFoundError, "averaged has no weights"):
            train(self.folder("fourth"), initial_run=first, initial_weights="averaged")

    def test_subcentres_are_taken_class_by_class(self):
        first = self.folder("first")
        options = {"margin_loss": "subcenter", "subcenters": 2, "head": "replicated"}
        wanted = of_groups(self.folder(""), 1, 4)
        train_margin(first, wanted, options).run()
        arrays, _ = checkpoints.latest(f"{first}/best")
        started = train_margin(self.folder("second"), None, options, initial_run=first)
        [name] = [name for name in arrays if name.endswith("/centres")]
        centres = np.asarray(started.heads["image"].centres).reshape(-1, 2, 6)
        self.assertAllEqual(centres[..., [1, 4]], arrays[name].reshape(-1, 2, 2))

    @pytest.mark.slow
    def test_jax_begins_with_the_same(self):
        first, second = self.folder("first"), self.folder("second")
        train(first, of_groups(self.folder(""), 1, 2, 4)).run()
        flags = [f"--{name}={value}" for name, value in MODEL.items()]
        command = [
            sys.executable, "-m", "training.train", *flags, f"--records={tree_records()}", f"--run={second}",
            f"--initial_run={first}", "--backend=jax", "--accelerator=cpu", "--epochs=1", "--batch_size=8",
            "--learning_rate=0", "--warmup_epochs=0",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=tiny_catalogue.ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("image: 3 of 6 classes", done.stderr)
        before, after = checkpoints.latest(f"{first}/best")[0], checkpoints.latest(f"{second}/best")[0]
        self.assertAllEqual(after["head_image/0000/kernel"][:, [1, 2, 4]], before["head_image/0000/kernel"])


def train_margin(folder, wanted, model, **run):
    optimization = tiny_catalogue.tiny_optimization(epochs=1, augment="")
    options = tiny_catalogue.tiny_run(folder, **run)
    model = tiny_catalogue.tiny_model(modality="image", **model)
    return Training(tree_records(), model, optimization, tiny_catalogue.CPU, options, wanted)


if __name__ == "__main__":
    tf.test.main()
