"""Losses of class logits against published values and against one another."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.model import Model
from models import class_losses
from models.margin_softmax import cross_entropy

LOGITS = tf.constant([[8.0, 0.0, 0.0], [0.0, 3.0, 2.9], [0.0, 5.0, 0.0]])
LABEL = tf.constant([0, 2, 0])


class ClassLossesTest(tf.test.TestCase, parameterized.TestCase):
    def test_focal_weighs_each_row_by_itself(self):
        loss = class_losses.focal(LOGITS, LABEL, gamma=2.0)
        self.assertAllClose(tf.reduce_mean(loss), 1.7230, atol=5e-5)
        entropy = cross_entropy(LOGITS, LABEL, 0.0)
        of_batch = (1 - np.exp(-np.mean(entropy))) ** 2 * np.mean(entropy)  # the published code's
        self.assertAllClose(of_batch, 1.4081, atol=5e-5)

    def test_gamma_0_and_q_near_0_are_the_cross_entropy_and_q_1_is_the_absolute_error(self):
        entropy = cross_entropy(LOGITS, LABEL, 0.1)
        self.assertAllClose(class_losses.focal(LOGITS, LABEL, 0.1, gamma=0.0), entropy)
        self.assertAllClose(
            class_losses.generalized(LOGITS, LABEL, q=1e-3), cross_entropy(LOGITS, LABEL, 0.0), rtol=1e-2
        )
        right = tf.gather(tf.nn.softmax(LOGITS), LABEL, batch_dims=1)
        self.assertAllClose(class_losses.generalized(LOGITS, LABEL, q=1.0), 1.0 - right)

    @parameterized.parameters(
        {"class_loss": "focal"}, {"class_loss": "focal", "focal_gamma": 0.5}, {"class_loss": "gce", "gce_q": 0.3}
    )
    def test_rows_without_label_and_certain_rows_have_finite_gradients(self, **flags):
        loss_of = class_losses.of(Model(head="linear", **flags))
        logits = tf.Variable([[100.0, -100.0], [0.0, 1.0], [-100.0, 100.0]])
        with tf.GradientTape() as tape:
            loss = loss_of(logits, tf.constant([0, -1, 0]), 0.0)
        gradient = tape.gradient(loss, logits)
        self.assertAllClose(loss[:2], [0.0, 0.0], atol=1e-6)
        self.assertGreater(loss[2], 1.0)
        self.assertAllEqual(np.isfinite(gradient), np.ones((3, 2), bool))
        self.assertAllEqual(gradient[1], [0.0, 0.0])

    def test_flags_choose_the_loss_and_its_power(self):
        self.assertIs(class_losses.of(Model()), cross_entropy)
        chosen = class_losses.of(Model(class_loss="focal", focal_gamma=1.0))
        self.assertAllClose(chosen(LOGITS, LABEL, 0.0), class_losses.focal(LOGITS, LABEL, gamma=1.0))
