"""nDCG@5 and MRR of marks beside hand-made sums, and their means over the orders of equal scores."""

import itertools

import numpy as np
import tensorflow as tf

from training.recall import ranked_marks


def log2(x):
    return np.log2(x)


class RankedMarksTest(tf.test.TestCase):
    def test_official_and_graded_figures_are_those_made_by_hand(self):
        query = [0, 0, 0, 1, 1, 2, 2]
        score = [0.9, 0.5, 0.7, 0.1, 0.2, 0.3, 0.1]
        rating = [0, 3, 2, 3, 1, 1, 0]  # ranked 0 2 3; 1 3; 1 0
        found = ranked_marks.of_marks(query, score, rating, 3)
        official = [(1 / log2(3) + 1 / 2) / (1 + 1 / log2(3)), 1 / log2(3), 0]
        graded = [(3 / log2(3) + 7 / 2) / (7 + 3 / log2(3)), (1 + 7 / log2(3)) / (7 + 1 / log2(3)), 1]
        self.assertAllClose(found["ndcg5"], np.mean(official))
        self.assertAllClose(found["ndcg5_graded"], np.mean(graded))
        self.assertAllClose(found["mrr"], np.mean([1 / 2, 1 / 2, 0]))
        self.assertAllClose(ranked_marks.of_marks(query, score, rating, 6)["ndcg5"], np.sum(official) / 6)

    def test_the_ideal_has_no_more_than_five(self):
        self.assertAllClose(ranked_marks.ndcg(np.arange(8), np.ones(8)), 1.0)
        discount = 1 / log2(np.arange(2, 7))
        self.assertAllClose(ranked_marks.ndcg([9, 8, 7, 6, 5, 4], [0, 1, 1, 1, 1, 1]), 1 - 1 / discount.sum())

    def test_equal_scores_give_the_mean_over_their_orders(self):
        score = np.array([2, 1, 1, 1, 1, 0])
        for gain in itertools.product((0, 1), repeat=6):
            gain = np.array(gain)
            orders = [np.array([0, *middle, 5]) for middle in itertools.permutations(range(1, 5))]
            broken = [-np.argsort(order).astype(float) for order in orders]
            for figure in (ranked_marks.ndcg, ranked_marks.reciprocal_rank):
                self.assertAllClose(
                    figure(score, gain), np.mean([figure(each, gain) for each in broken]), msg=str(gain)
                )

    def test_the_order_of_the_rows_has_no_part_in_it(self):
        random = np.random.default_rng(0)
        query, score, rating = random.integers(0, 5, 60), random.integers(0, 4, 60), random.integers(0, 4, 60)
        mixed = random.permutation(60)
        there, here = (ranked_marks.of_marks(query[p], score[p], rating[p], 5) for p in (mixed, np.arange(60)))
        self.assertAllClose(there, here)

    def test_recall_is_the_mean_over_queries_with_answers(self):
        found = [[4, 7, -1], [0, 1, 2], [3, 4, 5]]
        self.assertAllClose(ranked_marks.recall(found, [0, 0, 2], [7, 8, 3], 3), np.mean([1 / 2, 1]))

    def test_a_score_that_is_no_number_is_refused(self):
        with self.assertRaisesRegex(ValueError, "1 of 2 scores are not a number"):
            ranked_marks.of_marks([0, 0], [np.nan, 1.0], [0, 3], 1)


if __name__ == "__main__":
    tf.test.main()
