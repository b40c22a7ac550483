"""Blocked search against brute force."""

import numpy as np
import tensorflow as tf

from models.top_k import device_top_k, top_k


def brute_force(queries, gallery, k):
    scores = queries @ gallery.T
    indices = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(scores, indices, axis=1), indices


class TopKTest(tf.test.TestCase):
    def test_equals_brute_force_whatever_the_blocks(self):
        rng = np.random.default_rng(0)
        queries, gallery = rng.normal(size=(37, 8)).astype("float32"), rng.normal(size=(101, 8)).astype("float32")
        expected_scores, expected_indices = brute_force(queries, gallery, 9)
        for block, gallery_block in ((5, 7), (37, 101), (1000, 1000), (1, 10), (10, 1)):
            scores, indices = device_top_k(queries, gallery, 9, None, block, gallery_block)
            self.assertAllEqual(indices, expected_indices)
            self.assertAllClose(scores, expected_scores, atol=1e-5)

    def test_of_equal_scores_the_lower_index_comes_first(self):
        # Small integers: every sum is exact, so equal scores are equal.
        rng = np.random.default_rng(1)
        queries, gallery = rng.integers(0, 2, (20, 3)).astype("float32"), rng.integers(0, 2, (50, 3)).astype("float32")
        for gallery_block in (6, 50):
            self.assertAllEqual(
                device_top_k(queries, gallery, 50, None, 8, gallery_block)[1], brute_force(queries, gallery, 50)[1]
            )

    def test_dtypes_and_shapes_are_float32_and_int32(self):
        scores, indices = top_k(tf.ones((3, 2), tf.float16), np.ones((4, 2)), 2)
        self.assertEqual((scores.dtype, indices.dtype), (np.float32, np.int32))
        self.assertEqual((scores.shape, indices.shape), ((3, 2), (3, 2)))

    def test_no_queries_give_no_rows(self):
        self.assertEqual(top_k(np.ones((0, 2)), np.ones((4, 2)), 3)[1].shape, (0, 3))

    def test_says_what_is_wrong(self):
        with self.assertRaisesRegex(ValueError, "k=5 neighbours of a gallery of 4 rows: give k from 1 to 4"):
            top_k(np.ones((1, 2)), np.ones((4, 2)), 5)
        with self.assertRaisesRegex(ValueError, r"queries \(1, 3\) and gallery \(4, 2\)"):
            top_k(np.ones((1, 3)), np.ones((4, 2)), 1)


if __name__ == "__main__":
    tf.test.main()
