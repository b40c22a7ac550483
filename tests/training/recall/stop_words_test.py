"""Tokens that are no labels, of a WordPiece and of a SentencePiece vocabulary."""

import io

import keras_hub
import sentencepiece
import tensorflow as tf

from training.inputs.tokens import TokenTitles
from training.recall.stop_words import label_mask, skipped_tokens

WORD_PIECES = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused0]", "the", "for", "##for", "shoe", "##s", "-", "##!", "250",
    "[", "\u9774",
]  # fmt: skip


def word_pieces() -> TokenTitles:
    return TokenTitles(keras_hub.models.BertTokenizer(WORD_PIECES, lowercase=True), length=10)


class StopWordsTest(tf.test.TestCase):
    def test_special_tokens_signs_and_stop_words_are_skipped_and_pieces_within_words_are_not(self):
        skipped = skipped_tokens(word_pieces())
        self.assertEqual(skipped.dtype, bool)
        kept = [token for token, out in zip(WORD_PIECES, skipped, strict=True) if not out]
        self.assertEqual(kept, ["##for", "shoe", "250", "\u9774"])

    def test_pieces_of_a_sentence_are_words_where_they_begin_one(self):
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["the shoe for the platform, the other shoe!"] * 9),
            model_writer=model, vocab_size=32, hard_vocab_limit=False, minloglevel=2,
            user_defined_symbols=["\u2581the", "the", "\u2581shoe"],
        )  # fmt: skip
        titles = TokenTitles(keras_hub.models.XLMRobertaTokenizer(proto=model.getvalue()))
        vocabulary, skipped = titles.tokenizer.get_vocabulary(), skipped_tokens(titles)
        self.assertLen(skipped, titles.vocabulary_size)
        found = dict(zip(vocabulary, skipped, strict=True))
        wanted = {"<s>": True, "<mask>": True, "\u2581": True, ",": True, "\u2581the": True, "the": False}
        self.assertEqual({token: bool(found[token]) for token in wanted}, wanted)
        self.assertFalse(found["\u2581shoe"])

    def test_labels_of_queries_inside_tf_data(self):
        titles = word_pieces()
        skipped = skipped_tokens(titles)

        def labels(queries):
            tokens = titles(queries, training=True)
            return tokens["token_ids"], label_mask(skipped, **tokens)

        data = tf.data.Dataset.from_tensor_slices(["shoes - for the 250", "for the", ""]).batch(3).map(labels)
        token_ids, mask = next(iter(data))
        self.assertEqual(mask.dtype, tf.int32)
        words = [
            [WORD_PIECES[i] for i in ids[kept > 0]] for ids, kept in zip(token_ids.numpy(), mask.numpy(), strict=True)
        ]
        self.assertEqual(words, [["shoe", "250"], [], []])


if __name__ == "__main__":
    tf.test.main()
