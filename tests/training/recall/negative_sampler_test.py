"""Negatives: from the same cluster or from neighbours, never an answer, the same for the same (seed, epoch)."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from training.recall import negative_sampler
from training.recall.known_pairs import KnownPairs
from training.recall.negative_sampler import NegativeSampler

QUERIES = np.repeat(np.arange(40), 5)  # 40 queries of 5 products each, the last of them shared with the next query
PRODUCTS = np.array([4 * q + i for q in range(40) for i in range(5)])
ORDER = np.arange(200)[::-1]
CLUSTER = np.arange(40, dtype=np.int32) // 10
OTHER = np.arange(40, dtype=np.int32) % 2
NEAREST = np.array([[(q + 2) % 40, (q + 3) % 40, -1] for q in range(40)], np.int32)


class KnownPairsTest(tf.test.TestCase):
    def test_it_knows_these_pairs_and_no_other(self):
        random = np.random.default_rng(0)
        queries, products = random.integers(0, 90, 2000), random.integers(0, 50, 2000)
        known = np.zeros((91, 50), bool)
        known[queries, products] = True
        some, others = np.divmod(np.arange(91 * 50), 50)
        self.assertAllEqual(KnownPairs(queries, products).contains(some, others), known.ravel())

    def test_one_query_may_be_asked_for_many_products(self):
        known = KnownPairs(np.array([3, 3, 1]), np.array([0, 2, 1]))
        self.assertAllEqual(known.contains(3, np.array([0, 1, 2, 0])), [True, False, True, True])


class NegativeSamplerTest(tf.test.TestCase, parameterized.TestCase):
    def sampler(self, draw=None):
        return NegativeSampler(QUERIES, PRODUCTS, draw)

    def tuples(self, negatives, count=3):
        return negatives.records.reshape(-1, 1 + count)

    @parameterized.parameters("clusters", "neighbours", "random")
    def test_a_negative_neither_answers_nor_is_answered(self, kind):
        draw = {
            "clusters": negative_sampler.clusters(QUERIES, CLUSTER, OTHER),
            "neighbours": negative_sampler.neighbours(QUERIES, NEAREST),
        }.get(kind)
        found = self.sampler(draw).epoch(ORDER, 3, 0, 0)
        self.assertAllEqual(found.kept, np.ones(800, bool))
        known = set(zip(QUERIES.tolist(), PRODUCTS.tolist(), strict=True))
        tuples = self.tuples(found)
        self.assertAllEqual(tuples[:, 0], ORDER)
        for positive, *negatives in tuples:
            for negative in negatives:
                self.assertNotIn((QUERIES[positive], PRODUCTS[negative]), known)
                self.assertNotIn((QUERIES[negative], PRODUCTS[positive]), known)

    def test_the_first_cluster_is_taken_with_its_share_and_else_the_second(self):
        apart = np.arange(40, dtype=np.int32) // 20  # cluster 2 of a query lies outside its cluster 1 half of the time
        draw = negative_sampler.clusters(QUERIES, CLUSTER, apart, share=0.8)
        asked = np.zeros(20_000, np.int64)
        drawn = QUERIES[draw(asked, np.random.default_rng(0))]
        self.assertAllInRange(drawn, 0, 19)
        self.assertNear((CLUSTER[drawn] == 0).mean(), 0.8 + 0.2 / 2, 0.01)
        tuples = self.tuples(self.sampler(negative_sampler.clusters(QUERIES, CLUSTER, None)).epoch(ORDER, 3, 0, 0))
        same = CLUSTER[QUERIES[tuples[:, 1:]]] == CLUSTER[QUERIES[tuples[:, :1]]]
        self.assertGreater(same.mean(), 0.99)

    def test_neighbours_are_drawn_alike_often_and_any_query_where_there_is_none(self):
        nearest = NEAREST.copy()
        nearest[7] = -1
        draw = negative_sampler.neighbours(QUERIES, nearest)
        drawn = QUERIES[draw(np.repeat([0, 7], 10_000), np.random.default_rng(0))]
        self.assertNear((drawn[:10_000] == 2).mean(), 0.5, 0.02)
        self.assertNear((drawn[:10_000] == 3).mean(), 0.5, 0.02)
        self.assertLen(set(drawn[10_000:]), 40)

    def test_the_same_seed_and_epoch_give_the_same_and_others_do_not(self):
        sampler = self.sampler(negative_sampler.clusters(QUERIES, CLUSTER, OTHER))
        one, again = (sampler.epoch(ORDER, 3, 1, 2).records for _ in range(2))
        self.assertAllEqual(one, again)
        for seed, epoch in ((1, 3), (2, 2)):
            self.assertNotAllEqual(one, sampler.epoch(ORDER, 3, seed, epoch).records)

    def test_a_cluster_of_one_query_falls_back_to_any_record(self):
        alone = np.arange(40, dtype=np.int32)
        found = self.sampler(negative_sampler.clusters(QUERIES, alone, None)).epoch(ORDER, 3, 0, 0)
        self.assertTrue(found.kept.all())
        self.assertGreater(len(set(QUERIES[self.tuples(found)[0, 1:]])), 1)

    def test_where_no_record_can_be_a_negative_the_positive_stands_there_marked(self):
        queries, products = np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0])
        found = NegativeSampler(queries, products).epoch(np.arange(4), 2, 0, 0)
        # Query 0 is answered by all there is, so nothing is a negative of its pairs, nor are they of others.
        self.assertAllEqual(found.records.reshape(4, 3), [[0, 0, 0], [1, 1, 1], [2, 2, 2], [3, 3, 3]])
        self.assertAllEqual(found.kept.reshape(4, 3), [[True, False, False]] * 4)

    def test_the_one_record_that_fits_is_found_among_many_that_do_not(self):
        queries, products = np.array([0] * 3000 + [1]), np.arange(3001)
        found = NegativeSampler(queries, products).epoch(np.array([5, 9]), 2, 0, 0)
        self.assertAllEqual(found.records, [5, 3000, 3000, 9, 3000, 3000])
        self.assertTrue(found.kept.all())

    def test_no_negatives_give_the_order_alone(self):
        found = self.sampler().epoch(ORDER, 0, 0, 0)
        self.assertAllEqual(found.records, ORDER)
        self.assertTrue(found.kept.all())

    def test_nothing_to_stand_beside_is_refused(self):
        with self.assertRaisesRegex(ValueError, "there is none: is the right fold trained on"):
            NegativeSampler(QUERIES[:0], PRODUCTS[:0])


if __name__ == "__main__":
    tf.test.main()
