"""Sampled negatives: the published formula, what is left out, and the floor that a learned scale takes away."""

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from models.sampled_negatives import SampledNegatives


def built(**options):
    head = SampledNegatives(**options)
    head.build((None, 4))
    return head


def rows(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 4)).astype("float32")


def by_hand(embedding, negatives, scale=1.0, bias=0.0):
    """The loss of each tuple, one pair after another in float64."""
    losses = []
    for tuple_ in np.asarray(embedding, np.float64).reshape(-1, 2 + negatives, embedding.shape[-1]):
        unit = tuple_ / np.linalg.norm(tuple_, axis=1, keepdims=True)
        logits = scale * unit[1:] @ unit[0] + bias
        losses.append(np.log1p(np.exp(-logits[0])) + np.log1p(np.exp(logits[1:])).sum())
    return np.array(losses)


class SampledNegativesTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters((False, 1.0, 0.0), (True, 10.0, -10.0))
    def test_the_mean_over_rows_is_the_published_loss_over_tuples(self, learn_scale, scale, bias):
        embedding, label = rows(35), np.arange(35)
        label[1::7] = label[::7]
        loss = built(negatives=5, learn_scale=learn_scale).loss(embedding, label)
        self.assertAllClose(np.mean(loss), by_hand(embedding, 5, scale, bias).mean(), rtol=1e-5)
        self.assertAllEqual(loss[::7], np.zeros(5))

    def test_a_perfect_encoder_still_has_the_published_forms_floor(self):
        embedding = np.array([[1, 0], [1, 0], [-1, 0], [-1, 0]], "float32")
        floor = -np.log(1 / (1 + np.exp(-1)))
        self.assertAllClose(floor, 0.3133, atol=1e-4)
        loss = built(negatives=2).loss(embedding, np.array([0, 0, 1, 2]))
        self.assertAllClose(loss, 4 * floor * np.array([0, 1, 1, 1]), atol=1e-5)
        head = built(negatives=2, learn_scale=True)
        head.log_scale.assign(np.log(30.0))
        head.bias.assign(0.0)
        self.assertAllClose(head.loss(embedding, np.array([0, 0, 1, 2])), np.zeros(4), atol=1e-6)

    def test_a_negative_of_the_anchors_group_is_left_out(self):
        embedding = rows(8)
        alone = built(negatives=2).loss(embedding, np.array([0, 0, 1, 2, 3, 3, 4, 5]))
        loss = built(negatives=2).loss(embedding, np.array([0, 0, 1, 0, 3, 3, 4, 5]))
        self.assertAllClose(loss, np.where(np.arange(8) == 3, 0.0, alone))

    def test_a_pair_of_which_one_lacks_the_side_is_left_out_and_sends_no_gradient(self):
        embedding, label = rows(16), np.arange(16)
        label[1::4] = label[::4]
        alone = built(negatives=2).loss(embedding, label)
        embedding[[0, 5, 11]] = 0.0  # an anchor, a positive, a negative
        head, given = built(negatives=2), tf.constant(embedding)
        self.assertAllClose(
            head.loss(embedding, label), np.where(np.isin(np.arange(16), [0, 1, 2, 3, 5, 11]), 0.0, alone), atol=1e-6
        )
        with tf.GradientTape() as tape:
            tape.watch(given)
            total = tf.reduce_sum(head.loss(given, label))
        gradient = tape.gradient(total, given).numpy()
        self.assertAllEqual(gradient[[0, 1, 2, 3, 5, 11]], np.zeros((6, 4)))
        self.assertTrue(np.isfinite(gradient).all())
        self.assertAllGreater(np.linalg.norm(gradient[[4, 6, 7, 8, 9, 10]], axis=1), 1e-4)

    def test_compiles_under_xla_in_float32_under_half_precision(self):
        head = built(negatives=2, dtype="float32")
        embedding, label = tf.cast(rows(8), tf.bfloat16), tf.constant([0, 0, 1, 2, 3, 3, 4, 5])
        loss = tf.function(head.loss, jit_compile=True)(embedding, label)
        self.assertEqual(loss.dtype, tf.float32)
        self.assertAllClose(loss, head.loss(tf.cast(embedding, tf.float32), label), atol=1e-6)

    def test_the_fixed_form_has_no_weights_and_the_learned_one_two(self):
        self.assertEmpty(built().weights)
        self.assertEqual([w.name for w in built(learn_scale=True).trainable_weights], ["log_scale", "bias"])

    def test_survives_saving(self):
        head = SampledNegatives(negatives=3, learn_scale=True, name="joint_head")
        again = keras.layers.deserialize(keras.layers.serialize(head))
        self.assertEqual(again.get_config(), head.get_config())

    def test_says_what_is_wrong(self):
        with self.assertRaisesRegex(ValueError, "at least 1 negative, got negatives=0"):
            SampledNegatives(negatives=0)
        with self.assertRaisesRegex(ValueError, "tuples of 7 rows, and 8 rows are no whole number.*--sampler=tuples"):
            built().loss(rows(8), np.zeros(8))
        with self.assertRaisesRegex(ValueError, "--label_smoothing=0.1 has no effect"):
            built().loss(rows(7), np.zeros(7), 0.1)


if __name__ == "__main__":
    tf.test.main()
