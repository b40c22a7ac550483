"""What all heads that compare queries with products have in common: tuples of rows, and the losses of their pairs."""

from keras import ops

from models.recall import pair_losses
from models.recall.group_head import GroupHead

PAIR_LOSSES = ("hinge", "bce", "focal")


class MatcherHead(GroupHead):
    """A layer whose `score` compares the queries of a group with its products, and whose loss is made of scores.

    A group is whole tuples: a pair (q, p), then n mined pairs (q', p') that neither q asks for nor p answers. Every
    mined row gives two negatives, (q, p') and (q', p).

    Args:
      group: see GroupHead; a multiple of 1 + `negatives`.
      negatives: n, mined pairs of a tuple, at least 1.
      pair_loss: "hinge": margin ranking against the mined ones, and the largest violation within the group (VSE++);
        "bce" or "focal": each of the tuple's pairs by itself.
      margin: of "hinge".
      gamma: of "focal".
    """

    def __init__(self, group, negatives=1, pair_loss="hinge", margin=0.9, gamma=2.0, **kwargs):
        super().__init__(group, **kwargs)
        if negatives < 1 or group % (1 + negatives):
            raise ValueError(
                f"{self.name} takes groups of whole tuples, a pair and {negatives} negatives, at least 1; {group} rows "
                "are none."
            )
        if pair_loss not in PAIR_LOSSES:
            raise ValueError(f"Unknown loss of pairs {pair_loss!r}; there are {', '.join(PAIR_LOSSES)}.")
        self.negatives, self.pair_loss = negatives, pair_loss
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

    @property
    def compared(self) -> int:
        return self.rows_together if self.pair_loss == "hinge" else 1 + self.negatives

    def group_losses(self, groups, same):
        """Of a tuple's first row its own loss, of a mined row those of its two pairs; see GroupHead."""
        return self._hinge(groups, same) if self.pair_loss == "hinge" else self._pointwise(groups, same)

    def _hinge(self, groups, same):
        scores = self.score(groups, groups)
        violation = pair_losses.max_violation(scores, same, self.margin_of_pairs)
        scores, wrong = self._tuples(scores), ops.logical_not(self._tuples(same))
        positive = scores[:, :, :1, 0]
        by_product = pair_losses.margin_ranking(positive, scores[:, :, 0], self.margin_of_pairs, wrong[:, :, 0])
        by_query = pair_losses.margin_ranking(positive, scores[..., 0], self.margin_of_pairs, wrong[..., 0])
        return violation + ops.reshape(by_product + by_query, ops.shape(violation))

    def _tuples(self, matrix):
        """What stands on the diagonal of a group's matrix: `[N, tuples, 1 + n, 1 + n]`."""
        size = 1 + self.negatives
        tuples = self.rows_together // size
        blocks = ops.reshape(matrix, (-1, tuples, size, tuples, size))
        return ops.moveaxis(ops.diagonal(blocks, axis1=1, axis2=3), -1, 1)

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

    def get_config(self):
        return {
            **super().get_config(), "negatives": self.negatives, "pair_loss": self.pair_loss,
            "margin": self.margin_of_pairs, "gamma": self.gamma,
        }  # fmt: skip
