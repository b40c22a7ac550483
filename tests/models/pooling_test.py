"""Poolings against NumPy, in half precision and with padding."""

import keras
import numpy as np
import tensorflow as tf

from models.pooling import (
    IMAGE_POOLINGS,
    TOKEN_POOLINGS,
    FirstTokenPooling,
    GeneralizedMeanPooling,
    MeanTokenPooling,
    choose_pooling,
)

FEATURES = np.random.default_rng(0).uniform(0.1, 3, (2, 4, 5, 3)).astype("float32")


class PoolingTest(tf.test.TestCase):
    def test_gem_is_the_power_mean(self):
        expected = (FEATURES**3).mean((1, 2)) ** (1 / 3)
        self.assertAllClose(GeneralizedMeanPooling()(FEATURES), expected, rtol=1e-5)

    def test_gem_with_p_one_is_the_average_and_with_large_p_the_maximum(self):
        self.assertAllClose(GeneralizedMeanPooling(p=1)(FEATURES), FEATURES.mean((1, 2)), rtol=1e-5)
        self.assertAllClose(GeneralizedMeanPooling(p=60)(FEATURES), FEATURES.max((1, 2)), rtol=0.06)

    def test_gem_learns_p_and_stays_finite_at_zero_and_below(self):
        layer, features = GeneralizedMeanPooling(), tf.constant(FEATURES - 1.5)
        with tf.GradientTape() as tape:
            tape.watch(features)
            pooled = layer(features)
        for gradient in tape.gradient(pooled, [features, layer.p.value]):
            self.assertTrue(np.isfinite(gradient).all())
            self.assertGreater(np.abs(gradient).max(), 0)

    def test_gem_does_not_overflow_half_precision(self):
        pooled = GeneralizedMeanPooling(dtype="mixed_float16")(tf.constant(FEATURES * 100, tf.float16))
        self.assertEqual(pooled.dtype, tf.float16)
        self.assertAllClose(tf.cast(pooled, tf.float32), GeneralizedMeanPooling()(FEATURES * 100), rtol=1e-2)

    def test_mean_leaves_padding_out(self):
        tokens = np.arange(12, dtype="float32").reshape(2, 3, 2)
        pooled = MeanTokenPooling()(tokens, np.array([[1, 1, 0], [0, 0, 0]]))
        self.assertAllClose(pooled, [[1.0, 2.0], [0.0, 0.0]])

    def test_cls_is_the_first_token(self):
        tokens = np.arange(12, dtype="float32").reshape(2, 3, 2)
        self.assertAllClose(FirstTokenPooling()(tokens, np.ones((2, 3))), [[0.0, 1.0], [6.0, 7.0]])

    def test_every_pooling_gives_one_vector_and_survives_its_config(self):
        for name in IMAGE_POOLINGS:
            layer = choose_pooling(IMAGE_POOLINGS, name)
            self.assertEqual(layer(FEATURES).shape, (2, 3))
            self.assertEqual(type(layer).from_config(layer.get_config()).get_config(), layer.get_config())
        for name in TOKEN_POOLINGS:
            tokens = keras.Input((7, 5))
            self.assertEqual(choose_pooling(TOKEN_POOLINGS, name)(tokens, keras.Input((7,))).shape, (None, 5))

    def test_says_what_is_wrong(self):
        with self.assertRaisesRegex(ValueError, "Unknown pooling 'median'; there are avg, gem, max"):
            choose_pooling(IMAGE_POOLINGS, "median")
        with self.assertRaisesRegex(ValueError, "p must be at least 1 .* got 0.5"):
            GeneralizedMeanPooling(p=0.5)


if __name__ == "__main__":
    tf.test.main()
