"""Words as labels of products: the loss written out word by word, and sets of labels that may be empty."""

import numpy as np
import tensorflow as tf

from models.recall.label_loss import is_label, label_logits, label_loss

WORDS = 12
LOGITS = np.random.default_rng(0).normal(size=(3, WORDS)).astype(np.float32) * 3
TOKENS = np.array([[4, 7, 4, 0], [1, 0, 0, 0], [11, 2, 9, 3]], np.int32)
MASK = np.array([[1, 1, 1, 0], [0, 0, 0, 0], [1, 0, 1, 1]], np.int32)
LABELS = [{4, 7}, set(), {11, 9, 3}]


def by_hand(hardest):
    losses = []
    for logits, labels in zip(LOGITS.astype(np.float64), LABELS, strict=True):
        others = sorted((logits[word] for word in range(WORDS) if word not in labels), reverse=True)
        positive = sum(np.log1p(np.exp(-logits[word])) for word in labels)
        losses.append(positive + sum(np.log1p(np.exp(logit)) for logit in others[:hardest]))
    return losses


class LabelLossTest(tf.test.TestCase):
    def test_a_words_logit_is_that_of_its_best_head(self):
        draw = np.random.default_rng(1)
        heads, words = draw.normal(size=(2, 4, 5)), draw.normal(size=(WORDS, 5))
        found = label_logits(tf.constant(heads, tf.float32), tf.constant(words, tf.float32))
        self.assertAllClose(found[1, 3], max(head @ words[3] for head in heads[1]))
        self.assertEqual(found.shape, (2, WORDS))

    def test_labels_are_the_tokens_that_the_mask_keeps_each_once(self):
        found = is_label(tf.constant(TOKENS), tf.constant(MASK), WORDS)
        self.assertEqual([set(np.flatnonzero(row)) for row in found.numpy()], LABELS)
        strange = is_label(tf.constant([[-1, WORDS, 5, 99]]), tf.ones((1, 4)), WORDS)
        self.assertAllEqual(np.flatnonzero(strange), [5])

    def test_it_is_the_sum_over_labels_and_over_the_hardest_other_words(self):
        for hardest in (1, 5, 1000):
            found = label_loss(tf.constant(LOGITS), tf.constant(TOKENS), tf.constant(MASK), hardest)
            self.assertAllClose(found, by_hand(hardest), rtol=1e-5)

    def test_only_labels_and_the_hardest_learn(self):
        logits = tf.Variable(LOGITS)
        with tf.GradientTape() as tape:
            loss = label_loss(logits, TOKENS, MASK, 2)
        gradient = tape.gradient(loss, logits).numpy()
        self.assertAllEqual((gradient < 0).sum(1), [2, 0, 3])
        self.assertAllEqual((gradient > 0).sum(1), [2, 2, 2])

    def test_more_negatives_than_words_and_logits_of_any_size_stay_finite(self):
        logits = tf.Variable([[1000.0, -1000.0, 0.0]])
        with tf.GradientTape() as tape:
            loss = label_loss(logits, tf.constant([[0, 1, 2]]), tf.ones((1, 3)), 1000)
        self.assertAllClose(loss, [1000.0 + np.log(2.0)])
        self.assertAllClose(tape.gradient(loss, logits), [[0.0, -1.0, -0.5]])

    def test_it_compiles_also_where_the_number_of_rows_is_open(self):
        compiled = tf.function(lambda logits, tokens, mask: label_loss(logits, tokens, mask, 5), jit_compile=True)
        self.assertAllClose(compiled(LOGITS, TOKENS, MASK), by_hand(5), rtol=1e-5)
        rows = tf.TensorSpec((None, 4), tf.int32)
        traced = tf.function(
            lambda logits, tokens, mask: label_loss(logits, tokens, mask, 5),
            input_signature=[tf.TensorSpec((None, WORDS)), rows, rows],
        )
        self.assertAllClose(traced(LOGITS, TOKENS, MASK), by_hand(5), rtol=1e-5)


if __name__ == "__main__":
    tf.test.main()
