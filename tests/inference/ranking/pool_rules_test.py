"""Rules of the pool on planted lists: who is held back, and in what order what is held back follows."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from inference.ranking import metrics, pool_rules
from inference.ranking.best import best
from tests.inference.ranking.planted_scores import planted

# Product 7 is listed three times, 8 twice with a lead of .95, 9 and 5 once.
ROWS = [
    (1, 5, 0.2, 0), (1, 7, 0.9, 0), (1, 8, 0.01, 0),
    (2, 7, 0.8, 0), (2, 8, 0.96, 1), (2, 9, 0.1, 0),
    (3, 7, 0.9, 1),
]  # fmt: skip


class PoolRulesTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("none", 0.92, [0, 0, 0, 0, 0, 0, 0]),
        ("argmax_query", 0.92, [0, 0, 1, 1, 0, 0, 1]),  # of query 1's and 3's .9 the lower query keeps it
        ("listed_once", 0.92, [0, 1, 1, 1, 0, 0, 1]),
        ("listed_once", 0.96, [0, 1, 1, 1, 1, 0, 1]),
        ("listed_once", 0.0, [0, 0, 1, 1, 0, 0, 1]),
    )
    def test_who_is_held_back(self, rule, gap, held):
        self.assertAllEqual(pool_rules.held_back(planted(ROWS), rule, gap), np.array(held, bool))

    def test_what_is_held_back_follows_in_its_own_order(self):
        scores = planted([(1, 1, 0.5, 0), (1, 2, 0.9, 0), (1, 3, 0.7, 0), (1, 4, 0.7, 0),
                          (2, 2, 1.9, 0), (2, 3, 1.7, 0), (2, 4, 1.7, 0)])  # fmt: skip
        ruled = pool_rules.put_behind(scores, pool_rules.held_back(scores, "argmax_query", 0.0))
        self.assertAllEqual(best(ruled.score, ruled.starts, 4), [[0, 1, 2, 3], [4, 5, 6, -1]])
        self.assertAllEqual(best(scores.score, scores.starts, 4), [[1, 2, 3, 0], [4, 5, 6, -1]])

    def test_where_answers_are_listed_once_the_rule_finds_them_without_looking(self):
        random = np.random.default_rng(0)
        rows = [(query, 1000 + query, random.random(), 1) for query in range(50)]
        rows += [(query, product, random.random(), 0) for query in range(50) for product in range(9)]
        scores = planted(rows)
        self.assertLess(metrics.official(scores), 0.6)
        held = pool_rules.held_back(scores, "listed_once", 0.92)
        self.assertEqual(metrics.official(pool_rules.put_behind(scores, held)), 1.0)


if __name__ == "__main__":
    tf.test.main()
