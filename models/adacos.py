"""AdaCos: a cosine softmax without margin, whose scale finds itself."""

import math

import keras
import numpy as np
from keras import ops

from models import margin_softmax
from models.observing_margin import ObservingMargin

LOWEST_SCALE = 1.0


@keras.saving.register_keras_serializable("shelflens")
class AdaCos(ObservingMargin):
    """Cosine logits whose scale keeps the loss sharp for the angles that the batch has.

    Before each loss the scale becomes `log(B) / cos(min(pi/4, median angle))`: B is the mean over rows of the sum of
    `exp(scale * cosine)` over the classes that are not the row's own, with the scale before, and the median is that of
    the angles to the rows' own centres. It begins at `sqrt(2) * log(num_classes - 1)` and falls as angles shrink.

    It never falls below 1, where the formula would take it with a few classes that are far apart; that bound is ours.

    Args:
      num_classes: number of classes, at least 2.

    Call arguments, returns: see ArcMargin; there is no margin.

    Weights:
      centres: see ArcMargin. margin: 0.
      scale: float32 scalar, not trainable.

    Source: Zhang et al., AdaCos: Adaptively Scaling Cosine Logits for Effectively Learning Deep Face Representations,
    CVPR 2019, arXiv:1905.00292.
    """

    def __init__(self, num_classes, **kwargs):
        first = max(LOWEST_SCALE, math.sqrt(2.0) * math.log(max(2, num_classes) - 1))
        super().__init__(num_classes, scale=first, margin=0.0, **kwargs)

    def build(self, embedding_shape, label_shape=None):
        super().build(embedding_shape, label_shape)
        first = keras.initializers.Constant(self.scale)
        self.state = self.scale = self.add_weight(name="scale", shape=(), trainable=False, initializer=first)

    def observed(self, embedding, label):
        cosine = self.cosines(embedding)
        angle = ops.arccos(ops.clip(margin_softmax.target_logits(cosine, label), -1.0, 1.0))
        others = ops.where(margin_softmax.is_own_class(cosine, label), -np.inf, self.scale * cosine)
        return [angle, ops.logsumexp(others, axis=-1)]

    def adapted(self, observed, counts):
        angle, log_sum = observed
        log_mean = ops.logsumexp(ops.where(counts, log_sum, -np.inf)) - ops.log(ops.sum(ops.cast(counts, "float32")))
        scale = log_mean / ops.cos(ops.minimum(math.pi / 4, _median(angle, counts)))
        return ops.maximum(scale, LOWEST_SCALE)

    def get_config(self):
        config = super().get_config()
        for fixed in ("scale", "margin", "class_shares"):
            del config[fixed]
        return config


def _median(values, counts):
    """The median of the values that count, the mean of the middle two of an even number."""
    ordered = ops.sort(ops.where(counts, values, np.inf))
    count = ops.maximum(ops.sum(ops.cast(counts, "int32")), 1)
    return (ops.take(ordered, (count - 1) // 2) + ops.take(ordered, count // 2)) / 2.0
