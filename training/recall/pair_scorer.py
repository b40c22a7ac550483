"""Scores of the queries of records with their products: each side is encoded once, and pairs are scored in blocks."""

from collections.abc import Iterable

import numpy as np

from models.recall import matching_towers
from models.recall.matching_towers import SPACE
from training import embedding
from training.recall.block_scorer import BlockScorer


class PairScorer(BlockScorer):
    """A matcher, as it is now, over pairs of one set of queries and products.

    Args:
      devices: what `training.devices.choose` gave.
      encoder, heads: a matcher's.
      pairs: training.recall.pair_evaluation.PairEvaluation.
      batch_size: queries or products that are encoded at a time.
    """

    def __init__(self, devices, encoder, heads: dict, pairs, batch_size: int):
        super().__init__(heads[SPACE])
        self.devices, self.pairs, self.batch_size = devices, pairs, batch_size
        self.query_tower = devices.embedder(matching_towers.side(encoder, of_query=True))
        self.product_tower = devices.embedder(matching_towers.side(encoder, of_query=False))

    def encode(self, folds: Iterable[int], say: bool = False) -> tuple[dict, dict]:
        """What the towers give of every query and of every product of `folds`: {name: `[count, ...]`} of each."""
        return self.encoded_queries(folds, say), self.encoded_products(folds, say)

    def encoded_products(self, folds: Iterable[int], say: bool = False) -> dict:
        """What the tower gives of every product of `folds`: {name: `[products, ...]`}."""
        batches = self.pairs.distinct_products(folds, self.batch_size)
        order = self.pairs.product_order(folds)
        rows = embedding.embed(self.devices, self.product_tower, batches, len(order), "products" if say else "")
        place = np.argsort(order)
        return {name: value[place] for name, value in rows.items()}

    def encoded_queries(self, folds: Iterable[int], say: bool = False) -> dict:
        """What the tower gives of every query of `folds`: {name: `[queries, ...]`}."""
        batches = self.pairs.distinct_queries(folds, self.batch_size)
        count = len(self.pairs.table_of(folds).texts)
        return embedding.embed(self.devices, self.query_tower, batches, count, "queries" if say else "")
