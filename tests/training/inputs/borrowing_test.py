"""Rows without a side borrow from rows that have it, and BatchNorm sees no blanks."""

import numpy as np
import tensorflow as tf

from models.product_encoder import build_encoder
from tests import tiny_catalogue
from training.inputs import borrowing


class BorrowingTest(tf.test.TestCase):
    def test_missing_rows_borrow_from_present_rows_in_turn(self):
        self.assertAllEqual(borrowing.donors([0.0, 1.0, 0.0, 1.0, 0.0]), [1, 1, 3, 3, 1])
        self.assertAllEqual(borrowing.donors([1.0, 1.0, 1.0]), [0, 1, 2])
        self.assertAllEqual(borrowing.donors([0.0, 0.0]), [0, 1])

    def test_only_the_inputs_of_the_side_are_filled(self):
        inputs = {"token_ids": tf.range(6)[:, None], "padding_mask": tf.range(6)[:, None], "image": tf.range(6),
                  "has_title": tf.constant([1.0, 0, 0, 1, 0, 0]), "has_image": tf.constant([0.0] * 6)}  # fmt: skip
        found = borrowing.filled(inputs, "title")
        for name in ("token_ids", "padding_mask"):
            self.assertAllEqual(found[name][:, 0], [0, 0, 3, 3, 0, 3])
        for name in ("image", "has_title", "has_image"):
            self.assertAllEqual(found[name], inputs[name])

    def test_blank_pictures_do_not_move_batch_norm(self):
        model = tiny_catalogue.tiny_model(modality="image")
        pictures = np.random.default_rng(0).integers(0, 256, (4, 24, 24, 3), "uint8")
        weights = build_encoder(model).get_weights()

        def statistics(pictures, has_image):
            encoder = build_encoder(model)
            encoder.set_weights(weights)
            inputs = {"image": tf.constant(pictures), "has_image": tf.constant(has_image)}
            encoder(borrowing.filled(inputs, "image"), training=True)
            return encoder.non_trainable_weights

        twice = statistics(pictures[[0, 1, 0, 1]], [1.0, 1.0, 1.0, 1.0])
        with_blanks = statistics(np.concatenate([pictures[:2], 0 * pictures[:2]]), [1.0, 1.0, 0.0, 0.0])
        for one, other in zip(twice, with_blanks, strict=True):
            self.assertAllClose(one, other, atol=1e-5)


if __name__ == "__main__":
    tf.test.main()
