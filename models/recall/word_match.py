"""Model 1: a query's score is that of its words, each weighed by what it means for this product."""

import keras
from keras import ops

from models.recall.matcher_head import MatcherHead


@keras.saving.register_keras_serializable("shelflens")
class WordMatch(MatcherHead):
    """score = sum over words i of a_i * s_i, where

        s_i = max over heads 1 to 4 of <word vector i, head>
        a = softmax over words of MLP([state of word i; head 0])

    A query without words scores 0, as does a product without regions, whose heads are 0.

    Args:
      width: hidden units of the MLP.
      weigh: weigh the words; otherwise their scores' plain mean, to compare with.
      others: see MatcherHead.

    Source: KDD Cup 2020 Multimodalities Recall, a third place, model 1.
    """

    def __init__(self, group, width=256, weigh=True, **kwargs):
        super().__init__(group, **kwargs)
        self.width, self.weigh = width, weigh
        if weigh:
            self.of_word = keras.layers.Dense(width, name="of_word", dtype="float32")
            self.of_product = keras.layers.Dense(width, use_bias=False, name="of_product", dtype="float32")
            self.weight = keras.layers.Dense(1, use_bias=False, name="weight", dtype="float32")

    def build(self, output_shape):
        if self.weigh:
            self.of_word.build((None, output_shape["states"][-1]))
            self.of_product.build((None, output_shape["heads"][-1]))
            self.weight.build((None, self.width))

    def score(self, queries, products):
        words = ops.einsum("nqld,npkd->nqplk", queries["vectors"], products["heads"][:, :, 1:])
        words = ops.max(words, axis=-1)
        there = ops.broadcast_to(queries["words"][:, :, None], ops.shape(words)) > 0
        if not self.weigh:
            count = ops.maximum(ops.sum(queries["words"], axis=-1), 1.0)
            return ops.sum(ops.where(there, words, 0.0), axis=-1) / count[:, :, None]
        hidden = (
            self.of_word(queries["states"])[:, :, None] + self.of_product(products["heads"][:, :, 0])[:, None, :, None]
        )
        logits = self.weight(ops.tanh(hidden))[..., 0]
        weights = ops.softmax(ops.where(there, logits, -1e9), axis=-1)
        return ops.sum(ops.where(there, weights * words, 0.0), axis=-1)

    def get_config(self):
        return {**super().get_config(), "width": self.width, "weigh": self.weigh}
