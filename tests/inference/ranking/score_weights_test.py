"""Weights of added scores: standardised per query, searched, and of the least loss."""

import numpy as np
import tensorflow as tf
from scipy import optimize

from inference.ranking import metrics, score_weights
from inference.ranking.score_weights import least_loss, search, standardise
from tests.inference.ranking.planted_scores import drawn, planted


def members(*scores):
    return np.stack([standardise(one) for one in scores])


class StandardiseTest(tf.test.TestCase):
    def test_every_query_has_mean_zero_and_deviation_one(self):
        scores = drawn(6, 11, 1.0, 0)
        shifted = scores.scored(scores.score * (1 + scores.query_of) * 100 - 7 * scores.query_of)
        found = standardise(shifted).reshape(6, 11)
        self.assertAllClose(found.mean(axis=1), np.zeros(6))
        self.assertAllClose(found.std(axis=1), np.ones(6))
        self.assertAllClose(standardise(scores).reshape(6, 11), found)

    def test_equal_scores_say_nothing(self):
        scores = planted([(1, 1, 0.1, 0), (1, 2, 0.1, 0), (1, 3, 0.1, 0), (2, 1, 5.0, 1)])
        self.assertAllEqual(standardise(scores), np.zeros(4))


class SearchTest(tf.test.TestCase):
    def test_it_is_the_best_of_a_hundred_mixtures(self):
        one, two = drawn(60, 15, 1.0, 1), drawn(60, 15, 0.6, 2)
        both = members(one, two)
        reached = [metrics.official(one.scored(t * both[0] + (1 - t) * both[1])) for t in np.linspace(0, 1, 100)]
        weights = search(one, both)
        self.assertAllClose(metrics.official(one.scored(weights @ both)), max(reached))
        self.assertAllClose(weights.sum(), 1.0)
        self.assertIn(round(weights[0] * 99, 6), range(100))

    def test_of_equals_the_one_nearest_to_a_half(self):
        one = drawn(9, 10, 1.0, 1)
        self.assertAllClose(search(one, members(one, one)), [49 / 99, 50 / 99])


class LeastLossTest(tf.test.TestCase):
    def test_the_good_members_are_found_and_noise_is_not(self):
        good, fair, noise, wrong = (drawn(300, 20, strength, seed) for seed, strength in enumerate((2, 1, 0, -1)))
        weights = least_loss(good, members(good, fair, noise, wrong))
        self.assertGreater(weights[0], weights[1])
        self.assertGreater(weights[1], 0.15)
        self.assertLess(weights[2], 0.05)
        self.assertEqual(weights[3], 0.0)
        self.assertAllClose(weights.sum(), 1.0)

    def test_no_other_direction_has_less_loss(self):
        one, two = drawn(80, 12, 1.0, 1), drawn(80, 12, 0.7, 2)
        both, right = members(one, two).reshape(2, 80, 12), (one.answer == 1).reshape(80, 12)

        def loss(scale, t):
            score = scale * (t * both[0] + (1 - t) * both[1])
            likely = np.log(np.exp(score).sum(axis=1)) - (score * right).sum(axis=1) / right.sum(axis=1)
            return likely.mean() + score_weights.RIDGE * scale**2 * (t**2 + (1 - t) ** 2)

        def least(t):
            return optimize.minimize_scalar(lambda scale: loss(scale, t), (0, 10)).fun

        grid = [least(t) for t in np.linspace(0, 1, 51)]
        self.assertLess(least(least_loss(one, members(one, two))[0]), min(grid) + 1e-6)

    def test_members_that_tell_nothing_count_equally(self):
        self.assertAllClose(
            least_loss(drawn(50, 9, 0, 3), members(drawn(50, 9, -2, 1), drawn(50, 9, -2, 2))), [0.5, 0.5]
        )
        alone = planted([(1, 1, 0.3, 1), (2, 1, 0.2, 0), (2, 2, 0.1, 0)])  # no query has both kinds
        self.assertAllClose(least_loss(alone, members(alone, alone)), [0.5, 0.5])

    def test_members_without_a_fault_have_finite_weights(self):
        scores = drawn(40, 8, 100.0, 0, relevant=1)
        self.assertAllClose(least_loss(scores, members(scores, scores)), [0.5, 0.5])


if __name__ == "__main__":
    tf.test.main()
