"""Scores of queries with products: each side is encoded once, and pairs are scored in blocks."""

import functools
from collections.abc import Callable, Iterable

import keras
import numpy as np

from models.recall import matching_towers
from models.recall.matching_towers import SPACE
from tfrecords_tools.progress import Progress

PAIRS_AT_ONCE = 4096  # of one block; a matcher's widest tensor has some thousand floats of each


class PairScorer:
    """A matcher, as it is now, over pairs of one set of queries and products.

    Args:
      devices: what `training.devices.choose` gave.
      encoder, heads: a matcher's.
      pairs: training.recall.pair_evaluation.PairEvaluation.
      batch_size: queries or products that are encoded at a time.
    """

    def __init__(self, devices, encoder, heads: dict, pairs, batch_size: int):
        self.devices, self.head, self.pairs, self.batch_size = devices, heads[SPACE], pairs, batch_size
        self.query_tower = devices.embedder(matching_towers.side(encoder, of_query=True))
        self.product_tower = devices.embedder(matching_towers.side(encoder, of_query=False))

    @functools.cached_property
    def score(self) -> Callable:
        """The head's `score` of arrays, compiled."""
        return _compiled(self.head)

    def encode(self, folds: Iterable[int], say: bool = False) -> tuple[dict, dict]:
        """What the towers give of every query and of every product of `folds`: {name: `[count, ...]`} of each."""
        return self.encoded_queries(folds, say), self.encoded_products(folds, say)

    def encoded_products(self, folds: Iterable[int], say: bool = False) -> dict:
        """What the tower gives of every product of `folds`: {name: `[products, ...]`}."""
        count, batches = len(self.pairs.table_of(folds).catalogue), self.pairs.distinct_products(folds, self.batch_size)
        return self._encoded(self.product_tower, batches, count, say)

    def encoded_queries(self, folds: Iterable[int], say: bool = False) -> dict:
        """What the tower gives of every query of `folds`: {name: `[queries, ...]`}."""
        count, batches = len(self.pairs.table_of(folds).texts), self.pairs.distinct_queries(folds, self.batch_size)
        return self._encoded(self.query_tower, batches, count, say)

    def _encoded(self, tower, batches, count: int, say: bool) -> dict:
        tower.load()
        whole, progress = {}, Progress(count, "texts and products") if say else None
        for batch in self.devices.batches(batches):
            number = np.asarray(batch["number"])
            there = number >= 0
            for name, value in tower(batch["inputs"]).items():
                rows = whole.setdefault(name, np.zeros((count, *value.shape[1:]), np.float32))
                rows[number[there]] = value[there]
            if progress:
                progress.advance(int(there.sum()))
        if progress:
            progress.finish()
        return whole

    def pairwise(self, queries: dict, products: dict, query: np.ndarray, product: np.ndarray, say: bool = False):
        """Scores of pairs, float32 `[pairs]`.

        Args:
          queries, products: what `encode` gave.
          query, product: int `[pairs]`, numbers of each pair's query and product; fastest where a query's candidates
            lie side by side.
        """
        scores = np.empty(len(query), np.float32)
        starts = np.flatnonzero(np.diff(query, prepend=-1))
        sizes = np.diff(starts, append=len(query))
        widest = int(min(sizes.max(initial=1), PAIRS_AT_ONCE))
        starts, sizes = _pieces(starts, sizes, widest)
        together = max(1, PAIRS_AT_ONCE // widest)
        progress = Progress(len(query), "pairs") if say else None
        for first in range(0, len(starts), together):
            start, size = starts[first : first + together], sizes[first : first + together]
            rows = np.minimum(start[:, None] + np.arange(widest), start[:, None] + size[:, None] - 1)
            rows = np.pad(rows, ((0, together - len(rows)), (0, 0)), mode="edge")
            block = self.score(
                {name: value[query[rows[:, :1]]] for name, value in queries.items()},
                {name: value[product[rows]] for name, value in products.items()},
            )
            scores[rows[: len(start)]] = block[: len(start), 0]
            if progress:
                progress.advance(int(size.sum()))
        if progress:
            progress.finish()
        return scores

    def blocks(self, queries: dict, products: dict, asked: int = 8, offered: int = 512):
        """Scores of all queries with all products, block by block: nothing of their number squared is held.

        Yields (places of queries, places of products, float32 `[queries, products]` of them).
        """
        counts = [len(next(iter(side.values()))) for side in (queries, products)]
        for first in range(0, counts[0], asked):
            some = np.arange(first, min(first + asked, counts[0]))
            of = {name: value[None, np.resize(some, asked)] for name, value in queries.items()}
            for start in range(0, counts[1], offered):
                others = np.arange(start, min(start + offered, counts[1]))
                block = self.score(
                    of, {name: value[None, np.resize(others, offered)] for name, value in products.items()}
                )
                yield some, others, block[0, : len(some), : len(others)]


def _pieces(starts: np.ndarray, sizes: np.ndarray, widest: int) -> tuple[np.ndarray, np.ndarray]:
    """Runs of at most `widest`, of runs of any size."""
    counts = -(-sizes // widest)
    nth = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    first = np.repeat(starts, counts) + nth * widest
    return first, np.minimum(np.repeat(starts + sizes, counts) - first, widest)


def _compiled(head) -> Callable:
    """`head.score` of arrays as one program, with the weights as they are at the call."""
    if keras.backend.backend() == "jax":
        import jax

        def stateless(values, queries, products):
            with keras.StatelessScope(state_mapping=list(zip(head.variables, values, strict=True))):
                return head.score(queries, products)

        run = jax.jit(stateless)
        return lambda queries, products: np.asarray(run([v.value for v in head.variables], queries, products))
    import tensorflow as tf

    run = tf.function(head.score, reduce_retracing=True)

    def score(queries, products):
        tensors = [{name: tf.constant(value) for name, value in side.items()} for side in (queries, products)]
        return run(*tensors).numpy()

    return score
