"""The head of recall's pretraining: a product's regions are to name the words of its query, and to write the query."""

import keras
import numpy as np
from keras import ops

from models.recall.caption_decoder import CaptionDecoder, caption_loss
from models.recall.label_loss import label_logits, label_loss

MARKS = 2  # the start and the end token
RAREST = 1e-5  # share of a word that labels no query


@keras.saving.register_keras_serializable("shelflens")
class PretrainingHead(keras.layers.Layer):
    """Adds up the multi-label loss of heads 1 to 4 and the caption loss of head 0, each weighed by 1.

    A product without regions has neither, a query without labels (stop words alone) no label loss, and a query without
    tokens no caption loss. In float32 under every dtype policy.

    Args:
      vocabulary_size: number of token ids.
      word_dim: width of the word vectors, which is that of the heads too.
      units: width of the caption's state.
      hardest: negative words that count in the label loss.
      train_words: move the word vectors; otherwise they are frozen, as published.
      word_vectors: float `[vocabulary_size, word_dim]`, what they are at first; None draws them. Not part of the
        config: a head made from it gets its vectors with its weights.
      label_share: float `[vocabulary_size]`, share of training's queries that each word labels; the bias of its logit
        begins at the log odds. Without, all products are first drawn to one vector that tells how frequent words are,
        and small catalogues end there. Not part of the config either. None: at 0.

    Call arguments:
      output: {"heads": float `[rows, 5, word_dim]`, 0 for a product without regions; "token_ids" int `[rows, tokens]`,
        start token first; "padding_mask" int `[rows, tokens]`, 1 where a token is; "label_mask" `[rows, tokens]`, 1
        where a token is a label}.

    Returns:
      {"label", "caption"}: the two losses of each row, float32 `[rows]`.

    Attributes:
      num_classes: 0: there are no logits of classes.
      rows_together: 1.

    Weights:
      word_vectors: float32 `[vocabulary_size, word_dim]`, shared by labels, the caption's input and its output;
      label_bias: float32 `[vocabulary_size]`; and those of CaptionDecoder.

    Source: KDD Cup 2020 Multimodalities Recall, a third place, without the bias; that is Lin et al., Focal Loss for
    Dense Object Detection, arXiv:1708.02002, section 4.1.
    """

    num_classes = 0
    rows_together = 1

    def __init__(
        self, vocabulary_size, word_dim, units=1024, hardest=1000, train_words=False, word_vectors=None,
        label_share=None, **kwargs,
    ):  # fmt: skip
        super().__init__(**{"dtype": "float32", **kwargs})
        if hardest < 1:
            raise ValueError(f"{self.name} needs at least 1 negative word, got hardest={hardest}.")
        if word_vectors is not None and np.shape(word_vectors) != (vocabulary_size, word_dim):
            raise ValueError(
                f"{self.name}: word vectors of shape {np.shape(word_vectors)} are given, and {vocabulary_size} token "
                f"ids of width {word_dim} need {(vocabulary_size, word_dim)}: take those of the tokenizer's own model."
            )
        self.vocabulary_size, self.word_dim, self.units = vocabulary_size, word_dim, units
        self.hardest, self.train_words, self._given, self._share = hardest, train_words, word_vectors, label_share
        self.decoder = CaptionDecoder(units, name="caption_decoder")

    def build(self, output_shape):
        """Makes the variables; `output_shape` is the dict of the output's shapes, or the shape of the heads alone."""
        heads = output_shape["heads"] if isinstance(output_shape, dict) else output_shape
        if heads[-1] != self.word_dim:
            raise ValueError(
                f"{self.name}: heads of width {heads[-1]} cannot be multiplied with word vectors of width "
                f"{self.word_dim}: build the region encoder with heads as wide as the word vectors."
            )
        self.word_vectors = self.add_weight(
            name="word_vectors",
            shape=(self.vocabulary_size, self.word_dim),
            initializer=self._first_vectors(),
            trainable=self.train_words,
        )
        odds = keras.initializers.Zeros() if self._share is None else _log_odds(self._share)
        self.label_bias = self.add_weight(name="label_bias", shape=(self.vocabulary_size,), initializer=odds)
        self._given = self._share = None
        self.decoder.build((None, self.word_dim), (None, None), (self.vocabulary_size, self.word_dim))

    def _first_vectors(self):
        if self._given is None:
            return keras.initializers.RandomNormal(stddev=0.02)  # BERT's
        given = np.asarray(self._given, "float32")
        return lambda shape, dtype: ops.convert_to_tensor(given, dtype)

    def call(self, output):
        heads, tokens, padding = (output[name] for name in ("heads", "token_ids", "padding_mask"))
        words = ops.convert_to_tensor(self.word_vectors)
        label = label_loss(self.label_scores(heads), tokens, output["label_mask"], self.hardest)
        caption = caption_loss(self.decoder(heads[:, 0], tokens, words), tokens, padding)
        has_regions = ops.any(ops.not_equal(heads, 0.0), axis=(1, 2))
        has_labels = ops.any(ops.cast(output["label_mask"], "bool"), axis=1)
        has_words = ops.sum(ops.cast(padding, "int32"), axis=1) > MARKS
        return {
            "label": ops.where(ops.logical_and(has_regions, has_labels), label, 0.0),
            "caption": ops.where(ops.logical_and(has_regions, has_words), caption, 0.0),
        }

    def observe(self, output, label, present):
        """Does nothing: this loss does not adapt to what it sees."""
        return None

    def loss(self, output, label, label_smoothing=0.0):
        """The sum of both losses.

        Args:
          output: see the class.
          label: of any kind; not looked at, for the words are in the output.
          label_smoothing: 0.

        Returns:
          float32 `[rows]`.

        Raises:
          ValueError: labels are to be smoothed.
        """
        if label_smoothing:
            raise ValueError(f"--label_smoothing={label_smoothing} has no effect on {self.name}: leave it out.")
        parts = self(output)
        return parts["label"] + parts["caption"]

    def label_scores(self, heads):
        """The logit of each word as a label, float32 `[rows, vocabulary_size]`, of heads `[rows, 5, word_dim]`."""
        return label_logits(heads[:, 1:], ops.convert_to_tensor(self.word_vectors)) + self.label_bias

    def first_state(self, heads):
        """The caption's state before the start token, float32 `[rows, units]`, of heads `[rows, 5, word_dim]`."""
        return self.decoder.first_state(heads[:, 0])

    def step(self, state, token):
        """One token further: (logits float32 `[rows, vocabulary_size]`, state float32 `[rows, units]`)."""
        return self.decoder.step(state, token, ops.convert_to_tensor(self.word_vectors))

    def compute_output_shape(self, output_shape):
        rows = output_shape["heads"][0]
        return {"label": (rows,), "caption": (rows,)}

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "word_dim": self.word_dim,
            "units": self.units,
            "hardest": self.hardest,
            "train_words": self.train_words,
        }


def _log_odds(share):
    share = np.clip(np.asarray(share, "float32"), RAREST, 1 - RAREST)
    return lambda shape, dtype: ops.convert_to_tensor(np.log(share / (1 - share)), dtype)
