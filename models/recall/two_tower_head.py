"""A head without classes or weights: each query beside the products of its group, by the cosine of two towers."""

import keras
from keras import ops

from models.recall.pair_losses import in_batch_softmax


@keras.saving.register_keras_serializable("shelflens")
class TwoTowerHead(keras.layers.Layer):
    """Draws a query to its row's product, away from the products of the other rows of its group, and the other way.

    A pair of two rows is no negative where they have the query or the product in common: it leaves the denominators.

    Args:
      group: rows of a group G, at least 2; a batch is whole groups of rows that lie side by side.
      form, scale, margin: see pair_losses.in_batch_softmax; None is the form's own.

    Output of the encoder that it takes: {"queries", "products"}, float32 `[rows, dim]`, unit vectors.

    Attributes:
      num_classes: 0: there are no logits of classes.
      rows_together: rows of a group.

    Source: Yang et al., Improving Multilingual Sentence Embedding using Bi-directional Dual Encoder with Additive
    Margin Softmax, arXiv:1902.08564.
    """

    num_classes = 0

    def __init__(self, group, form="plain", scale=None, margin=None, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        if group < 2:
            raise ValueError(f"TwoTowerHead needs groups of at least 2 rows, got group={group}.")
        self.rows_together, self.form, self.scale, self.margin = group, form, scale, margin

    def score(self, queries, products):
        """Cosines of every query with every product of the same group.

        Args:
          queries: {"queries": `[N, Q, dim]`}.
          products: {"products": `[N, P, dim]`}.

        Returns:
          float32 `[N, Q, P]`.
        """
        return ops.matmul(queries["queries"], ops.swapaxes(products["products"], 1, 2))

    def observe(self, output, label, present):
        """Does nothing: this loss does not adapt to what it sees."""
        return None

    def loss(self, output, label, label_smoothing=0.0):
        """The softmax loss of each row, in both directions.

        Args:
          output: {"queries", "products"}: float `[rows, dim]`.
          label: int32 `[rows, 2]`, numbers of the row's query and product; equal ones are the same.
          label_smoothing: 0.

        Returns:
          float32 `[rows]`.

        Raises:
          ValueError: the rows are no whole groups, or labels are to be smoothed.
        """
        if label_smoothing:
            raise ValueError(f"--label_smoothing={label_smoothing} has no effect on {self.name}: leave it out.")
        grouped = {name: self._in_groups(vectors) for name, vectors in output.items()}
        label = self._in_groups(label)
        same = ops.any(ops.equal(label[:, :, None], label[:, None]), axis=-1)
        scores = self.score(grouped, grouped)
        return ops.reshape(in_batch_softmax(scores, same, self.form, self.scale, self.margin), (-1,))

    def _in_groups(self, rows):
        if rows.shape[0] is not None and rows.shape[0] % self.rows_together:
            raise ValueError(
                f"{self.name} takes groups of {self.rows_together} rows, and {rows.shape[0]} rows are no whole number "
                "of them: change --batch_size."
            )
        return ops.reshape(rows, (-1, self.rows_together, rows.shape[-1]))

    def get_config(self):
        own = {"group": self.rows_together, "form": self.form, "scale": self.scale, "margin": self.margin}
        return {**super().get_config(), **own}
