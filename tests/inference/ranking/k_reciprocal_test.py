"""k-reciprocal re-ranking against the paper's sets written out, and on planted groups."""

from unittest import mock

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from inference.ranking import k_reciprocal
from inference.ranking.k_reciprocal import re_rank


def written_out(queries, products, k1, k2, share):
    """The paper with sets and loops."""
    vectors = np.concatenate([queries, products]).astype(np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    count = len(vectors)
    distance = 1 - vectors @ vectors.T
    distance /= distance.max(axis=1, keepdims=True)
    order = np.argsort(-(vectors @ vectors.T), axis=1, kind="stable")

    def reciprocal(row, k):
        return {j for j in order[row, : k + 1] if row in order[j, : k + 1]} | {row}

    weights = np.zeros((count, count))
    for row in range(count):
        own = reciprocal(row, k1)
        found = set(own)
        for candidate in own:
            theirs = reciprocal(candidate, round(k1 / 2))
            if len(theirs & own) > 2 / 3 * len(theirs):
                found |= theirs
        columns = sorted(found)
        weights[row, columns] = np.exp(-distance[row, columns])
    weights /= weights.sum(axis=1, keepdims=True)
    if k2 > 1:
        weights = np.stack([weights[order[row, :k2]].mean(axis=0) for row in range(count)])
    result = np.empty((len(queries), len(products)))
    for row in range(len(queries)):
        for column in range(len(products)):
            one, two = weights[row], weights[len(queries) + column]
            jaccard = 1 - np.minimum(one, two).sum() / np.maximum(one, two).sum()
            result[row, column] = 1 - (1 - share) * jaccard - share * distance[row, len(queries) + column]
    return result


class ReRankTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters((20, 6, 0.3), (7, 1, 0.0), (4, 3, 0.8), (200, 6, 0.3))
    def test_it_is_the_paper(self, k1, k2, share):
        random = np.random.default_rng(0)
        centres = random.normal(size=(6, 8))
        queries = centres[random.integers(0, 6, 9)] + 0.5 * random.normal(size=(9, 8))
        products = centres[random.integers(0, 6, 40)] + 0.5 * random.normal(size=(40, 8))
        expected = written_out(queries, products, k1, k2, share)
        self.assertAllClose(re_rank(queries, products, k1, k2, share), expected, atol=2e-6)
        with mock.patch.object(k_reciprocal, "BLOCK", 7):
            self.assertAllClose(re_rank(queries, products, k1, k2, share), expected, atol=2e-6)

    def test_friends_of_friends_come_before_a_stranger_that_is_nearer(self):
        angle = np.deg2rad(np.concatenate([np.linspace(8, 30, 12), [-28], np.linspace(-50, -30, 12)]))
        products = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        query = np.array([[1.0, 0.0]])
        friend, stranger = 11, 12  # at 30 degrees on an unbroken chain, and at 28 in a crowd of its own
        plain, ranked = (query @ products.T)[0], re_rank(query, products, k1=8, k2=3)[0]
        self.assertGreater(plain[stranger], plain[friend])
        self.assertGreater(ranked[friend], ranked[stranger])

    def test_a_share_of_one_ranks_as_the_embeddings(self):
        random = np.random.default_rng(1)
        queries, products = random.normal(size=(3, 5)), random.normal(size=(30, 5))
        cosine = queries @ (products / np.linalg.norm(products, axis=1, keepdims=True)).T
        self.assertAllEqual(np.argsort(-re_rank(queries, products, share=1.0)), np.argsort(-cosine))

    def test_twins_and_zeros_do_no_harm(self):
        vectors = np.concatenate([np.ones((40, 3)), np.zeros((2, 3))])
        self.assertAllInRange(re_rank(vectors[:2], vectors, 5, 2), 0.0, 1.0 + 1e-6)

    @parameterized.parameters(
        ({"products": np.ones((3, 5))}, r"queries \(2, 4\) and products \(3, 5\) are not of one width"),
        ({"k2": 22}, "k1=20, k2=22, share=0.3: expected 1 <= k2 <= k1"),
        ({"share": 1.5}, "share=1.5: .* a share from 0 to 1"),
        ({"products": np.array([[0, 0, 0, 1], [0, np.nan, 0, 1]])}, "products, row 1: a value is not finite"),
    )
    def test_what_cannot_be_is_named(self, values, message):
        with self.assertRaisesRegex(ValueError, message):
            re_rank(**{"queries": np.ones((2, 4)), "products": np.ones((3, 4))} | values)


if __name__ == "__main__":
    tf.test.main()
