"""The softmax of a group's cosines: what is a negative, and what is refused."""

import keras
import numpy as np
import tensorflow as tf

from models.recall.two_tower_head import TwoTowerHead


def unit(rows, seed):
    vectors = np.random.default_rng(seed).normal(size=(rows, 5)).astype("float32")
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def softmax_loss(logits, own):
    return np.log(np.exp(logits).sum()) - own


class TwoTowerHeadTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.output = {"queries": unit(6, 0), "products": unit(6, 1)}
        self.label = np.stack([np.arange(6), 10 + np.arange(6)], axis=1).astype("int32")

    def test_the_loss_of_a_row_is_that_of_its_group_in_both_directions(self):
        found = TwoTowerHead(3, scale=5.0).loss(self.output, self.label)
        scores = 5.0 * self.output["queries"][3:] @ self.output["products"][3:].T
        expected = softmax_loss(scores[1], scores[1, 1]) + softmax_loss(scores[:, 1], scores[1, 1])
        self.assertAllClose(found[4], expected, atol=1e-5)
        self.assertEqual(found.shape, (6,))

    def test_rows_of_one_query_or_one_product_are_no_negatives_of_each_other(self):
        for column in (0, 1):
            label = self.label.copy()
            label[:, column] = 7
            self.assertAllClose(TwoTowerHead(3).loss(self.output, label), np.zeros(6), atol=1e-5)
        label = self.label.copy()
        label[1, 0] = label[0, 0]
        found = TwoTowerHead(3, scale=5.0).loss(self.output, label)
        scores = 5.0 * self.output["queries"][:3] @ self.output["products"][:3].T
        expected = softmax_loss(scores[0, [0, 2]], scores[0, 0]) + softmax_loss(scores[[0, 2], 0], scores[0, 0])
        self.assertAllClose(found[0], expected, atol=1e-5)

    def test_compiled_it_gives_the_same_and_finite_gradients(self):
        head, queries = TwoTowerHead(3, form="cosface"), tf.constant(self.output["queries"])

        def run(queries):
            with tf.GradientTape() as tape:
                tape.watch(queries)
                loss = head.loss({**self.output, "queries": queries}, self.label)
            return loss, tape.gradient(loss, queries)

        for eager, compiled in zip(run(queries), tf.function(run, jit_compile=True)(queries), strict=True):
            self.assertAllClose(eager, compiled, atol=1e-4)
            self.assertAllInRange(eager, -1e4, 1e4)

    def test_scores_are_cosines(self):
        queries, products = self.output["queries"].reshape(2, 3, 5), self.output["products"].reshape(2, 3, 5)
        found = TwoTowerHead(3).score({"queries": queries[:, :1]}, {"products": products})
        self.assertAllClose(found, np.einsum("nqd,npd->nqp", queries[:, :1], products), atol=1e-6)

    def test_what_cannot_be_is_refused_and_the_config_is_kept(self):
        with self.assertRaisesRegex(ValueError, "takes groups of 4 rows, and 6 rows are no whole .* --batch_size"):
            TwoTowerHead(4).loss(self.output, self.label)
        with self.assertRaisesRegex(ValueError, "--label_smoothing=0.1 has no effect on two_tower: leave it out"):
            TwoTowerHead(3, name="two_tower").loss(self.output, self.label, 0.1)
        with self.assertRaisesRegex(ValueError, "at least 2 rows, got group=1"):
            TwoTowerHead(1)
        head = TwoTowerHead(3, "am", 10.0, 0.2)
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(head))
        self.assertAllClose(again.loss(self.output, self.label), head.loss(self.output, self.label))
        self.assertEqual((again.num_classes, again.rows_together), (0, 3))


if __name__ == "__main__":
    tf.test.main()
