"""MixUp and CutMix: partners, shares, and twins on host and device."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from training.augmentation import mixing
from training.augmentation.plan import Augmentation


def changes(text, count=8):
    return Augmentation(text).draw(tf.constant([[3, i] for i in range(count)]))["mixing"]


def levels(count=8, size=32):
    """Pictures of one grey level each: 0, 10, 20, ..."""
    return tf.constant(np.tile(np.arange(count)[:, None, None, None] * 10.0, (1, size, size, 3)), tf.float32)


class MixingTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters("mixup", "cutmix", "mixup@0.5,cutmix@0.5")
    def test_host_and_device_mix_alike_and_keep_the_share_that_the_loss_gives(self, text):
        values, change = levels(), changes(text)
        host = mixing.on_host(values, change)
        self.assertAllClose(host, tf.function(mixing.on_device, jit_compile=True)(values, change), atol=1e-3)
        partner = np.arange(8).reshape(4, 2)[:, ::-1].ravel() * 10.0
        own = np.arange(8) * 10.0
        kept = (np.mean(host, axis=(1, 2, 3)) - partner) / (own - partner)
        self.assertAllClose(kept, change[:, mixing.KEPT_SHARE], atol=0.05)

    def test_a_share_of_examples_stays_unmixed_and_the_first_open_gate_counts(self):
        kept = changes("mixup(1.0)@0.3", 400)[:, mixing.KEPT_SHARE].numpy()
        self.assertBetween((kept == 1).mean(), 0.6, 0.8)
        both = changes("mixup,cutmix", 50).numpy()
        self.assertAllEqual(both[:, 1:5], np.zeros((50, 4)))

    def test_beta_has_the_mean_and_spread_of_its_alpha(self):
        share = changes("mixup(0.5)", 2000)[:, 0].numpy()
        self.assertAllClose(share.mean(), 0.5, atol=0.03)
        self.assertAllClose(share.var(), 1 / (4 * (2 * 0.5 + 1)), atol=0.01)

    def test_a_row_without_picture_leaves_its_pair_alone(self):
        there = tf.constant([1.0, 0.0, 1.0, 1.0])
        kept = mixing.only_where_both(changes("mixup(1.0)", 4), there).numpy()
        self.assertAllEqual(kept[:2], [mixing.UNMIXED] * 2)
        self.assertTrue((kept[2:, 0] < 1).all())

    def test_partners_are_neighbours(self):
        self.assertAllEqual(mixing.swapped(tf.constant([1, 2, 3, 4])), [2, 1, 4, 3])
