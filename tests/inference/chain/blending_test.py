"""Blended neighbourhoods, on planted groups and by hand."""

import numpy as np
import scipy.sparse
import tensorflow as tf

from inference.candidates import find_candidates
from inference.chain import blending
from inference.search import Neighbours
from tests.inference import planted
from training.metrics import Threshold


class BlendingTest(tf.test.TestCase):
    def test_blended_is_the_weighted_sum_of_the_matches_as_a_unit_vector(self):
        vectors = np.eye(3, dtype=np.float32)
        matches = scipy.sparse.csr_matrix([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 0.0]])
        found = blending.blended(vectors, matches)
        self.assertAllClose(found[0], np.array([1.0, 0.5, 0.0]) / np.sqrt(1.25))
        self.assertAllClose(found[2], vectors[2])  # matches nothing: stays

    def test_expanded_weighs_by_the_power_of_the_cosine(self):
        vectors = np.eye(2, dtype=np.float32)
        neighbours = Neighbours(np.array([[0, 1], [1, -1]]), np.array([[1.0, 0.5], [1.0, -np.inf]], np.float32))
        found = blending.expanded(vectors, neighbours, count=1, alpha=3.0)
        self.assertAllClose(found[0], np.array([1.0, 0.125]) / np.hypot(1.0, 0.125))
        self.assertAllClose(found[1], vectors[1])

    def test_stages_draw_a_group_together_through_its_middle(self):
        """a-b and b-c are near, a-c is not: b stands between them, and blending brings the ends together."""
        angles = np.radians([0.0, 40.0, 80.0, 180.0])
        vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        rows = np.arange(4)
        candidates = find_candidates({"image": vectors}, rows, rows, 4)
        near = Threshold(0.7, 0.7, 0.0)
        once = blending.neighbourhood_blending(vectors, candidates, {"image": near}, [], 4)
        twice = blending.neighbourhood_blending(vectors, candidates, {"image": near}, [near], 4)
        cosines = [float(found[0] @ found[2]) for found in (vectors, once, twice)]
        self.assertLess(cosines[0], 0.2)
        self.assertAllClose(
            cosines[1], np.cos(np.radians(80.0) - 2 * np.arctan2(0.766 * np.sin(0.698), 1.587)), atol=0.01
        )
        self.assertGreater(cosines[2], cosines[1] + 0.1)
        self.assertAllClose(twice[3], vectors[3])

    def test_a_product_without_this_side_stays_without_it(self):
        labels = np.repeat(np.arange(5), 3)
        vectors = planted.space(labels, 0.1) * (np.arange(15) != 4)[:, None]
        other = planted.space(labels, 0.1, seed=1)
        rows = np.arange(15)
        candidates = find_candidates({"image": vectors}, rows, rows, 5)
        self.assertTrue(
            np.isfinite(
                blending.neighbourhood_blending(vectors, candidates, {"image": Threshold(0.8, 0.8, 0.0)}, [], 5)
            ).all()
        )
        lone = blending.neighbourhood_blending(vectors, candidates, {"image": Threshold(0.8, 0.8, 0.0)}, [], 5)[4]
        self.assertAllEqual(lone, np.zeros_like(other[4]))


if __name__ == "__main__":
    tf.test.main()
