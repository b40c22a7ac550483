"""The loop: it learns, it resumes to the same bits, it gives the same on several replicas, it refuses."""

import dataclasses
import io
import json
import os
from unittest import mock

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.distribution import Distribution
from tests import tiny_catalogue
from tfrecords_tools.manifest import Manifest
from training import checkpoints, evaluation
from training.classes import classes_of_labels, sizes
from training.inputs import rows
from training.product_training import Training


def train(folder, model=None, optimization=None, distribution=tiny_catalogue.CPU, records=None, **run):
    model = model or tiny_catalogue.tiny_model(modality="title")
    optimization = optimization or tiny_catalogue.tiny_optimization()
    options = tiny_catalogue.tiny_run(folder, **run)
    return Training(records or tiny_catalogue.records(), model, optimization, distribution, options)


class Killed(BaseException):
    """Stands in for SIGKILL: nothing may be cleaned up."""


def killed_after(training, steps):
    """Runs until `steps` more device loops have returned, then dies where it stands."""
    run_steps, left = training.steps.run, [steps]

    def dying(iterator, count):
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return run_steps(iterator, count)

    training.steps.run = dying
    try:
        training.run()
    except Killed:
        pass


def read(path):
    with open(path, "rb") as file:
        return file.read()


class LoopTest(tf.test.TestCase, parameterized.TestCase):
    def folder(self, name):
        return os.path.join(self.get_temp_dir(), self.id(), name)

    def test_training_lowers_the_loss_and_finds_groups(self):
        optimization = tiny_catalogue.tiny_optimization(epochs=12, learning_rate=5e-3, augment="", batch_size=16)
        folder = self.folder("run")
        outcome = train(folder, tiny_catalogue.tiny_model(), optimization, evaluate_epochs=6).run()
        lines = [json.loads(line) for line in read(f"{folder}/metrics.jsonl").splitlines()]
        losses = [line["loss"] for line in lines if "loss" in line]
        target = -10.0 * np.sin(0.3)  # of an untrained head of 8 classes, whose cosines are all about 0
        self.assertLess(losses[-1], 0.3 * (np.log(7 + np.exp(target)) - target))
        self.assertGreater(outcome.scores["joint/mean_f1"], 0.8)
        self.assertCountEqual({name.split("/")[0] for name in outcome.scores}, ["image", "title", "joint"])

    @parameterized.parameters("title", "joint")
    def test_killed_and_resumed_ends_with_the_same_bits(self, modality):
        model = tiny_catalogue.tiny_model(modality=modality, embedding_dim=16, dropout=0.3)
        unbroken, broken = self.folder("unbroken"), self.folder("broken")
        train(unbroken, model, checkpoint_steps=2).run()
        for loops in (1, 2, 1, 3):
            killed_after(train(broken, model, checkpoint_steps=2), loops)
        train(broken, model, checkpoint_steps=2).run()
        for name in ("checkpoints/step-00000008.npz", "best/step-*.npz", "metrics.jsonl"):
            paths = [tf.io.gfile.glob(f"{folder}/{name}") for folder in (unbroken, broken)]
            self.assertLen(paths[0], 1)
            self.assertEqual(os.path.basename(paths[0][0]), os.path.basename(paths[1][0]))
            self.assertEqual(read(paths[0][0]), read(paths[1][0]), name)

    def test_a_finished_run_given_again_trains_no_further(self):
        folder = self.folder("run")
        first = train(folder).run()
        before = read(f"{folder}/metrics.jsonl")
        self.assertEqual(train(folder).run(), first)
        self.assertEqual(read(f"{folder}/metrics.jsonl"), before)

    def test_a_folder_of_other_flags_is_refused_with_both_values(self):
        folder = self.folder("run")
        train(folder)
        with self.assertRaisesRegex(ValueError, "--epochs=3 here, 2 there.*run.flags"):
            train(folder, optimization=tiny_catalogue.tiny_optimization(epochs=3))

    def test_a_loss_that_is_not_finite_stops_and_names_step_and_products(self):
        folder = self.folder("run")
        training = train(folder, optimization=tiny_catalogue.tiny_optimization(learning_rate=1e30, schedule="constant"))
        with self.assertRaisesRegex(ValueError, r"Loss is (nan|inf) at step \d, .* 1e\+30. Products .*p\d{3}_\d"):
            training.run()
        self.assertIsNone(checkpoints.latest(f"{folder}/checkpoints"))

    @parameterized.parameters(
        ({}, {}, "host", 3),
        ({"modality": "image"}, {"augment": "affine(rotate=20),color,mixup@0.5,cutmix"}, "device", 0),
    )
    def test_two_replicas_give_the_weights_of_one(self, model, optimization, augment_on, lacking):
        model = tiny_catalogue.tiny_model(dropout=0.0, **model)
        optimization = tiny_catalogue.tiny_optimization(
            optimizer="sgd", learning_rate=0.05, clip_norm=0.5, epochs=3, label_smoothing=0.1, **optimization
        )
        weights, losses = [], []
        for replicas in (1, 2):
            folder = self.folder(f"{replicas}")
            distribution = dataclasses.replace(tiny_catalogue.CPU, replicas=replicas, augment_on=augment_on)
            training = train(folder, model, optimization, distribution, tiny_catalogue.records(lacking=lacking))
            training.run()
            self.assertEqual(training.devices.replicas, replicas)
            weights.append(checkpoints.latest(f"{folder}/checkpoints")[0])
            losses.append([line.get("loss") for line in map(json.loads, read(f"{folder}/metrics.jsonl").splitlines())])
        self.assertAllClose([x for x in losses[0] if x], [x for x in losses[1] if x], atol=1e-5)
        for name, value in weights[0].items():
            self.assertAllClose(value, weights[1][name], atol=1e-5, msg=name)

    def test_a_sharded_head_goes_on_over_another_number_of_devices(self):
        optimization = tiny_catalogue.tiny_optimization(optimizer="adam", clip_norm=0.5, ema_momentum=0.9)
        two = dataclasses.replace(tiny_catalogue.CPU, replicas=2)
        sharded = tiny_catalogue.tiny_model(modality="title", dropout=0.0, head="sharded")
        unbroken, broken = self.folder("unbroken"), self.folder("broken")
        train(unbroken, sharded, optimization, checkpoint_steps=2).run()
        killed_after(train(broken, sharded, optimization, two, checkpoint_steps=2), 2)
        train(broken, sharded, optimization, checkpoint_steps=2).run()
        expected, found = (checkpoints.latest(f"{folder}/checkpoints") for folder in (unbroken, broken))
        for name, value in expected[0].items():
            self.assertAllClose(value, found[0][name], atol=1e-4, msg=name)
        scores = evaluation.evaluate_run(tiny_catalogue.records(), broken, 0, two)
        self.assertEqual(scores.keys(), expected[1]["scores"].keys())

    def test_a_sampled_head_resumes_to_the_same_bits(self):
        model = tiny_catalogue.tiny_model(modality="title", head="sampled", sampled_share=1.0)
        unbroken, broken = self.folder("unbroken"), self.folder("broken")
        train(unbroken, model, checkpoint_steps=2).run()
        killed_after(train(broken, model, checkpoint_steps=2), 2)
        train(broken, model, checkpoint_steps=2).run()
        expected, found = (checkpoints.latest(f"{folder}/checkpoints")[0] for folder in (unbroken, broken))
        for name, value in expected.items():
            self.assertAllEqual(value, found[name])

    def test_a_poisoned_batch_is_passed_over_where_asked(self):
        folder = self.folder("run")
        training = train(folder, on_nan="restore", checkpoint_steps=2)
        run_steps, calls = training.steps.run, []

        def poisoned(iterator, count):
            losses, waited = run_steps(iterator, count)
            calls.append(count)
            if len(calls) == 3:
                training.steps.variables[0].assign(np.nan * np.asarray(training.steps.variables[0]))
                losses[0] = np.nan
            return losses, waited

        training.steps.run = poisoned
        with mock.patch("sys.stderr", new=io.StringIO()) as said:
            self.assertEqual(training.run().steps, 8)
        self.assertRegex(said.getvalue(), r"Loss is nan at step 5, .*Back to step 4, on from step 6\.")
        arrays, state = checkpoints.latest(f"{folder}/checkpoints")
        self.assertEqual(state["restores"], 1)
        self.assertTrue(all(np.isfinite(array).all() for array in arrays.values() if array.dtype.kind == "f"))

    def test_a_batch_that_is_poisoned_too_often_stops(self):
        training = train(self.folder("run"), on_nan="restore", nan_restores=1, checkpoint_steps=1)
        run_steps, calls = training.steps.run, []

        def poisoned(iterator, count):
            losses, waited = run_steps(iterator, count)
            calls.append(count)
            return (losses * np.nan if len(calls) > 1 else losses), waited

        training.steps.run = poisoned
        with self.assertRaisesRegex(ValueError, r"Loss is nan at step 3.*It is time 2 in this run"):
            training.run()


class RefusalsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ({"validation_fold": 7}, "--validation_fold=7: these records have folds 0 to 3"),
        ({"test_fold": 4}, "--test_fold=4: these records have folds 0 to 3"),
    )
    def test_a_fold_that_is_not_there(self, run, message):
        with self.assertRaisesRegex(ValueError, message):
            train(self.get_temp_dir(), **run)

    def test_a_batch_that_does_not_divide_over_the_replicas(self):
        with self.assertRaisesRegex(ValueError, "--batch_size=9 does not divide by 2 devices: give a multiple of 2"):
            optimization = tiny_catalogue.tiny_optimization(batch_size=9)
            train(self.get_temp_dir(), optimization=optimization, distribution=Distribution(accelerator="cpu"))

    def test_one_class_only(self):
        with self.assertRaisesRegex(ValueError, "hold 1 class: a margin needs at least 2"):
            manifest = Manifest.read(tiny_catalogue.records())
            only = {"2": {"5": 3}}
            classes_of_labels(type(manifest)(**{**vars(manifest), "histogram": only}), [2])

    def test_classes_are_numbered_without_gaps(self):
        manifest = Manifest.read(tiny_catalogue.records())
        classes = classes_of_labels(manifest, [2, 3])
        self.assertAllEqual(np.sort(classes[classes >= 0]), np.arange(8))
        self.assertEqual((classes < 0).sum(), 8)
        found = sizes(rows.read(tiny_catalogue.records(), manifest, [2, 3]), classes)
        self.assertEqual((found.shape, found.sum()), ((8,), manifest.count([2, 3])))
