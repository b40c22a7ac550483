"""ArcMargin trained on a sample of its classes at each step (partial FC)."""

import keras
from keras import ops

from models import margin_softmax, replicas
from models.arc_margin import ArcMargin
from models.unit_vector import l2_normalize


@keras.saving.register_keras_serializable("shelflens")
class SampledArcMargin(ArcMargin):
    """ArcMargin whose loss sees the classes of the global batch and a random few of the others.

    Which others is a function of (seed, draw) alone: the same on every replica, on both backends and after a resume.
    The number of classes seen is fixed, so that XLA can compile it. Logits without training are ArcMargin's.

    A class that is not drawn has a zero gradient; an optimizer with momentum or weight decay still moves it.

    Args:
      num_classes, scale, margin, class_shares: see ArcMargin.
      sampled_share: share of the classes that one step sees, above 0 and at most 1.
      seed: of the draws.

    Weights:
      centres, margin, class_shares: see ArcMargin.
      draws: int32 scalar, how many samples were drawn so far, one for each call of `loss`.

    Source: An et al., Killing Two Birds with One Stone (Partial FC), arXiv:2203.15565, section 3.
    """

    def __init__(self, num_classes, scale=30.0, margin=0.5, class_shares=None, sampled_share=0.1, seed=0, **kwargs):
        super().__init__(num_classes, scale, margin, class_shares, **kwargs)
        if not 0.0 < sampled_share <= 1.0:
            raise ValueError(f"sampled_share is a share of the classes in (0, 1], got {sampled_share}. 0.1 is usual.")
        self.sampled_share, self.seed = sampled_share, seed
        self.sample_size = max(1, round(sampled_share * num_classes))

    def build(self, embedding_shape, label_shape=None):
        super().build(embedding_shape, label_shape)
        self.draws = self.add_weight(
            name="draws", shape=(), dtype="int32", trainable=False, aggregation="only_first_replica"
        )

    def loss(self, embedding, label, label_smoothing=0.0):
        """Cross-entropy over the classes drawn for this call; label smoothing is spread over them.

        Args:
          embedding: float `[batch, dim]`.
          label: int `[batch]`; outside [0, num_classes) (-1: no label) the loss is 0.
          label_smoothing: share of the target given to all classes drawn.

        Returns:
          float32 `[batch]`.

        Raises:
          ValueError: the global batch may hold more classes than are drawn.
        """
        label = ops.cast(label, "int32")
        drawn = self.draw(replicas.rows_of_all(label))
        has_target = margin_softmax.is_class(label, self.num_classes)
        place = ops.where(has_target, ops.cast(ops.searchsorted(drawn, label), "int32"), -1)
        cosine = margin_softmax.cosines(l2_normalize(embedding), ops.take(self.centres, drawn, axis=1))
        logits = self.scale * margin_softmax.move_targets(cosine, place, self.margins_of(label))
        return margin_softmax.cross_entropy(logits, place, label_smoothing)

    def draw(self, labels):
        """Draws the classes of one step: all of `labels`, and the others by chance.

        Args:
          labels: int32 `[global batch]`. One that is no class is taken for the nearest that is, a negative more.

        Returns:
          int32 `[sample_size]`, rising, each class at most once.
        """
        if labels.shape[0] > self.sample_size:
            raise ValueError(
                f"--sampled_share={self.sampled_share} of {self.num_classes} classes is {self.sample_size}, fewer than "
                f"the {labels.shape[0]} rows of the batch may have: give at least "
                f"{labels.shape[0] / self.num_classes:.2g}, or a smaller --batch_size."
            )
        lots = _lots(self.num_classes, self.seed, self.draws + 0)
        self.draws.assign_add(1)
        known = ops.clip(labels, 0, self.num_classes - 1)
        lots = ops.scatter_update(lots, known[:, None], ops.full(known.shape, 2.0))
        return ops.sort(ops.cast(ops.top_k(lots, self.sample_size)[1], "int32"))

    def get_config(self):
        return {**super().get_config(), "sampled_share": self.sampled_share, "seed": self.seed}


def _lots(count: int, seed: int, draw):
    """float32 `[count]` in [0, 1), the same for the same (seed, draw) on every backend.

    Source of the mixing: the finalizer of MurmurHash3.
    """
    mixed = _mixed(ops.cast(draw, "uint32") + _mixed(ops.convert_to_tensor(seed % 2**32, "uint32")))
    mixed = _mixed(ops.cast(ops.arange(count, dtype="int32"), "uint32") + mixed)
    return ops.cast(ops.right_shift(mixed, _word(8)), "float32") / 2.0**24


def _mixed(x):
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = ops.bitwise_xor(x, ops.right_shift(x, _word(shift))) * _word(factor)
    return ops.bitwise_xor(x, ops.right_shift(x, _word(16)))


def _word(value: int):
    return ops.convert_to_tensor(value, "uint32")
