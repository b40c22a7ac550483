"""Model 2: a recurrent network reads the query with the picture in mind, and says whether they belong together."""

import keras
from keras import ops

from models.recall.matcher_head import MatcherHead


@keras.saving.register_keras_serializable("shelflens")
class SentenceMatch(MatcherHead):
    """Two bidirectional GRU layers over the query's word vectors, all started from the product's head 0; the score is a
    Dense of the mean of the last states.

    Nothing of a query can be computed before the product is known: a pair costs one run of the GRUs.

    Args:
      width: of the GRU's state; another than head 0's is reached by a projection.
      others: see MatcherHead.

    Source: KDD Cup 2020 Multimodalities Recall, a third place, model 2.
    """

    def __init__(self, group, width=1024, pair_loss="bce", **kwargs):
        super().__init__(group, pair_loss=pair_loss, **kwargs)
        self.width = width
        options = {"return_sequences": True, "return_state": True, "use_cudnn": False, "dtype": "float32"}
        self.layers = [
            [keras.layers.GRU(width, go_backwards=backwards, name=f"gru_{depth}_{backwards:d}", **options)
             for backwards in (False, True)]
            for depth in range(2)
        ]  # fmt: skip
        self.to_state = self.to_score = None

    def build(self, output_shape):
        dim = output_shape["sentence"][-1]
        if dim != self.width:
            self.to_state = keras.layers.Dense(self.width, name="to_state", dtype="float32")
            self.to_state.build((None, dim))
        for pair, width in zip(self.layers, (output_shape["vectors"][-1], 2 * self.width), strict=True):
            for layer in pair:
                layer.build((None, None, width))
        self.to_score = keras.layers.Dense(1, name="to_score", dtype="float32")
        self.to_score.build((None, self.width))

    def score(self, queries, products):
        vectors, words, sentence = queries["vectors"], queries["words"], products["sentence"]
        groups, asked, offered = vectors.shape[0] or ops.shape(vectors)[0], vectors.shape[1], sentence.shape[1]
        pairs = (groups, asked, offered)

        def rows(values, axis):
            values = ops.broadcast_to(ops.expand_dims(values, axis), (*pairs, *ops.shape(values)[2:]))
            return ops.reshape(values, (-1, *values.shape[3:]))

        read, there = rows(vectors, 2), rows(words, 2) > 0
        state = rows(sentence, 1)
        has_regions = ops.any(ops.not_equal(state, 0.0), axis=-1)
        state = self.to_state(state) if self.to_state else state
        for forward, backward in self.layers:
            ahead, last = forward(read, initial_state=state, mask=there)
            back, first = backward(read, initial_state=state, mask=there)
            read = ops.concatenate([ahead, ops.flip(back, axis=1)], axis=-1)
        score = self.to_score((last + first) / 2)[:, 0]
        score = ops.where(ops.logical_and(has_regions, ops.any(there, axis=1)), score, 0.0)
        return ops.reshape(score, (-1, asked, offered))

    def get_config(self):
        return {**super().get_config(), "width": self.width}
