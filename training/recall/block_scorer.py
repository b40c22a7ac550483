"""Scores of encoded queries with encoded products, in blocks of one size: one program, whatever their number."""

import functools
from collections.abc import Callable

import keras
import numpy as np

from tfrecords_tools.progress import Progress

PAIRS_AT_ONCE = 512  # of one block; a matcher's widest tensor has some thousand floats of each


class BlockScorer:
    """A matcher's head over what its towers gave.

    Args:
      head: a layer with `score`, see models.recall.matcher_head.
    """

    def __init__(self, head):
        self.head = head

    @functools.cached_property
    def score(self) -> Callable:
        """The head's `score` of arrays, compiled."""
        return _compiled(self.head)

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

    def blocks(self, queries: dict, products: dict, asked: int = 8, offered: int = 64):
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

    run = tf.function(head.score)  # anew for each shape, of which there are few: sentence_match needs them static

    def score(queries, products):
        tensors = [{name: tf.constant(value) for name, value in side.items()} for side in (queries, products)]
        return run(*tensors).numpy()

    return score
