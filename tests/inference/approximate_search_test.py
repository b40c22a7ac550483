"""Approximate search finds nearly all, scores them exactly, says how much it found, and names what it needs."""

from unittest import mock

import numpy as np
import tensorflow as tf

from benchmarks.matching import embeddings
from inference import approximate_search
from inference.search import DenseSearch, open_search, search

NEEDED = "FAISS is not installed: pip install '.[search]'"


class ApproximateSearchTest(tf.test.TestCase):
    def test_finds_most_and_scores_them_exactly(self):
        if not approximate_search.installed():
            self.skipTest(NEEDED)
        rows, told = embeddings(6000, 64), []
        rows[5] = rows[9]
        rows[7] = 0
        found = search(rows[:300], rows, 11, np.arange(300), method="approximate", tell=told.append)
        exact = search(rows[:300], rows, 11, np.arange(300), method="exact")
        self.assertGreater(
            np.mean([len(np.intersect1d(a, b)) for a, b in zip(found.indices, exact.indices, strict=True)]), 10
        )
        self.assertAllEqual(found.indices[:, 0], np.arange(300))
        self.assertAllEqual(found.indices[[5, 9], 1], [9, 5])
        self.assertAllEqual(found.indices[7, 1:], np.full(10, -1))
        self.assertFalse((found.indices[np.arange(300) != 7] == 7).any())
        others = np.setdiff1d(np.arange(300), [7])
        there = np.einsum("qd,qkd->qk", rows[others], rows[found.indices[others]])
        self.assertAllClose(found.scores[others], there, atol=1e-5)
        self.assertRegex(told[0], r"approximate search: 0\.9\d+ of the 11 nearest found, on 200 queries")

    def test_small_galleries_are_searched_exactly(self):
        self.assertIsInstance(open_search(embeddings(1000, 16), "approximate"), DenseSearch)
        self.assertIsInstance(open_search(embeddings(6000, 16)), DenseSearch)

    def test_says_what_to_install(self):
        with mock.patch.dict("sys.modules", {"faiss": None}):
            with self.assertRaisesRegex(ValueError, r"--search=approximate needs FAISS: pip install '.\[search\]', or"):
                open_search(embeddings(6000, 16), "approximate")

    def test_names_an_unknown_method(self):
        with self.assertRaisesRegex(ValueError, "search method 'fast': expected exact or approximate"):
            open_search(embeddings(10, 16), "fast")


if __name__ == "__main__":
    tf.test.main()
