"""Neighbours by TF-IDF are those of all cosines, block by block or not."""

from unittest import mock

import numpy as np
import tensorflow as tf

from training.recall import query_neighbours

QUERIES = ["red mug", "blue mug", "mug red", "red running shoes", "blue running shoes", "lamp", "", "running shoes"]


class QueryNeighboursTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.enter_context(mock.patch("sys.stderr"))

    def test_neighbours_are_the_nearest_that_share_a_word(self):
        found = query_neighbours.nearest(QUERIES, 3)
        self.assertEqual((found.dtype, found.shape), (np.int32, (8, 3)))
        self.assertAllEqual(found[3], [7, 4, 0])
        self.assertAllEqual(found[5], [-1, -1, -1])
        self.assertAllEqual(found[6], [-1, -1, -1])

    def test_the_same_words_in_another_order_are_no_neighbour(self):
        found = query_neighbours.nearest(QUERIES, 7)
        self.assertNotIn(2, found[0])
        self.assertNotIn(0, found[2])
        self.assertIn(1, found[0])

    def test_they_are_those_of_all_cosines(self):
        random = np.random.default_rng(0)
        queries = [" ".join(random.choice([f"w{i}" for i in range(30)], 3)) for _ in range(200)]
        vectors = query_neighbours.vectors_of(queries).toarray()
        cosines = vectors @ vectors.T
        cosines[cosines >= query_neighbours.SAME] = 0
        np.fill_diagonal(cosines, 0)
        expected = -np.sort(-cosines, axis=1)[:, :5]
        with mock.patch.object(query_neighbours, "BLOCK", 7):
            found = query_neighbours.nearest(queries, 5)
        self.assertAllClose(np.take_along_axis(cosines, found, axis=1), expected, atol=1e-6)
        self.assertAllEqual(found, query_neighbours.nearest(queries, 5))

    def test_frequent_words_find_the_queries_that_they_weigh_most_in(self):
        queries = ["mug", *(f"mug number{i} {'and more ' * (i % 3)}" for i in range(50)), "mug mug2"]
        with mock.patch.object(query_neighbours, "POSTINGS", 4):
            found = query_neighbours.nearest(queries, 10)
        self.assertTrue((found[:, 0] >= 0).all())
        self.assertAllEqual(found[0], [1, 4, 7] + [-1] * 7)  # the shortest; it is the fourth itself

    def test_queries_without_a_word_have_no_neighbours(self):
        self.assertAllEqual(query_neighbours.nearest(["", "--"], 2), [[-1, -1], [-1, -1]])


if __name__ == "__main__":
    tf.test.main()
