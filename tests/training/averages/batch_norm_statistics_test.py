"""BatchNorm measured anew: the exact average of the batches, wherever the layer is, and nothing else moves."""

import dataclasses
import os

import keras
import numpy as np
import tensorflow as tf

from tests import backends, tiny_catalogue
from tests.training.averages.batch_norm_program import OUT, STEPS, WIDTH, batches, encoder, kernel, statistics
from training import devices
from training.averages.batch_norm_statistics import reestimate_batch_norm


def on(replicas):
    return devices.choose(dataclasses.replace(tiny_catalogue.CPU, replicas=replicas))


def measure(model, rows=None, steps=STEPS, replicas=1):
    dataset = tf.data.Dataset.from_tensor_slices({"x": batches() if rows is None else rows})
    reestimate_batch_norm(on(replicas), model, on(replicas).batches(dataset), steps)


def by_hand(steps=STEPS):
    """The batch's own statistics normalise what the second BatchNorm sees."""
    found = []
    for batch in batches()[:steps].astype(np.float64):
        normal = (batch - batch.mean(0)) / np.sqrt(batch.var(0) + 1e-3)
        features = normal @ kernel() + 1.0
        found.append([batch.mean(0), batch.var(0), features.mean(0), features.var(0)])
    return [np.mean(values, axis=0) for values in zip(*found, strict=True)]


class ReestimateBatchNormTest(tf.test.TestCase):
    def check(self, found, expected):
        self.assertLen(found, 4)
        for value, wanted in zip(found, expected, strict=True):
            self.assertAllClose(value, wanted, rtol=1e-5, atol=1e-5)

    def test_statistics_are_the_average_of_the_batches_also_in_a_nested_model(self):
        model = encoder()
        model.get_layer("first").moving_mean.assign(np.full(WIDTH, 99.0))
        measure(model)
        self.check(statistics(model), by_hand())

    def test_only_so_many_batches_count(self):
        model = encoder()
        measure(model, steps=2)
        self.check(statistics(model), by_hand(2))

    def test_two_replicas_that_are_synchronised_measure_the_global_batch(self):
        with on(2).scope():
            model = encoder()
        on(2).prepare_batch_norm(model)
        measure(model, replicas=2)
        self.check(statistics(model), by_hand())

    @backends.needs_jax
    def test_jax_on_two_devices_gives_the_same(self):
        path = os.path.join(self.get_temp_dir(), "found.npz")
        backends.run("jax", "-m", "tests.training.averages.batch_norm_program", path, devices=2)
        with np.load(path) as arrays:
            self.check(list(arrays.values()), by_hand())

    def test_nothing_else_changes_neither_weights_nor_seeds_nor_momentum(self):
        model = encoder(dropout=0.4)
        others = [v for v in model.variables if "moving" not in v.path]
        self.assertTrue(any("seed" in v.path for v in others))
        before = [np.array(v) for v in others]
        measure(model)
        for variable, value in zip(others, before, strict=True):
            self.assertAllEqual(np.array(variable), value, variable.path)
        self.assertEqual(model.get_layer("first").momentum, 0.7)

    def test_dropout_draws_anew_for_every_batch(self):
        model = encoder(dropout=0.5)
        measure(model, np.ones((300, 2, WIDTH), np.float32), steps=300)
        self.assertAllClose(statistics(model)[0], np.ones(WIDTH), atol=0.2)

    def test_a_frozen_batch_norm_stays_as_it_is(self):
        model = encoder()
        model.get_layer("nested").trainable = False
        measure(model)
        self.check(statistics(model), [*by_hand()[:2], np.zeros(OUT), np.ones(OUT)])

    def test_an_encoder_without_batch_norm_reads_no_batch(self):
        x = keras.Input((WIDTH,), name="x")
        model = keras.Model({"x": x}, {"title": keras.layers.Dense(2)(x)})
        unread = iter(["a batch"])
        reestimate_batch_norm(on(1), model, unread, 1)
        self.assertEqual(next(unread), "a batch")

    def test_too_few_batches_are_refused_and_leave_the_statistics(self):
        model = encoder()
        with self.assertRaisesRegex(ValueError, "There were 6 batches to measure BatchNorm on, not 7"):
            measure(model, steps=7)
        with self.assertRaisesRegex(ValueError, "steps=0: statistics need at least 1 batch"):
            measure(model, steps=0)
        self.check(statistics(model), [np.zeros(WIDTH), np.ones(WIDTH), np.zeros(OUT), np.ones(OUT)])
