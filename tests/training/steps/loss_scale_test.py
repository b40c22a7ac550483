"""The loss scale: halves on overflow, doubles after a run of finite steps, and is the same in a step's state."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized
from keras import ops

from training.steps.loss_scale import LARGEST, LossScale, all_finite


def state(scale):
    return [float(ops.convert_to_numpy(v.value)) for v in scale.variables]


class LossScaleTest(tf.test.TestCase, parameterized.TestCase):
    def test_halves_at_once_and_doubles_after_enough_finite_steps(self):
        scale = LossScale(initial=8.0, growth_steps=3)
        seen = []
        for finite in (True, True, False, True, True, True, True):
            scale.update(finite)
            seen.append(state(scale))
        self.assertEqual(seen, [[8, 1], [8, 2], [4, 0], [4, 1], [4, 2], [8, 0], [8, 1]])

    @parameterized.parameters((1.0, False, 1.0), (LARGEST, True, LARGEST))
    def test_has_bounds(self, start, finite, end):
        scale = LossScale(initial=start, growth_steps=1)
        scale.update(finite)
        self.assertEqual(state(scale)[0], end)

    @parameterized.parameters(True, False)
    def test_as_explicit_state_under_xla_it_is_the_same(self, finite):
        scale = LossScale(initial=8.0, growth_steps=1)
        after = tf.function(scale.stateless_update, jit_compile=True)(
            [tf.constant(8.0), tf.constant(0)], tf.constant(finite)
        )
        self.assertEqual(state(scale), [8, 0])
        scale.update(finite)
        self.assertEqual([float(value) for value in after], state(scale))
        self.assertEqual((after[0].dtype, after[1].dtype), (tf.float32, tf.int32))

    @parameterized.parameters((1.0, True), (np.inf, False), (np.nan, False))
    def test_one_value_that_is_not_finite_counts(self, value, finite):
        gradients = [ops.zeros((2, 2)), ops.convert_to_tensor([0.0, value])]
        self.assertEqual(bool(all_finite(gradients)), finite)

    def test_saves_a_gradient_that_float16_has_no_number_for(self):
        scale = LossScale(initial=2.0**15)
        small = ops.cast(1e-8, "float16")
        self.assertEqual(float(small), 0.0)
        scaled = ops.cast(1e-8 * scale.scale, "float16")
        self.assertAllClose(float(ops.cast(scaled, "float32") / scale.scale), 1e-8, rtol=1e-3, atol=0.0)
