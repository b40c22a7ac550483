"""Candidate pairs: the union of the neighbours of all spaces, scored in each."""

import numpy as np
import scipy.sparse
import tensorflow as tf

from inference.candidates import find_candidates
from tests.inference import planted

LABELS = np.repeat(np.arange(10), 3)
A, B = planted.space(LABELS, 0.4), planted.space(LABELS, 0.4, seed=1)
ROWS = np.arange(30)


class CandidatesTest(tf.test.TestCase):
    def test_are_every_spaces_neighbours_once_with_the_query_first(self):
        found = find_candidates({"a": A, "b": B}, ROWS, ROWS, 4)
        self.assertAllEqual(found.indices[:, 0], ROWS)
        for row, columns in enumerate(found.indices):
            columns = columns[columns >= 0]
            wanted = {*np.argsort(-(A @ A[row]))[:4], *np.argsort(-(B @ B[row]))[:4]}
            self.assertEqual(sorted(columns), sorted(wanted))

    def test_are_scored_in_every_space(self):
        found = find_candidates({"a": A, "b": scipy.sparse.csr_matrix(B)}, ROWS, ROWS, 4)
        there = found.indices >= 0
        for name, rows in (("a", A), ("b", B)):
            by_hand = np.einsum("qd,qkd->qk", rows, rows[found.indices])
            self.assertAllClose(found.scores[name][there], by_hand[there], atol=1e-5)
            self.assertAllEqual(found.scores[name][~there], np.full((~there).sum(), -np.inf))

    def test_index_into_the_gallery_not_into_the_table(self):
        gallery = np.array([3, 4, 5, 9, 20])
        found = find_candidates({"a": A}, [4, 20], gallery, 3)
        self.assertAllEqual(found.indices[:, 0], [1, 4])
        self.assertAllEqual(gallery[found.neighbours("a").indices[0]], [4, *self.nearest(4, gallery)[:2]])

    @staticmethod
    def nearest(row, gallery):
        others = gallery[gallery != row]
        return others[np.argsort(-(A[others] @ A[row]))]

    def test_ranked_by_a_space_leave_out_products_without_that_side(self):
        found = find_candidates({"a": A, "b": B * (ROWS != 1)[:, None]}, [0, 1], ROWS, 30)
        self.assertNotIn(1, found.neighbours("b").indices[0])
        self.assertAllEqual(found.neighbours("b").indices[1], [1] + [-1] * 29)
        self.assertIn(1, found.neighbours("a").indices[0])

    def test_of_no_space_are_the_queries_themselves(self):
        found = find_candidates({}, ROWS[:2], ROWS, 5)
        self.assertAllEqual(found.indices, [[0], [1]])


if __name__ == "__main__":
    tf.test.main()
