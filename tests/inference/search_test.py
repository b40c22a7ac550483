"""Exact search against a full sort, with ties, duplicates, missing sides and small galleries."""

import numpy as np
import scipy.sparse
import tensorflow as tf
from absl.testing import parameterized

from inference.search import DenseSearch, SparseSearch, search


def unit_rows(shape, seed=0, density=1.0):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=shape) * (rng.random(shape) < density)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, norms, out=np.zeros(shape), where=norms > 0).astype(np.float32)


def by_full_sort(queries, gallery, k):
    scores = queries @ gallery.T
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(scores, order, axis=1), order


def dense(rows):
    return rows


class SearchTest(tf.test.TestCase, parameterized.TestCase):
    def test_dense_equals_a_full_sort(self):
        queries, gallery = unit_rows((30, 16)), unit_rows((200, 16), seed=1)
        found = search(queries, gallery, 7, block=11)
        scores, order = by_full_sort(queries, gallery, 7)
        self.assertAllEqual(found.indices, order)
        self.assertAllClose(found.scores, scores, atol=1e-5)

    def test_sparse_equals_a_full_sort(self):
        rows = np.abs(unit_rows((150, 30), density=0.3))
        found = search(scipy.sparse.csr_matrix(rows[:40]), scipy.sparse.csr_matrix(rows), 7, block=13)
        scores, _ = by_full_sort(rows[:40], rows, 7)
        self.assertAllClose(found.scores, scores, atol=1e-5)
        self.assertAllClose(np.einsum("qd,qkd->qk", rows[:40], rows[found.indices]), scores, atol=1e-5)

    @parameterized.parameters(dense, scipy.sparse.csr_matrix)
    def test_of_equal_scores_the_lower_index_comes_first(self, kind):
        rows = np.tile(np.eye(2, dtype=np.float32), (40, 1))
        found = search(kind(rows[:2]), kind(rows), 5)
        self.assertAllEqual(found.indices, [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]])

    @parameterized.parameters(dense, scipy.sparse.csr_matrix)
    def test_a_query_comes_before_its_duplicates_even_beyond_k_of_them(self, kind):
        rows = np.ones((60, 1), np.float32)
        found = search(kind(rows[57:]), kind(rows), 51, query_rows=[57, 58, 59])
        self.assertAllEqual(found.indices[:, 0], [57, 58, 59])
        self.assertAllEqual(found.indices[:, 1:], np.tile(np.arange(50), (3, 1)))

    @parameterized.parameters(dense, scipy.sparse.csr_matrix)
    def test_a_product_without_this_side_matches_nothing_but_itself(self, kind):
        rows = np.eye(3, dtype=np.float32)[[0, 0, 1]] * np.array([[1], [1], [0]], np.float32)
        found = search(kind(rows), kind(rows), 3, query_rows=[0, 1, 2])
        self.assertAllEqual(found.indices, [[0, 1, -1], [1, 0, -1], [2, -1, -1]])
        self.assertAllEqual(found.scores[2], [1.0, -np.inf, -np.inf])

    @parameterized.parameters(dense, scipy.sparse.csr_matrix)
    def test_a_gallery_of_one_item(self, kind):
        found = search(kind(np.ones((1, 1), np.float32)), kind(np.ones((1, 1), np.float32)), 4, query_rows=[0])
        self.assertAllEqual(found.indices, [[0, -1, -1, -1]])

    def test_titles_without_a_common_word_are_no_neighbours(self):
        found = search(*[scipy.sparse.identity(3, dtype=np.float32, format="csr")] * 2, 2, query_rows=[0, 1, 2])
        self.assertAllEqual(found.indices, [[0, -1], [1, -1], [2, -1]])

    def test_a_query_that_is_not_in_the_gallery_is_not_put_there(self):
        found = search(unit_rows((2, 4)), unit_rows((5, 4), seed=1), 2, query_rows=[-1, 3])
        self.assertEqual(found.indices[1, 0], 3)
        self.assertLess(found.scores[0, 0], 1.0)

    def test_progress_counts_up_to_all_queries(self):
        told = []
        search(unit_rows((10, 4)), unit_rows((10, 4)), 2, progress=lambda done, of: told.append((done, of)), block=4)
        self.assertEqual(told, [(4, 10), (8, 10), (10, 10)])

    def test_shapes_and_types_are_those_promised(self):
        found = search(unit_rows((3, 4)), unit_rows((5, 4)), 9)
        self.assertEqual((found.indices.shape, found.indices.dtype), ((3, 9), np.int32))
        self.assertEqual((found.scores.shape, found.scores.dtype), ((3, 9), np.float32))
        self.assertTrue(DenseSearch.is_exact() and SparseSearch.is_exact())

    @parameterized.parameters(dense, scipy.sparse.csr_matrix)
    def test_names_a_row_that_is_not_normalised(self, kind):
        rows = unit_rows((5, 4))
        rows[3] *= 2
        with self.assertRaisesRegex(ValueError, "Row 3 of the gallery has norm 2; expected 1, or 0"):
            search(kind(rows), kind(rows), 2)

    def test_says_that_widths_differ(self):
        with self.assertRaisesRegex(ValueError, r"queries \(2, 4\) in a gallery \(2, 3\).* one width"):
            search(unit_rows((2, 4)), unit_rows((2, 3)), 1)


if __name__ == "__main__":
    tf.test.main()
