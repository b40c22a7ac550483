"""Captions: each token is told only those before it, and decoding step by step is the same as teacher forcing."""

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from models.recall.caption_decoder import CaptionDecoder, caption_loss

DRAW = np.random.default_rng(0)
START = DRAW.normal(size=(3, 4)).astype("float32")
WORDS = DRAW.normal(size=(9, 5)).astype("float32")
TOKENS = np.array([[1, 5, 6, 2], [1, 7, 2, 0], [1, 2, 0, 0]], "int32")


class CaptionDecoderTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters((4, 5), (4, 4), (6, 5), (5, 5))
    def test_steps_are_teacher_forcing_and_widths_that_differ_are_projected(self, units, word_dim):
        decoder, words = CaptionDecoder(units), WORDS[:, :word_dim]
        logits = decoder(START, TOKENS, words)
        self.assertEqual(logits.shape, (3, 3, 9))
        self.assertEqual((decoder.to_state is None, decoder.to_words is None), (units == 4, units == word_dim))
        state = decoder.first_state(START)
        for place in range(3):
            found, state = decoder.step(state, TOKENS[:, place], words)
            self.assertAllClose(found, logits[:, place], atol=1e-5)

    def test_the_image_is_seen_and_later_tokens_are_not(self):
        decoder = CaptionDecoder(4)
        logits = decoder(START, TOKENS, WORDS)
        later = TOKENS.copy()
        later[:, 2:] = 8
        self.assertAllClose(decoder(START, later, WORDS)[:, :2], logits[:, :2])
        self.assertNotAllClose(decoder(-START, TOKENS, WORDS)[:, 0], logits[:, 0])

    def test_the_loss_is_the_mean_over_a_rows_tokens_after_the_first(self):
        logits = DRAW.normal(size=(3, 3, 9)).astype("float32")
        log_probability = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        mask = (TOKENS > 0).astype("int32")
        mask[2, 1:] = 0
        found = caption_loss(logits, TOKENS, mask)
        first = -np.mean([log_probability[0, place, TOKENS[0, place + 1]] for place in range(3)])
        second = -np.mean([log_probability[1, place, TOKENS[1, place + 1]] for place in range(2)])
        self.assertAllClose(found, [first, second, 0.0])

    def test_it_learns_to_tell_two_products_captions(self):
        decoder, optimizer = CaptionDecoder(8), keras.optimizers.Adam(0.05)
        start, tokens = np.eye(2, 4, dtype="float32"), np.array([[1, 5, 6, 2], [1, 6, 7, 2]], "int32")

        @tf.function
        def step():
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(caption_loss(decoder(start, tokens, WORDS), tokens, tf.ones_like(tokens)))
            optimizer.apply(tape.gradient(loss, decoder.trainable_variables), decoder.trainable_variables)
            return loss

        decoder(start, tokens, WORDS)
        optimizer.build(decoder.trainable_variables)
        losses = [float(step()) for _ in range(60)]
        self.assertLess(losses[-1], 0.05)
        self.assertGreater(losses[0], 1.0)

    def test_the_config_makes_it_again(self):
        again = CaptionDecoder.from_config(CaptionDecoder(7, name="writer").get_config())
        self.assertEqual((again.units, again.name, again.gru.units), (7, "writer", 7))


if __name__ == "__main__":
    tf.test.main()
