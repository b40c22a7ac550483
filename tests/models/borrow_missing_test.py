"""Rows without a side borrow from rows that have it, in training only."""

import keras
import numpy as np
import tensorflow as tf

from models.borrow_missing import BorrowMissing, donors


class BorrowMissingTest(tf.test.TestCase):
    def test_missing_rows_borrow_from_present_rows_in_turn(self):
        self.assertAllEqual(donors([0.0, 1.0, 0.0, 1.0, 0.0]), [1, 1, 3, 3, 1])
        self.assertAllEqual(donors([1, 1, 1]), [0, 1, 2])
        self.assertAllEqual(donors([0, 0, 0]), [0, 1, 2])

    def test_nothing_is_borrowed_in_inference(self):
        rows = np.arange(6.0).reshape(3, 2)
        self.assertAllEqual(BorrowMissing()(rows, np.array([0, 1, 0]), training=False), rows)
        self.assertAllEqual(BorrowMissing()(rows, np.array([0, 1, 0]), training=True), rows[[1, 1, 1]])

    def test_batch_norm_sees_present_rows_only(self):
        rng = np.random.default_rng(0)
        rows = rng.normal(5.0, 2.0, (64, 3)).astype("float32")
        present = np.arange(64) % 2
        norm = keras.layers.BatchNormalization(momentum=0.0)
        norm(BorrowMissing()(rows * present[:, None], present, training=True), training=True)
        self.assertAllClose(norm.moving_mean, rows[1::2].mean(0), atol=1e-4)
        self.assertAllClose(norm.moving_variance, rows[1::2].var(0), atol=1e-3)

    def test_compiles_under_xla(self):
        rows, present = tf.random.stateless_normal((8, 2, 2, 3), [1, 2]), tf.constant([0, 0, 1, 0, 1, 1, 0, 0.0])
        layer = BorrowMissing()
        borrow = tf.function(lambda: layer(rows, present, training=True), jit_compile=True)
        self.assertAllClose(borrow(), layer(rows, present, training=True))


if __name__ == "__main__":
    tf.test.main()
