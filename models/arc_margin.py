"""Additive angular margin (ArcFace) as a Keras layer."""

import math

import keras
from keras import ops

from models import margin_softmax
from models.unit_vector import l2_normalize


@keras.saving.register_keras_serializable("shelflens")
class ArcMargin(keras.layers.Layer):
    """Turns embeddings into class logits, with the target class pushed `margin` radians away.

    The logit of class j is `scale * cos(theta_j)`, where theta_j is the angle between the embedding and the class
    centre. For the target class in training it is `scale * cos(theta_j + margin)`; beyond pi - margin, where the
    cosine would rise again, a straight line continues it, so that the logit always falls as the angle grows.

    Computed in float32 under every dtype policy: in half precision the cosine of a vector with itself exceeds 1 for
    one row in six, and the gradient of sqrt(1 - cos^2) is infinite there.

    A zero embedding (a product without this side) has cosine 0 to every centre and a zero gradient on the centres.

    Args:
      num_classes: number of classes, at least 2.
      scale: norm that the logits are scaled to, above 0; about log(num_classes) at the least. 30 suits thousands of
        classes.
      margin: additive angle in radians, in [0, pi/2). It becomes the variable `layer.margin`, which a schedule may
        assign; `get_config` keeps the value given here.
      class_shares: float `[num_classes]` in [0, 1], the share of the margin that each class gets; None = all of it.

    Call arguments:
      embedding: float tensor `[batch, dim]`, any norm.
      label: int tensor `[batch]` in [0, num_classes). Needed in training only. A label outside that range (-1: no
        label) has no target, hence no margin.
      training: with False the margin is left out and `label` may be None.

    Returns:
      float32 logits `[batch, num_classes]` in [-scale * (1 + margin * sin(margin)), scale], up to rounding.

    Attributes:
      rows_together: 1: a row's loss is its own.
      criterion: the loss of logits, see models.class_losses.of.

    Weights:
      centres: float32 `[dim, num_classes]`, trainable, any norm.
      margin: float32 scalar, not trainable.
      class_shares: float32 `[num_classes]`, not trainable; only where they were given.

    Source: Deng et al., ArcFace, arXiv:1801.07698, eq. 3; the straight line is that of the authors' code.
    """

    rows_together = 1
    criterion = staticmethod(margin_softmax.cross_entropy)

    def __init__(self, num_classes, scale=30.0, margin=0.5, class_shares=None, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        if num_classes < 2:
            raise ValueError(f"ArcMargin needs at least 2 classes, got num_classes={num_classes}.")
        if not scale > 0:
            raise ValueError(f"scale is the norm of the logits and must be above 0, got {scale}. 30 is usual.")
        if not 0.0 <= margin < math.pi / 2:
            raise ValueError(f"margin is an angle in radians in [0, pi/2), got {margin}. Degrees? 30 degrees are 0.52.")
        self.num_classes, self.scale, self.initial_margin = num_classes, scale, margin
        self.initial_shares, self.class_shares = class_shares, None

    def build(self, embedding_shape, label_shape=None):
        self.centres = self.add_centres(embedding_shape[-1])
        self.margin = self.add_weight(
            name="margin",
            shape=(),
            trainable=False,
            initializer=keras.initializers.Constant(self.initial_margin),
        )
        if self.initial_shares is not None:
            self.class_shares = self.add_weight(name="class_shares", shape=(self.num_classes,), trainable=False)
            self.class_shares.assign(self.initial_shares)

    def add_centres(self, dim: int):
        """Makes the centres: the variable float32 `[dim, num_classes]`."""
        return self.add_weight(name="centres", shape=(dim, self.num_classes), initializer="glorot_uniform")

    def call(self, embedding, label=None, training=False):
        cosine = self.cosines(embedding)
        if not training:
            return self.scale * cosine
        if label is None:
            raise ValueError(f"{self.name} was called with training=True and no label: the margin needs the target.")
        return self.scale * self.with_margins(cosine, label)

    def cosines(self, embedding):
        """The cosine of every row with every class: float32 `[batch, num_classes]`."""
        return margin_softmax.cosines(l2_normalize(embedding), self.centres)

    def with_margins(self, cosine, label):
        """What the logits in training are the scale of: float32 `[batch, num_classes]`."""
        return margin_softmax.move_targets(cosine, label, self.margins_of(label))

    def margins_of(self, label):
        """The margin of each row's class: `[batch]`, or a scalar where all classes have the same."""
        if self.class_shares is None:
            return self.margin
        return self.margin * ops.take(self.class_shares, ops.clip(label, 0, self.num_classes - 1))

    def observe(self, embedding, label, present):
        """Takes note of a batch before its loss, once a step; a margin that does not adapt has nothing to note.

        Args:
          embedding: float `[batch, dim]`, this replica's rows (on JAX those of the global batch).
          label: int `[batch]`.
          present: float `[batch]`, above 0 for the rows that count in the loss.
        """
        return None

    def loss(self, embedding, label, label_smoothing=0.0):
        """The criterion of the logits in training, float32 `[batch]`; 0 for a row without label."""
        return self.criterion(self(embedding, label, training=True), label, label_smoothing)

    def compute_output_shape(self, embedding_shape, label_shape=None):
        return (embedding_shape[0], self.num_classes)

    def get_config(self):
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "scale": self.scale,
            "margin": self.initial_margin,
            "class_shares": None if self.initial_shares is None else list(map(float, self.initial_shares)),
        }
