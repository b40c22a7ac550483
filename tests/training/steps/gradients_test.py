"""Gradients before the optimizer: means taken off, and how much a moving average keeps."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from training.steps import gradients


class CentralizedTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(((3, 3, 2, 5),), ((6, 4),))
    def test_means_over_all_axes_but_the_last_become_zero_and_differences_stay(self, shape):
        before = tf.random.stateless_normal(shape, [1, 2]) + 3.0
        after, axes, first = gradients.centralized(before), tuple(range(len(shape) - 1)), (0,) * (len(shape) - 1)
        self.assertAllClose(tf.reduce_mean(after, axes), tf.zeros(shape[-1]), atol=1e-5)
        self.assertAllClose(after - after[first], before - before[first], atol=1e-5)

    def test_biases_and_scalars_stay(self):
        self.assertAllEqual(gradients.centralized(tf.constant([1.0, 2.0])), [1.0, 2.0])
        self.assertAllEqual(gradients.centralized(tf.constant(5.0)), 5.0)


class AverageShareTest(tf.test.TestCase):
    def test_the_average_forgets_its_start_and_reaches_its_momentum(self):
        shares = [float(gradients.average_share(step, 0.99)) for step in (0, 8, 889, 890, 10**6)]
        self.assertAllClose(shares, [0.1, 0.5, 890 / 899, 0.99, 0.99])

    def test_compiles_with_the_step_as_a_tensor(self):
        compiled = tf.function(lambda step: gradients.average_share(step, 0.9), jit_compile=True)
        self.assertAllClose([compiled(tf.constant(step, tf.int64)) for step in (0, 10**6)], np.float32([0.1, 0.9]))


class PartsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        (1, [[0, 2, 4, 6, 8, 10], [1, 3, 5, 7, 9, 11]]),
        (2, [[0, 1, 4, 5, 8, 9], [2, 3, 6, 7, 10, 11]]),
        (3, [[0, 1, 2, 6, 7, 8], [3, 4, 5, 9, 10, 11]]),
    )
    def test_rows_that_belong_together_stay_in_one_part(self, together, expected):
        found = gradients.parts({"label": tf.range(12)}, 2, together)
        self.assertAllEqual([part["label"] for part in found], expected)
