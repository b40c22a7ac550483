"""BM25 and word overlap, beside sums made by hand."""

import math

import numpy as np
import tensorflow as tf

from inference.recall import bm25

# Lengths 2, 4, 3, mean 3. "mouse" is in two of three titles, "gaming" and "pad" in one.
TITLES = ["Gaming mouse", "mouse pad, mouse grey", "Café table lamp"]
RARE, COMMON = math.log(1 + 2.5 / 1.5), math.log(1 + 1.5 / 2.5)


def held_back(length):
    return 1.2 * (0.25 + 0.75 * length / 3)


class Bm25Test(tf.test.TestCase):
    def test_scores_are_those_made_by_hand(self):
        found = bm25.BM25(TITLES).score(["gaming mouse", "mouse mouse pad"], [0, 0, 0, 1], [0, 1, 2, 1])
        once, twice = 2.2 / (1 + held_back(2)), 4.4 / (2 + held_back(4))
        pad = 2.2 / (1 + held_back(4))
        expected = [(RARE + COMMON) * once, COMMON * twice, 0, 2 * COMMON * twice + RARE * pad]
        self.assertAllClose(found, expected, rtol=1e-6)
        self.assertEqual(found.dtype, np.float32)

    def test_without_lengths_and_counts_only_rarity_is_left(self):
        found = bm25.BM25(TITLES, k1=0, b=0).score(["mouse", "cafe"], [0, 0, 1], [0, 1, 2])
        self.assertAllClose(found, [COMMON, COMMON, RARE], rtol=1e-6)

    def test_the_catalogue_s_best_are_those_of_all_pairs(self):
        random = np.random.default_rng(0)
        words = [f"w{i}" for i in range(30)]
        titles = [" ".join(random.choice(words, random.integers(0, 6))) for _ in range(200)]
        queries = [" ".join(random.choice(words, 2)) for _ in range(20)]
        for scorer in (bm25.BM25(titles), bm25.WordOverlap(titles)):
            query, product = (places.ravel() for places in np.indices((len(queries), len(titles))))
            every = scorer.score(queries, query, product).reshape(len(queries), -1)
            scores, indices = scorer.top_k(queries, 7)
            order = np.argsort(-every, axis=1, kind="stable")[:, :7]
            expected = np.take_along_axis(every, order, axis=1)
            self.assertAllEqual(indices, np.where(expected > 0, order, -1))
            self.assertAllClose(scores, np.where(expected > 0, expected, -np.inf))

    def test_a_query_without_a_known_word_finds_nothing(self):
        scores, indices = bm25.BM25(TITLES).top_k(["", "zebra", "pad"], 2)
        self.assertAllEqual(indices, [[-1, -1], [-1, -1], [1, -1]])
        self.assertAllEqual(np.isneginf(scores), indices < 0)

    def test_what_is_out_of_range_is_refused(self):
        with self.assertRaisesRegex(ValueError, "k1=-1 and b=0.75: give k1 of at least 0 and b from 0 to 1"):
            bm25.BM25(TITLES, k1=-1)
        with self.assertRaisesRegex(ValueError, "None of 2 titles has a word"):
            bm25.BM25(["", "!"])
        with self.assertRaisesRegex(ValueError, "k=0 products for a query: give at least 1"):
            bm25.BM25(TITLES).top_k(["pad"], 0)


class WordOverlapTest(tf.test.TestCase):
    def test_is_the_share_of_the_query_s_words_that_the_title_has(self):
        overlap = bm25.WordOverlap(TITLES)
        queries = ["mouse pad", "Mouse MOUSE zebra", "", "cafe"]
        self.assertAllClose(overlap.score(queries, [0, 0, 1, 2, 3], [0, 1, 1, 1, 2]), [0.5, 1, 0.5, 0, 1])


if __name__ == "__main__":
    tf.test.main()
