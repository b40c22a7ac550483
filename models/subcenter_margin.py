"""Sub-center ArcFace: several centres a class, for classes that hold more than one kind of example."""

import keras
from keras import ops

from models import margin_softmax
from models.arc_margin import ArcMargin
from models.unit_vector import l2_normalize


@keras.saving.register_keras_serializable("shelflens")
class SubCenterArcMargin(ArcMargin):
    """ArcMargin with `subcenters` centres for each class; an embedding's cosine to a class is that to the nearest.

    Wrong labels and odd examples gather round a centre of their own instead of pulling at the class's only one.

    Args:
      num_classes, scale, margin, class_shares: see ArcMargin.
      subcenters: centres of each class, at least 2; ArcMargin has one. 3 is the paper's.

    Weights:
      centres: float32 `[dim, subcenters * num_classes]`, trainable; column k * num_classes + c is centre k of class c.
      margin, class_shares: see ArcMargin.

    Source: Deng et al., Sub-center ArcFace: Boosting Face Recognition by Large-scale Noisy Web Faces, ECCV 2020.
    """

    def __init__(self, num_classes, scale=30.0, margin=0.5, class_shares=None, subcenters=3, **kwargs):
        super().__init__(num_classes, scale, margin, class_shares, **kwargs)
        if subcenters < 2:
            raise ValueError(f"subcenters={subcenters} is ArcMargin: take that, or at least 2 centres a class.")
        self.subcenters = subcenters

    def add_centres(self, dim: int):
        shape = (dim, self.subcenters * self.num_classes)
        return self.add_weight(name="centres", shape=shape, initializer="glorot_uniform")

    def cosines(self, embedding):
        cosine = margin_softmax.cosines(l2_normalize(embedding), self.centres)
        # Classes last: a TPU pads the last axis to 128.
        return ops.max(ops.reshape(cosine, (-1, self.subcenters, self.num_classes)), axis=1)

    def get_config(self):
        return {**super().get_config(), "subcenters": self.subcenters}
