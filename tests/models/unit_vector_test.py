"""Unit vectors, and the gradient at zero that keras.ops.normalize gets wrong."""

import numpy as np
import tensorflow as tf

from models.unit_vector import UnitVector, l2_normalize


class UnitVectorTest(tf.test.TestCase):
    def test_rows_get_length_one_and_zero_rows_stay_zero(self):
        self.assertAllClose(l2_normalize([[3.0, 4.0], [0.0, 0.0], [1e-3, 0.0]]), [[0.6, 0.8], [0.0, 0.0], [1.0, 0.0]])

    def test_gradient_is_finite_at_the_zero_vector(self):
        x = tf.zeros((2, 3))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = UnitVector()(x)
        self.assertTrue(np.isfinite(tape.gradient(y, x)).all())

    def test_half_precision_comes_out_as_float32(self):
        self.assertEqual(UnitVector()(tf.ones((1, 4), tf.float16)).dtype, tf.float32)


if __name__ == "__main__":
    tf.test.main()
