"""Which tokens say nothing about a product: special tokens, punctuation and English stop words."""

import unicodedata

import numpy as np
import tensorflow as tf
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from training.inputs.tokens import TokenTitles

PIECE = "##"  # WordPiece's mark of a piece that goes on with a word
WORD = "\u2581"  # SentencePiece's mark of a piece that begins one


def skipped_tokens(titles: TokenTitles) -> np.ndarray:
    """Finds the tokens that are no labels.

    A stop word counts where it is a token of its own, not as a piece within a word ("##for" of "platform"); one that a
    small vocabulary cuts into pieces is not found.

    Returns:
      bool `[vocabulary_size]`, True for special tokens ("[CLS]", "<s>", "[unused7]"), for tokens without a letter or
      digit or of one Latin letter, and for scikit-learn's English stop words.
    """
    tokenizer = titles.tokenizer
    vocabulary = [str(token) for token in tokenizer.get_vocabulary()]
    special = {str(token) for token in tokenizer.special_tokens}
    begins_words = any(token.startswith(WORD) for token in vocabulary)
    return np.array([token in special or _says_nothing(token, begins_words) for token in vocabulary], bool)


def label_mask(skipped: np.ndarray, token_ids: tf.Tensor, padding_mask: tf.Tensor) -> tf.Tensor:
    """The tokens that are labels, int32 of the shape of `token_ids`; works inside tf.data.

    Args:
      skipped: bool `[vocabulary_size]`, of `skipped_tokens`.
      token_ids, padding_mask: int32, of TokenTitles.
    """
    return tf.where(tf.gather(tf.constant(skipped), token_ids), 0, padding_mask)


def _says_nothing(token: str, begins_words: bool) -> bool:
    if token.startswith("[") and token.endswith("]") and len(token) > 2 or token == "<mask>":
        return True
    text = token.removeprefix(PIECE).removeprefix(WORD)
    if len(text) == 1 and text.isascii() and text.isalpha():  # of a word that was spelled
        return True
    if not any(unicodedata.category(sign)[0] in "LN" for sign in text):
        return True
    whole = token.startswith(WORD) if begins_words else not token.startswith(PIECE)
    return whole and text.lower() in ENGLISH_STOP_WORDS
