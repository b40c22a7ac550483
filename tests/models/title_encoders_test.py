"""Title encoders by name."""

import numpy as np
import pytest
import tensorflow as tf

from models.title_encoders import TOKEN_BACKBONES, build_tfidf_encoder, build_token_encoder, token_network

TOKENS = {
    "token_ids": np.array([[2, 7, 9, 3, 0], [2, 8, 3, 0, 0]]),
    "padding_mask": np.array([[1, 1, 1, 1, 0], [1, 1, 1, 0, 0]]),
}


class TfidfEncoderTest(tf.test.TestCase):
    def test_is_two_layers_with_a_leaky_relu(self):
        encoder = build_tfidf_encoder(5, widths=(4, 3))
        x = np.random.default_rng(0).normal(size=(2, 5)).astype("float32")
        first, first_bias, second, second_bias = encoder.get_weights()
        hidden = x @ first + first_bias
        self.assertAllClose(encoder(x), np.where(hidden > 0, hidden, 0.2 * hidden) @ second + second_bias, atol=1e-5)

    def test_any_number_of_layers_ends_at_the_last_width(self):
        for widths in ((3,), (6, 4, 3)):
            encoder = build_tfidf_encoder(5, widths)
            self.assertEqual(encoder.output_shape, (None, 3))
            self.assertEqual([w.shape[1] for w in encoder.weights if len(w.shape) == 2], [*widths])


class TokenEncoderTest(tf.test.TestCase):
    def test_what_stands_behind_the_mask_does_not_matter(self):
        for pooling in ("mean", "cls"):
            encoder = build_token_encoder("bert_tiny", pooling, vocabulary_size=20)
            other = {**TOKENS, "token_ids": TOKENS["token_ids"] + 4 * (1 - TOKENS["padding_mask"])}
            self.assertAllClose(encoder(TOKENS), encoder(other), atol=1e-5)

    def test_any_length_is_taken(self):
        encoder = build_token_encoder("bert_tiny", vocabulary_size=20)
        longer = {name: np.pad(value, ((0, 0), (0, 6))) for name, value in TOKENS.items()}
        self.assertAllClose(encoder(longer), encoder(TOKENS), atol=1e-5)

    def test_poolings_differ(self):
        mean, cls = (build_token_encoder("bert_tiny", pooling, vocabulary_size=20) for pooling in ("mean", "cls"))
        cls.set_weights(mean.get_weights())
        self.assertNotAllClose(mean(TOKENS), cls(TOKENS), atol=1e-3)

    def test_exact_gelu_moves_the_output_a_little_and_keeps_the_weights(self):
        backbone = TOKEN_BACKBONES["bert_tiny"](20)
        for weight in backbone.weights:
            weight.assign(weight + 0.1 * np.random.default_rng(0).normal(size=weight.shape))
        inputs = {**TOKENS, "segment_ids": np.zeros_like(TOKENS["token_ids"])}
        tanh, exact = token_network(backbone), token_network(backbone, activation="gelu")
        difference = np.abs(tanh(inputs) - exact(inputs)).max()
        self.assertBetween(difference, 1e-6, 1e-2)
        self.assertAllClose(tanh.get_weights(), exact.get_weights())

    def test_unknown_names_list_the_names(self):
        with self.assertRaisesRegex(ValueError, "Unknown title encoder 'gpt'; there are tfidf, bert_tiny"):
            build_token_encoder("gpt")
        with self.assertRaisesRegex(ValueError, "Unknown pooling 'max'; there are mean, cls"):
            build_token_encoder("bert_tiny", "max", 20)

    @pytest.mark.slow
    def test_every_name_builds_offline(self):
        for name in TOKEN_BACKBONES:
            features = build_token_encoder(name, vocabulary_size=50)(TOKENS)
            self.assertTrue(np.isfinite(features).all(), name)


if __name__ == "__main__":
    tf.test.main()
