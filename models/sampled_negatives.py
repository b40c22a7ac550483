"""A head without classes: every anchor against one product of its group and some drawn at random."""

import math

import keras
from keras import ops

from models.unit_vector import l2_normalize

FIRST_SCALE, FIRST_BIAS = 10.0, -10.0  # SigLIP's


@keras.saving.register_keras_serializable("shelflens")
class SampledNegatives(keras.layers.Layer):
    """Draws an anchor a to its positive p, and pushes it from its negatives n, each pair by itself:

        -log sigmoid(scale * a.p + bias) - sum over n of log sigmoid(-(scale * a.n + bias))

    of unit vectors, in float32 under every dtype policy. A batch is tuples of rows that lie side by side: anchor,
    positive, negatives (`tuples` of training/inputs/samplers.py). A negative with the anchor's label is left out, and
    so is a pair of which one is the zero vector, a product without this side.

    The published form has scale 1 and bias 0. There no pair's loss falls below -log sigmoid(1) = 0.3133, and a tuple
    of one positive and five negatives not below 1.88, however good the encoder: a.b = 1 at the most. Learned, scale and
    bias let the loss reach 0 and begin at what a batch of mostly negatives needs.

    Args:
      negatives: in a tuple, at least 1.
      learn_scale: learn scale and bias instead of holding them at 1 and 0.

    Call arguments:
      embedding: float tensor `[rows, dim]`, rows a multiple of 2 + negatives.

    Returns:
      float32 `[tuples, 1 + negatives]`: scale * cosine + bias of the anchor with each of the others.

    Attributes:
      num_classes: 0: there are no logits of classes.
      rows_together: rows of a tuple.

    Weights, with learn_scale alone:
      log_scale, bias: float32 scalars, at first log 10 and -10.

    Source: Shopee Price Match Guarantee, a union ensemble's first schemes (the fixed form); Zhai et al., Sigmoid Loss
    for Language Image Pre-Training, arXiv:2303.15343, section 3.2 (the learned one).
    """

    num_classes = 0

    def __init__(self, negatives=5, learn_scale=False, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        if negatives < 1:
            raise ValueError(f"SampledNegatives needs at least 1 negative, got negatives={negatives}.")
        self.negatives, self.learn_scale = negatives, learn_scale
        self.rows_together = 2 + negatives

    def build(self, embedding_shape):
        if self.learn_scale:
            self.log_scale = self._scalar("log_scale", math.log(FIRST_SCALE))
            self.bias = self._scalar("bias", FIRST_BIAS)

    def _scalar(self, name: str, first: float):
        return self.add_weight(name=name, shape=(), initializer=keras.initializers.Constant(first))

    def call(self, embedding):
        if embedding.shape[0] is not None and embedding.shape[0] % self.rows_together:
            raise ValueError(
                f"{self.name} takes tuples of {self.rows_together} rows, and {embedding.shape[0]} rows are no whole "
                "number of them: is --sampler=tuples given, with the same --negatives?"
            )
        unit = l2_normalize(embedding)
        tuples = ops.reshape(unit, (-1, self.rows_together, unit.shape[-1]))
        cosine = ops.sum(tuples[:, :1] * tuples[:, 1:], axis=-1)
        return ops.exp(self.log_scale) * cosine + self.bias if self.learn_scale else cosine

    def observe(self, embedding, label, present):
        """Does nothing: this loss does not adapt to what it sees."""
        return None

    def loss(self, embedding, label, label_smoothing=0.0):
        """The loss of each pair, on the row of its positive or negative; 0 on the row of the anchor.

        Args:
          embedding: float `[rows, dim]`.
          label: int `[rows]`.
          label_smoothing: 0.

        Returns:
          float32 `[rows]`, times the rows of a tuple: their mean over rows is the mean over tuples.

        Raises:
          ValueError: the rows are no whole tuples, or labels are to be smoothed.
        """
        if label_smoothing:
            raise ValueError(f"--label_smoothing={label_smoothing} has no effect on {self.name}: leave it out.")
        logits = self(embedding)
        negative = ops.arange(self.rows_together - 1) > 0
        loss = ops.where(negative, ops.softplus(logits), ops.softplus(-logits))
        loss = ops.where(self._is_pair(embedding, label, negative), loss, 0.0)
        return self.rows_together * ops.reshape(ops.pad(loss, ((0, 0), (1, 0))), (-1,))

    def _is_pair(self, embedding, label, negative):
        there = ops.reshape(ops.any(ops.not_equal(embedding, 0.0), axis=-1), (-1, self.rows_together))
        label = ops.reshape(label, (-1, self.rows_together))
        another = ops.logical_or(ops.not_equal(label[:, 1:], label[:, :1]), ops.logical_not(negative))
        return ops.logical_and(another, ops.logical_and(there[:, :1], there[:, 1:]))

    def compute_output_shape(self, embedding_shape):
        rows = embedding_shape[0]
        return (None if rows is None else rows // self.rows_together, self.rows_together - 1)

    def get_config(self):
        return {**super().get_config(), "negatives": self.negatives, "learn_scale": self.learn_scale}
