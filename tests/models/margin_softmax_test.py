"""The shared parts of margin heads against automatic differentiation and the plain formula."""

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from models import margin_softmax
from models.arc_margin import ArcMargin
from models.unit_vector import l2_normalize


def draw(*shape):
    return tf.constant(np.random.default_rng(0).normal(size=shape).astype("float32"))


class MarginSoftmaxTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(False, True)
    def test_cosines_have_the_value_and_gradient_of_normalised_centres(self, compiled):
        unit, weight = l2_normalize(draw(4, 8)), draw(4, 5)
        centres = tf.concat([draw(8, 4), tf.zeros((8, 1))], 1)  # one centre of length 0

        def both(cosines):
            with tf.GradientTape() as tape:
                tape.watch([unit, centres])
                cosine = cosines(unit, centres)
                loss = tf.reduce_sum(weight * cosine)
            return cosine, *tape.gradient(loss, [unit, centres])

        ours = tf.function(lambda: both(margin_softmax.cosines), jit_compile=compiled)()
        plain = both(lambda unit, centres: tf.matmul(unit, l2_normalize(centres, axis=0)))
        for found, expected in zip(ours, plain, strict=True):
            self.assertAllClose(found, expected, rtol=1e-5, atol=1e-5)

    @parameterized.parameters(0.0, 0.2)
    def test_cross_entropy_is_that_of_a_smoothed_target(self, smoothing):
        logits, label = draw(3, 6), tf.constant([0, 5, 2])
        target = tf.one_hot(label, 6) * (1 - smoothing) + smoothing / 6
        expected = -tf.reduce_sum(target * tf.nn.log_softmax(logits), -1)
        self.assertAllClose(margin_softmax.cross_entropy(logits, label, smoothing), expected, atol=1e-5)

    def test_a_row_without_label_has_no_loss(self):
        loss = margin_softmax.cross_entropy(draw(3, 6), tf.constant([-1, 6, 2]), 0.1)
        self.assertAllEqual(loss[:2], [0.0, 0.0])
        self.assertGreater(loss[2], 0.0)

    def test_the_loss_of_arc_margin_is_the_cross_entropy_of_its_logits(self):
        head, embedding, label = ArcMargin(5), draw(4, 8), tf.constant([0, 4, 2, 2])
        head.build((None, 8))
        logits = head(embedding, label, training=True)
        expected = keras.losses.categorical_crossentropy(tf.one_hot(label, 5), logits, True, label_smoothing=0.1)
        self.assertAllClose(head.loss(embedding, label, 0.1), expected, atol=1e-4)


if __name__ == "__main__":
    tf.test.main()
