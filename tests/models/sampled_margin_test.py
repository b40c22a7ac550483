"""A sample holds every positive, is a function of (seed, draw), and with all classes drawn the loss is ArcMargin's."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from models.arc_margin import ArcMargin
from models.sampled_margin import SampledArcMargin, _lots


def built(classes=1000, **kwargs):
    head = SampledArcMargin(classes, **kwargs)
    head.build((None, 8))
    return head


class SampledArcMarginTest(tf.test.TestCase, parameterized.TestCase):
    def test_every_positive_is_drawn_and_no_class_twice(self):
        head, labels = built(sampled_share=0.05), np.arange(0, 1000, 25).astype("int32")
        drawn = head.draw(labels).numpy()
        self.assertLen(set(drawn), 50)
        self.assertContainsSubset(set(labels), set(drawn))

    def test_negatives_are_a_function_of_seed_and_draw(self):
        labels = np.zeros(1, "int32")
        one, same, other = built(seed=1), built(seed=1), built(seed=2)
        first, second = one.draw(labels), one.draw(labels)
        self.assertAllEqual(same.draw(labels), first)
        self.assertGreater(len(set(second.numpy()) - set(first.numpy())), 50)
        self.assertGreater(len(set(other.draw(labels).numpy()) - set(first.numpy())), 50)
        same.draws.assign(1)  # as a checkpoint does
        self.assertAllEqual(same.draw(labels), second)

    def test_every_class_is_as_likely_as_another(self):
        lots = np.stack([_lots(200, 3, draw) for draw in range(500)])
        self.assertAllInRange(lots, 0.0, 1.0 - 1e-7)
        self.assertAllClose(lots.mean(0), np.full(200, 0.5), atol=0.06)  # 4.6 standard deviations
        self.assertAllClose(np.corrcoef(lots[:-1].ravel(), lots[1:].ravel())[0, 1], 0.0, atol=0.015)

    @parameterized.parameters(False, True)
    def test_with_all_classes_drawn_the_loss_is_that_of_arc_margin(self, compiled):
        head, whole = built(40, sampled_share=1.0), ArcMargin(40)
        whole.build((None, 8))
        whole.centres.assign(head.centres)
        embedding = tf.constant(np.random.default_rng(0).normal(size=(4, 8)).astype("float32"))
        label = tf.constant([0, 39, 7, -1])
        loss = tf.function(lambda: head.loss(embedding, label, 0.1), jit_compile=compiled)()
        self.assertAllClose(loss, whole.loss(embedding, label, 0.1), atol=1e-5)

    def test_only_drawn_centres_have_a_gradient(self):
        head, label = built(sampled_share=0.1), tf.constant([3, 3, 999])
        with tf.GradientTape() as tape:
            loss = head.loss(tf.ones((3, 8)), label)
        gradient = tf.convert_to_tensor(tape.gradient(loss, head.centres.value))
        moved = set(np.flatnonzero(np.abs(gradient.numpy()).sum(0)))
        head.draws.assign(0)
        self.assertContainsSubset(moved, set(head.draw(label.numpy()).numpy()))
        self.assertContainsSubset({3, 999}, moved)

    def test_too_small_a_share_is_refused(self):
        with self.assertRaisesRegex(ValueError, "sampled_share=0.01 of 1000 classes is 10, fewer than the 64 .* 0.064"):
            built(sampled_share=0.01).draw(np.zeros(64, "int32"))
        with self.assertRaisesRegex(ValueError, r"in \(0, 1\], got 10"):
            SampledArcMargin(9, sampled_share=10)

    def test_survives_saving(self):
        head = SampledArcMargin(9, scale=16.0, sampled_share=0.3, seed=4)
        self.assertEqual(SampledArcMargin.from_config(head.get_config()).get_config(), head.get_config())


if __name__ == "__main__":
    tf.test.main()
