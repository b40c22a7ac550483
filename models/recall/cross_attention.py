"""A small co-attention matcher: every word looks at the regions, every region at the words."""

import math

import keras
from keras import ops

from models.recall.matcher_head import MatcherHead


@keras.saving.register_keras_serializable("shelflens")
class CrossAttention(MatcherHead):
    """Words and regions, as vectors of one width, attend to each other; a network compares each with what it found.

    The score is a Dense of the mean comparison over words beside that over regions. A query without words scores 0, as
    does a product without regions.

    Args:
      others: see MatcherHead.

    Source: Lu et al., Hierarchical Question-Image Co-Attention, arXiv:1606.00061, section 3.3 (parallel); the
    comparison is that of Parikh et al., arXiv:1606.01933, section 3.2.
    """

    def __init__(self, group, pair_loss="bce", **kwargs):
        super().__init__(group, pair_loss=pair_loss, **kwargs)

    def build(self, output_shape):
        width = self.width = output_shape["states"][-1]
        self.compare = {
            name: keras.layers.Dense(width, activation="relu", name=f"compare_{name}", dtype="float32")
            for name in ("words", "regions")
        }
        for layer in self.compare.values():
            layer.build((None, 3 * width))
        self.to_score = keras.layers.Dense(1, name="to_score", dtype="float32")
        self.to_score.build((None, 2 * width))

    def score(self, queries, products):
        states, regions = queries["states"], products["regions"]
        words, boxes = queries["words"][:, :, None, :] > 0, products["box_mask"][:, None] > 0
        affinity = ops.einsum("nqld,nprd->nqplr", states, regions) / math.sqrt(self.width)
        to_regions = _attention(affinity, boxes[:, :, :, None])
        to_words = _attention(ops.swapaxes(affinity, 3, 4), words[:, :, :, None])
        found = ops.einsum("nqplr,nprd->nqpld", to_regions, regions)
        told = ops.einsum("nqprl,nqld->nqprd", to_words, states)
        by_word = self._mean("words", states[:, :, None], found, words)
        by_region = self._mean("regions", regions[:, None], told, boxes)
        score = self.to_score(ops.concatenate([by_word, by_region], axis=-1))[..., 0]
        there = ops.logical_and(ops.any(words, axis=-1), ops.any(boxes, axis=-1))
        return ops.where(there, score, 0.0)

    def _mean(self, name, own, other, mask):
        own = ops.broadcast_to(own, ops.shape(other))
        compared = self.compare[name](ops.concatenate([own, other, own * other], axis=-1))
        mask = ops.cast(mask, "float32")[..., None]
        return ops.sum(mask * compared, axis=3) / ops.maximum(ops.sum(mask, axis=3), 1.0)


def _attention(logits, mask):
    return ops.softmax(ops.where(mask, logits, -1e9), axis=-1)
