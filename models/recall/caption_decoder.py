"""A GRU that writes a product's query, word piece by word piece, from a vector of its regions."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("shelflens")
class CaptionDecoder(keras.layers.Layer):
    """Gives the logits of the next token, over word vectors that are its input and its output.

    Vectors wider or narrower than the state pass through a Dense layer on their way in (`to_state`) and out
    (`to_words`); where the widths are equal there is none.

    The largest array of pretraining is its logits, `[rows, tokens - 1, words]` float32: 757 MB for 200 rows of 32
    tokens and BERT's 30,522 words. XLA's program of loss and gradients holds 1.06 GB beside its arguments.

    Args:
      units: width of the state.

    Call arguments:
      start: float `[rows, dim]`, what the state begins with.
      token_ids: int `[rows, tokens]`, start token first; each is told the ones before it (teacher forcing).
      word_vectors: float `[words, word_dim]`.

    Returns:
      float32 `[rows, tokens - 1, words]`: at place i the logits of token i + 1.

    Source: Vinyals et al., Show and Tell, arXiv:1411.4555, with a GRU; tied word vectors: Press and Wolf,
    arXiv:1608.05859.
    """

    def __init__(self, units=1024, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.units = units
        # cuDNN's GRU does not compile under XLA, and has no masks that the backends share.
        self.gru = keras.layers.GRU(units, return_sequences=True, use_cudnn=False, dtype=self.dtype_policy, name="gru")
        self.to_state = self.to_words = None

    def build(self, start_shape, token_ids_shape, word_vectors_shape):
        dim, word_dim = start_shape[-1], word_vectors_shape[-1]
        self.gru.build((None, None, word_dim))
        if dim != self.units:
            self.to_state = self._dense("to_state", dim, self.units)
        if word_dim != self.units:
            self.to_words = self._dense("to_words", self.units, word_dim)

    def _dense(self, name: str, width: int, units: int):
        layer = keras.layers.Dense(units, dtype=self.dtype_policy, name=name)
        layer.build((None, width))
        return layer

    def call(self, start, token_ids, word_vectors):
        vectors = ops.take(word_vectors, token_ids[:, :-1], axis=0)
        return self._logits(self.gru(vectors, initial_state=self.first_state(start)), word_vectors)

    def first_state(self, start):
        """The state before the start token, float `[rows, units]`, of `start` `[rows, dim]`."""
        return start if self.to_state is None else self.to_state(start)

    def step(self, state, token, word_vectors):
        """One token further, for decoding.

        Args:
          state: float `[rows, units]`, of `first_state` or of the step before.
          token: int `[rows]`, the one before the one asked for.
          word_vectors: as in the call.

        Returns:
          (logits float32 `[rows, words]`, state float `[rows, units]`).
        """
        hidden, states = self.gru.cell(ops.take(word_vectors, token, axis=0), [state], training=False)
        return self._logits(hidden, word_vectors), states[0]

    def _logits(self, hidden, word_vectors):
        hidden = hidden if self.to_words is None else self.to_words(hidden)
        return ops.cast(ops.matmul(hidden, ops.transpose(word_vectors)), "float32")

    def compute_output_shape(self, start_shape, token_ids_shape, word_vectors_shape):
        rows, tokens = token_ids_shape
        return (rows, None if tokens is None else tokens - 1, word_vectors_shape[0])

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def caption_loss(logits, token_ids, padding_mask):
    """The mean of each row's cross-entropies, over the tokens after its first that the mask keeps.

    Args:
      logits: float32 `[rows, tokens - 1, words]`, of CaptionDecoder.
      token_ids: int `[rows, tokens]`.
      padding_mask: int, bool or float `[rows, tokens]`, 1 where a token is.

    Returns:
      float32 `[rows]`, 0 for a row without tokens after the first.
    """
    kept = ops.cast(padding_mask[:, 1:], "float32")
    entropy = keras.losses.sparse_categorical_crossentropy(token_ids[:, 1:], logits, from_logits=True)
    return ops.sum(entropy * kept, axis=1) / ops.maximum(ops.sum(kept, axis=1), 1.0)
