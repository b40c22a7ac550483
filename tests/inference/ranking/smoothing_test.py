"""Neighbour smoothing on planted groups."""

from unittest import mock

import numpy as np
import tensorflow as tf

from inference.ranking import smoothing
from inference.ranking.smoothing import smooth


class SmoothTest(tf.test.TestCase):
    def test_noise_in_groups_goes_down(self):
        random = np.random.default_rng(0)
        centres = np.repeat(np.eye(20), 10, axis=0)
        noisy = centres + 0.1 * random.normal(size=centres.shape)
        before, after = (np.square(one - centres).mean() for one in (noisy, smooth(noisy, 5, 0.8)))
        self.assertLess(after, 0.4 * before)

    def test_two_neighbours_worked_out(self):
        features = np.array([[2, 0], [1, 1], [0, 5], [-1, 0]], np.float32)
        root = np.sqrt(0.5)
        found = smooth(features, 2, 0.5)
        self.assertAllClose(found[0], [1.5, 0.5])  # the second alone is on its side
        self.assertAllClose(found[1], [1, 1.75])  # the mean of (2, 0) and (0, 5), both at 45 degrees
        self.assertAllClose(found[2], [0.5 * 0 + 0.5 * (root * 1) / root, 0.5 * 5 + 0.5])
        self.assertAllClose(found[3], [-1, 0])  # nobody is on its side

    def test_zero_rows_stay_and_are_nobodys_neighbour(self):
        features = np.array([[0, 0], [1, 0], [1, 0.1], [0, 0]], np.float32)
        found = smooth(features, 3, 1.0)
        self.assertAllClose(found, [[0, 0], [1, 0.1], [1, 0], [0, 0]])

    def test_twins_keep_their_place_and_a_lone_row_stays(self):
        self.assertAllClose(smooth(np.ones((9, 2)), 2, 0.7), np.ones((9, 2)))
        self.assertAllClose(smooth(np.array([[3.0, 4.0]])), [[3, 4]])

    def test_blocks_change_nothing_and_the_input_stays(self):
        features = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
        before = features.copy()
        whole = smooth(features)
        with mock.patch.object(smoothing, "BLOCK", 7):
            self.assertAllClose(smooth(features), whole)
        self.assertAllEqual(features, before)
        self.assertAllEqual(smooth(features, 5, 0.0), features)

    def test_what_cannot_be_is_named(self):
        with self.assertRaisesRegex(ValueError, "features, row 1: a value is not finite"):
            smooth(np.array([[1, 2], [np.inf, 0]]))
        with self.assertRaisesRegex(ValueError, "neighbours=0, share=0.5: expected 1 or more"):
            smooth(np.ones((3, 2)), 0)


if __name__ == "__main__":
    tf.test.main()
