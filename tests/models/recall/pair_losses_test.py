"""Losses of scores against sums written out by hand, and against what masks must leave out."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from models.recall import pair_losses

SCORES = np.random.default_rng(0).uniform(-1, 1, (2, 3, 3)).astype(np.float32)
NONE = np.zeros((2, 3, 3), bool)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-np.asarray(x, np.float64)))


def negatives_of(row, axis, positives=NONE, group=0):
    """Scores of the row's query with other products (axis 1) or of its product with other queries (axis 0)."""
    places = [(row, j) if axis else (j, row) for j in range(3) if j != row]
    return [SCORES[group][place] for place in places if not positives[group][place]]


class PointwiseLossesTest(tf.test.TestCase):
    SCORE = tf.constant([2.0, -1.0, 0.5, 3.0])
    TARGET = tf.constant([1.0, 0.0, 0.0, 1.0])
    RIGHT = sigmoid([2.0, 1.0, -0.5, 3.0])

    def test_bce_is_minus_the_logarithm_of_the_right_probability(self):
        self.assertAllClose(pair_losses.bce(self.SCORE, self.TARGET, tf.ones(4)), -np.log(self.RIGHT))
        smoothed = -0.9 * np.log(sigmoid(2.0)) - 0.1 * np.log(sigmoid(-2.0))
        self.assertAllClose(pair_losses.bce(tf.constant([2.0]), tf.constant([0.9]), tf.ones(1)), [smoothed])

    def test_focal_weighs_each_pair_by_how_wrong_it_is(self):
        found = pair_losses.focal(self.SCORE, self.TARGET, tf.ones(4), gamma=2.0)
        self.assertAllClose(found, -np.log(self.RIGHT) * (1 - self.RIGHT) ** 2)
        found = pair_losses.focal(self.SCORE, self.TARGET, tf.ones(4), gamma=0.0)
        self.assertAllClose(found, -np.log(self.RIGHT))

    def test_masked_and_certain_pairs_have_finite_gradients(self):
        score = tf.Variable([np.nan, np.inf, 1000.0, -1000.0, 0.0])
        target, mask = tf.constant([1.0, 0.0, 1.0, 1.0, 1.0]), tf.constant([False, False, True, True, True])
        for loss_of in (pair_losses.bce, lambda *a: pair_losses.focal(*a, gamma=0.5)):
            with tf.GradientTape() as tape:
                loss = loss_of(score, target, mask)
            gradient = tape.gradient(loss, score)
            self.assertAllClose(loss[:4], [0.0, 0.0, 0.0, 1000.0])
            self.assertAllClose(gradient[:4], [0.0, 0.0, 0.0, -1.0])
            self.assertLess(gradient[4], 0.0)

    def test_margin_ranking_asks_for_the_margin_and_no_more(self):
        loss = pair_losses.margin_ranking(tf.constant([1.0, 1.0, 1.0]), tf.constant([0.0, 0.5, 2.0]), 0.9)
        self.assertAllClose(loss, [0.0, 0.4, 1.9])
        masked = pair_losses.margin_ranking(
            tf.constant([1.0, 1.0]), tf.constant([2.0, 2.0]), 0.9, mask=tf.constant([True, False])
        )
        self.assertAllClose(masked, [1.9, 0.0])


class GroupLossesTest(tf.test.TestCase, parameterized.TestCase):
    def test_max_violation_takes_the_hardest_negative_of_each_direction(self):
        found = pair_losses.max_violation(tf.constant(SCORES), tf.constant(NONE), 0.9)
        for group in range(2):
            for row in range(3):
                own = SCORES[group, row, row]
                wanted = sum(max(0, 0.9 - own + max(negatives_of(row, axis, group=group))) for axis in (0, 1))
                self.assertAllClose(found[group, row], wanted)

    def test_pairs_that_are_no_negatives_neither_count_nor_learn(self):
        positives = NONE.copy()
        positives[0, 0, 1] = positives[0, 1, 0] = True  # rows 0 and 1 of the first group have the same query
        positives[1, 2, :] = positives[1, :, 2] = True  # row 2 of the second group is padding
        scores = tf.Variable(SCORES)
        for loss_of in (lambda s, p: pair_losses.max_violation(s, p, 5.0), pair_losses.in_batch_softmax):
            with tf.GradientTape() as tape:
                loss = loss_of(scores, tf.constant(positives))
            gradient = tape.gradient(loss, scores)
            self.assertAllClose(loss[1, 2], 0.0, atol=1e-6)
            self.assertAllEqual(np.asarray(gradient)[positives & ~np.eye(3, dtype=bool)], np.zeros(6))
            self.assertAllClose(gradient[1, 2, 2], 0.0, atol=1e-6)
            self.assertAllEqual(np.isfinite(gradient), np.ones((2, 3, 3), bool))
        hinge = pair_losses.max_violation(scores, tf.constant(positives), 5.0)
        wanted = sum(5.0 - SCORES[0, 0, 0] + max(negatives_of(0, axis, positives)) for axis in (0, 1))
        self.assertAllClose(hinge[0, 0], wanted)

    @parameterized.parameters(("plain", 20.0, 0.0), ("cosface", 64.0, 0.35), ("am", 30.0, 0.35))
    def test_softmax_forms_have_their_papers_scale_and_margin(self, form, scale, margin):
        found = pair_losses.in_batch_softmax(tf.constant(SCORES), tf.constant(NONE), form)
        for row in range(3):
            own = np.exp(scale * (SCORES[0, row, row] - margin))
            wanted = sum(
                -np.log(own / (own + np.sum(np.exp(scale * np.array(negatives_of(row, axis)))))) for axis in (0, 1)
            )
            self.assertAllClose(found[0, row], wanted, rtol=1e-4)
        given = pair_losses.in_batch_softmax(tf.constant(SCORES), tf.constant(NONE), "am", scale, margin)
        self.assertAllClose(found, given)

    def test_both_compile(self):
        for loss_of in (lambda s, p: pair_losses.max_violation(s, p, 0.9), pair_losses.in_batch_softmax):
            compiled = tf.function(loss_of, jit_compile=True)
            self.assertAllClose(compiled(SCORES, NONE), loss_of(tf.constant(SCORES), tf.constant(NONE)), rtol=1e-5)

    def test_unknown_forms_and_a_margin_without_effect_are_refused(self):
        with self.assertRaisesRegex(ValueError, "Unknown form of the softmax 'arc'; there are plain, cosface, am"):
            pair_losses.in_batch_softmax(SCORES, NONE, "arc")
        with self.assertRaisesRegex(ValueError, "plain softmax has no margin, got margin=0.2: leave it out"):
            pair_losses.in_batch_softmax(SCORES, NONE, "plain", margin=0.2)


if __name__ == "__main__":
    tf.test.main()
