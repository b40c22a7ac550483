"""CurricularFace: a margin softmax that turns to the hard negatives as training gets on."""

import keras
from keras import ops

from models import margin_softmax
from models.observing_margin import ObservingMargin
from models.unit_vector import l2_normalize


@keras.saving.register_keras_serializable("shelflens")
class CurricularMargin(ObservingMargin):
    """ArcMargin in which the cosine c of a hard negative becomes `c * (t + c)`.

    A class is a hard negative of a row if its cosine exceeds that of the row's own class with its margin. t follows
    the mean cosine of rows to their own centres: near 0 at first, where hard negatives count for less than they would,
    then towards 1, where they count for more.

    Args:
      num_classes, scale, margin, class_shares: see ArcMargin.
      momentum: share of the batch in t, in (0, 1]; 0.01 is the paper's.

    Weights:
      centres, margin, class_shares: see ArcMargin.
      t: float32 scalar in [-1, 1], not trainable.

    Returns:
      logits in training in [-scale * (1 + margin * sin(margin)), 2 * scale]; else ArcMargin's.

    Source: Huang et al., CurricularFace: Adaptive Curriculum Learning Loss for Deep Face Recognition, CVPR 2020,
    arXiv:2004.00288.
    """

    def __init__(self, num_classes, scale=30.0, margin=0.5, class_shares=None, momentum=0.01, **kwargs):
        super().__init__(num_classes, scale, margin, class_shares, **kwargs)
        if not 0.0 < momentum <= 1.0:
            raise ValueError(f"momentum is the share of the batch in t, in (0, 1], got {momentum}. 0.01 is usual.")
        self.momentum = momentum

    def build(self, embedding_shape, label_shape=None):
        super().build(embedding_shape, label_shape)
        self.state = self.t = self.add_weight(name="t", shape=(), trainable=False, initializer="zeros")

    def with_margins(self, cosine, label):
        moved = super().with_margins(cosine, label)
        own = margin_softmax.target_logits(moved, label)[:, None]
        hard = ops.logical_and(margin_softmax.is_class(label, self.num_classes)[:, None], moved > own)
        return ops.where(hard, moved * (self.t + moved), moved)

    def observed(self, embedding, label):
        own = ops.take(self.centres, ops.clip(label, 0, self.num_classes - 1), axis=1)
        return [ops.sum(l2_normalize(embedding) * l2_normalize(ops.transpose(own)), axis=-1)]

    def adapted(self, observed, counts):
        (cosine,) = observed
        mean = ops.sum(ops.where(counts, cosine, 0.0)) / ops.maximum(ops.sum(ops.cast(counts, "float32")), 1.0)
        return self.momentum * mean + (1.0 - self.momentum) * self.t

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}
