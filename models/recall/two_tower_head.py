"""A head without classes or weights: each query beside the products of its group, by the cosine of two towers."""

import keras
from keras import ops

from models.recall.group_head import GroupHead
from models.recall.pair_losses import in_batch_softmax


@keras.saving.register_keras_serializable("shelflens")
class TwoTowerHead(GroupHead):
    """Draws a query to its row's product, away from the products of the other rows of its group, and the other way.

    A pair of two rows is no negative where they have the query or the product in common: it leaves the denominators.

    Args:
      group: see GroupHead; at least 2.
      form, scale, margin: see pair_losses.in_batch_softmax; None is the form's own.

    Output of the encoder that it takes: {"queries", "products"}, float32 `[rows, dim]`, unit vectors.

    Source: Yang et al., Improving Multilingual Sentence Embedding using Bi-directional Dual Encoder with Additive
    Margin Softmax, arXiv:1902.08564.
    """

    def __init__(self, group, form="plain", scale=None, margin=None, **kwargs):
        super().__init__(group, **kwargs)
        if group < 2:
            raise ValueError(f"TwoTowerHead needs groups of at least 2 rows, got group={group}.")
        self.form, self.scale, self.margin = form, scale, margin

    def score(self, queries, products):
        """Cosines of every query with every product of the same group.

        Args:
          queries: {"queries": `[N, Q, dim]`}.
          products: {"products": `[N, P, dim]`}.

        Returns:
          float32 `[N, Q, P]`.
        """
        return ops.matmul(queries["queries"], ops.swapaxes(products["products"], 1, 2))

    def group_losses(self, groups, same):
        """The softmax loss of each row, in both directions; see GroupHead."""
        return in_batch_softmax(self.score(groups, groups), same, self.form, self.scale, self.margin)

    def get_config(self):
        return {**super().get_config(), "form": self.form, "scale": self.scale, "margin": self.margin}
