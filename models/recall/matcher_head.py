"""What all heads that compare queries with products have in common: tuples of rows, and the losses of their pairs."""

import keras
from keras import ops

from models.recall import pair_losses

PAIR_LOSSES = ("hinge", "bce", "focal")


class MatcherHead(keras.layers.Layer):
    """A layer whose `score` compares the queries of a group with its products, and whose loss is made of scores.

    A batch is groups of rows that lie side by side, and a group whole tuples: a pair (q, p), then n mined pairs
    (q', p') that neither q asks for nor p answers. Every mined row gives two negatives, (q, p') and (q', p). A pair of
    two rows with the same query or product is never one.

    Args:
      group: rows of a group G, a multiple of 1 + `negatives`.
      negatives: n, mined pairs of a tuple, at least 1.
      pair_loss: "hinge": margin ranking against the mined ones, and the largest violation within the group (VSE++);
        "bce" or "focal": each of the tuple's pairs by itself.
      margin: of "hinge".
      gamma: of "focal".

    Attributes:
      num_classes: 0: there are no logits of classes.
      rows_together: rows of a group.
    """

    num_classes = 0

    def __init__(self, group, negatives=1, pair_loss="hinge", margin=0.9, gamma=2.0, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        if negatives < 1 or group % (1 + negatives):
            raise ValueError(
                f"{self.name} takes groups of whole tuples, a pair and {negatives} negatives, at least 1; {group} rows "
                "are none."
            )
        if pair_loss not in PAIR_LOSSES:
            raise ValueError(f"Unknown loss of pairs {pair_loss!r}; there are {', '.join(PAIR_LOSSES)}.")
        self.rows_together, self.negatives, self.pair_loss = group, negatives, pair_loss
        self.margin_of_pairs, self.gamma = margin, gamma

    def score(self, queries, products):
        """Scores every query of a group with every product of it.

        Args:
          queries: {name: float32 `[N, Q, ...]`}, outputs of the query's tower.
          products: {name: float32 `[N, P, ...]`}, of the product's.

        Returns:
          float32 `[N, Q, P]`; 0 for a query without words or a product without regions.
        """
        raise NotImplementedError

    def observe(self, output, label, present):
        """Does nothing: this loss does not adapt to what it sees."""
        return None

    def loss(self, output, label, label_smoothing=0.0):
        """The loss of each row: of a tuple's first its own, of a mined row those of its two pairs.

        Args:
          output: {name: float32 `[rows, ...]`} of both towers.
          label: int32 `[rows, 2]`, numbers of the row's query and product; equal ones are the same.
          label_smoothing: 0.

        Returns:
          float32 `[rows]`.

        Raises:
          ValueError: the rows are no whole groups, or labels are to be smoothed.
        """
        if label_smoothing:
            raise ValueError(f"--label_smoothing={label_smoothing} has no effect on {self.name}: leave it out.")
        size = self.rows_together if self.pair_loss == "hinge" else 1 + self.negatives
        groups, label = {name: self._cut(value, size) for name, value in output.items()}, self._cut(label, size)
        same = ops.any(ops.equal(label[:, :, None], label[:, None]), axis=-1)
        losses = self._hinge(groups, same) if self.pair_loss == "hinge" else self._pointwise(groups, same)
        return ops.reshape(losses, (-1,))

    def _hinge(self, groups, same):
        scores = self.score(groups, groups)
        violation = pair_losses.max_violation(scores, same, self.margin_of_pairs)
        # Tuples stand on the diagonal of the group's matrix.
        tuples, size = scores.shape[1] // (1 + self.negatives), 1 + self.negatives
        blocks = ops.reshape(scores, (-1, tuples, size, tuples, size))
        known = ops.reshape(same, (-1, tuples, size, tuples, size))
        mined = []
        for place in range(tuples):
            own, masked = blocks[:, place, :, place], known[:, place, :, place]
            positive = own[:, 0, 0][:, None]
            by_product = pair_losses.margin_ranking(
                positive, own[:, 0], self.margin_of_pairs, ops.logical_not(masked[:, 0])
            )
            by_query = pair_losses.margin_ranking(
                positive, own[:, :, 0], self.margin_of_pairs, ops.logical_not(masked[:, :, 0])
            )
            mined.append(by_product + by_query)
        return violation + ops.concatenate(mined, axis=1)

    def _pointwise(self, groups, same):
        first = {name: value[:, :1] for name, value in groups.items()}
        rest = {name: value[:, 1:] for name, value in groups.items()}
        to_products = self.score(first, groups)[:, 0]
        to_queries = self.score(rest, first)[:, :, 0]
        target = ops.concatenate([ops.ones_like(to_products[:, :1]), ops.zeros_like(to_products[:, 1:])], axis=1)
        counts = ops.logical_or(ops.cast(target, "bool"), ops.logical_not(same[:, 0]))
        loss = self._of_pair(to_products, target, counts)
        mined = self._of_pair(to_queries, target[:, 1:], ops.logical_not(same[:, 1:, 0]))
        return loss + ops.concatenate([ops.zeros_like(loss[:, :1]), mined], axis=1)

    def _of_pair(self, score, target, mask):
        if self.pair_loss == "focal":
            return pair_losses.focal(score, target, mask, self.gamma)
        return pair_losses.bce(score, target, mask)

    def _cut(self, rows, size):
        if rows.shape[0] is not None and rows.shape[0] % self.rows_together:
            raise ValueError(
                f"{self.name} takes groups of {self.rows_together} rows, and {rows.shape[0]} rows are no whole number "
                "of them: change --batch_size."
            )
        return ops.reshape(rows, (-1, size, *rows.shape[1:]))

    def get_config(self):
        return {
            **super().get_config(), "group": self.rows_together, "negatives": self.negatives,
            "pair_loss": self.pair_loss, "margin": self.margin_of_pairs, "gamma": self.gamma,
        }  # fmt: skip
