"""Scores of the queries of records with their products: each side is encoded once, and pairs are scored in blocks."""

from collections.abc import Iterable

import numpy as np

from models.recall import matching_towers
from models.recall.matching_towers import SPACE
from tfrecords_tools.progress import Progress
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
        return self._encoded(self.product_tower, batches, self.pairs.product_order(folds), say)

    def encoded_queries(self, folds: Iterable[int], say: bool = False) -> dict:
        """What the tower gives of every query of `folds`: {name: `[queries, ...]`}."""
        order = np.arange(len(self.pairs.table_of(folds).texts))
        return self._encoded(self.query_tower, self.pairs.distinct_queries(folds, self.batch_size), order, say)

    def _encoded(self, tower, batches, order: np.ndarray, say: bool) -> dict:
        """Rows come in `order`, and padding after them: batches lie on several devices, and are not looked into."""
        tower.load()
        whole, done, progress = {}, 0, Progress(len(order), "texts and products") if say else None
        for inputs in self.devices.batches(batches.map(lambda batch: batch["inputs"])):
            for name, value in tower(inputs).items():
                places = order[done : done + len(value)]
                rows = whole.setdefault(name, np.zeros((len(order), *value.shape[1:]), np.float32))
                rows[places] = value[: len(places)]
            done += len(places)
            if progress:
                progress.advance(len(places))
        if progress:
            progress.finish()
        return whole
