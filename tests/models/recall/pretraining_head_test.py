"""The pretraining head: what counts in which row, frozen and trained word vectors, and both backends alike."""

import os

import numpy as np
import pytest
import tensorflow as tf

from models.recall.caption_decoder import caption_loss
from models.recall.label_loss import label_logits, label_loss
from models.recall.pretraining_head import PretrainingHead
from tests import backends
from tests.models.recall.pretraining_program import DIM, WORDS, head, output, run


class PretrainingHeadTest(tf.test.TestCase):
    def test_the_bias_of_a_word_begins_at_its_log_odds(self):
        share = np.array([0.5, 0.0, 0.9], "float32")
        made = PretrainingHead(3, 4, units=2, label_share=share)
        made.build((None, 5, 4))
        self.assertAllClose(made.label_bias, np.log([1.0, 1e-5, 9.0]), atol=1e-4)

    def test_the_loss_is_that_of_labels_and_caption_where_there_are_any(self):
        made, given = head(), output()
        words = made.word_vectors.value
        label = label_loss(
            label_logits(given["heads"][:, 1:], words) + made.label_bias, given["token_ids"], given["label_mask"],
            made.hardest,
        )  # fmt: skip
        logits = made.decoder(given["heads"][:, 0], given["token_ids"], words)
        caption = caption_loss(logits, given["token_ids"], given["padding_mask"])
        self.assertTrue(np.all(label > 0) and np.all(caption > 0))
        parts = made(given)
        self.assertAllClose(parts["label"], label * [1, 1, 0, 0, 0])
        self.assertAllClose(parts["caption"], caption * [1, 1, 1, 0, 0])
        self.assertAllClose(made.loss(given, np.zeros(5)), parts["label"] + parts["caption"])

    def test_frozen_word_vectors_are_no_trainable_weight(self):
        frozen, trained = head(), head(train_words=True)
        self.assertLen(trained.trainable_variables, len(frozen.trainable_variables) + 1)
        self.assertEqual([v.name for v in frozen.non_trainable_weights], ["word_vectors"])

    def test_given_word_vectors_are_there_at_first_and_are_checked(self):
        given = np.random.default_rng(5).normal(size=(WORDS, DIM))
        made = PretrainingHead(WORDS, DIM, units=4, word_vectors=given)
        made.build({"heads": (None, 5, DIM)})
        self.assertAllClose(made.word_vectors, given)
        with self.assertRaisesRegex(
            ValueError, r"shape \(23, 7\) are given, and 23 token ids of width 8 need \(23, 8\)"
        ):
            PretrainingHead(WORDS, DIM, word_vectors=given[:, :7])

    def test_the_config_and_the_weights_make_it_again(self):
        made = head(train_words=True)
        again = PretrainingHead.from_config(made.get_config())
        again.build({"heads": (None, 5, DIM)})
        again.set_weights(made.get_weights())
        self.assertEqual(again.get_config(), made.get_config())
        self.assertAllClose(again.loss(output(), None), made.loss(output(), None))

    def test_what_does_not_fit_is_refused(self):
        with self.assertRaisesRegex(ValueError, "heads of width 6 cannot be multiplied with word vectors of width 8"):
            PretrainingHead(WORDS, DIM).build({"heads": (None, 5, 6)})
        with self.assertRaisesRegex(ValueError, "--label_smoothing=0.1 has no effect"):
            head().loss(output(), None, 0.1)
        with self.assertRaisesRegex(ValueError, "at least 1 negative word, got hardest=0"):
            PretrainingHead(WORDS, DIM, hardest=0)


@pytest.mark.slow
@backends.needs_jax
class BackendsTest(tf.test.TestCase):
    def test_compiled_losses_and_gradients_are_the_same_on_tensorflow_and_jax(self):
        path = os.path.join(self.get_temp_dir(), "jax.npz")
        backends.run("jax", "-m", "tests.models.recall.pretraining_program", path)
        on_jax = dict(np.load(path))
        for units in (8, 6):
            expected = run(units)
            for name, value in expected.items():
                self.assertAllClose(on_jax.pop(f"{units}/{name}"), value, rtol=1e-4, atol=1e-5, msg=name)
            self.assertAllEqual(expected["loss"][3:], [0.0, 0.0])
            self.assertGreater(np.abs(expected["to_heads"][:3]).sum(axis=(1, 2)).min(), 0.0)
        self.assertEmpty(on_jax)


if __name__ == "__main__":
    tf.test.main()
