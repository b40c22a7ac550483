"""Scores that differ by rounding alone get one order."""

import numpy as np
import tensorflow as tf

from inference.near_ties import settle


class NearTiesTest(tf.test.TestCase):
    def test_rounding_does_not_part_duplicates(self):
        gallery = np.float32([[0.6, 0.8], [1, 0], [0.6, 0.8], [0, 1]])
        scores = np.float32([[1.0, 1.0 - 1e-7, 0.8, 0.6]])
        scores, indices = settle(gallery[:1], gallery, scores, np.int32([[2, 0, 3, 1]]))
        self.assertAllEqual(indices, [[0, 2, 3, 1]])
        self.assertEqual(scores[0, 0], scores[0, 1])

    def test_what_is_not_near_and_what_is_missing_stays(self):
        gallery = np.float32([[1, 0], [0, 1]])
        scores, indices = np.float32([[0.5, 0.4, -np.inf, -np.inf]]), np.int32([[1, 0, -1, -1]])
        settled = settle(gallery[:1], gallery, scores, indices)
        self.assertAllEqual(settled[0], scores)
        self.assertAllEqual(settled[1], indices)


if __name__ == "__main__":
    tf.test.main()
