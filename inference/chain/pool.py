"""A gallery searched in itself: the pairs that steps of the chain add to, score, drop and match."""

import dataclasses

import numpy as np
import pandas as pd

from inference.candidates import Candidates, Places, distinct, find_candidates, pair_scores
from inference.search import search


@dataclasses.dataclass(frozen=True)
class Pool:
    """A gallery of products, in which every one asks for its neighbours.

    Attributes:
      products: the gallery's rows of the product table, numbered from 0.
      vectors: {space: unit rows, dense or sparse, `[items, dim]`}.
      candidates: all pairs that some space finds near, scored in every space of `vectors`, and in those that have
        scores alone.
    """

    products: pd.DataFrame
    vectors: dict
    candidates: Candidates

    def __len__(self) -> int:
        return len(self.products)

    def with_scores(self, space: str, scores: np.ndarray) -> "Pool":
        """The same pairs, scored in one more way: float32 `[items, width]`, -inf where it says nothing."""
        return dataclasses.replace(self, candidates=self.candidates.with_scores(space, scores))

    def without(self, barred: np.ndarray) -> "Pool":
        """Pairs that are not to match, bool `[items, width]`, lose their scores in every space."""
        barred = barred.copy()
        barred[:, 0] = False
        scores = {space: np.where(barred, -np.inf, kept) for space, kept in self.candidates.scores.items()}
        indices = np.where(barred, -1, self.candidates.indices)
        return dataclasses.replace(
            self, candidates=dataclasses.replace(self.candidates, indices=indices, scores=scores)
        )

    def pairs(self, nearest: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Where the pairs of two different products stand among the candidates: rows and columns, int `[pairs]`.

        Args:
          nearest: only those among the so many nearest of the first in some space that has vectors; None: all.
        """
        there = self.candidates.indices >= 0
        there[:, 0] = False
        if nearest is not None and nearest < there.shape[1] - 1:
            near = np.zeros(there.shape, bool)
            for space in self.vectors:
                scores = self.candidates.scores[space][:, 1:]
                least = np.partition(scores, scores.shape[1] - nearest, axis=1)[:, scores.shape[1] - nearest]
                near[:, 1:] |= (scores >= least[:, None]) & (scores > -np.inf)
            there &= near
        return np.nonzero(there)


def gather(products: pd.DataFrame, spaces: dict, rows, k: int, say=None, method: str = "exact") -> Pool:
    """Searches rows of a product table among themselves.

    Args:
      products, spaces: the table, and {space: one row per product of it}.
      rows: int `[items]`, the gallery.
      k: neighbours in each space, the product itself counted.
      say: called with (space, queries done, queries in all).
      method: exact or approximate, see `inference.search.open_search`.
    """
    vectors = {name: space[rows] for name, space in spaces.items()}
    every = np.arange(len(rows))
    candidates = find_candidates(vectors, every, every, k, say, method)
    return Pool(products.iloc[rows].reset_index(drop=True), vectors, candidates)


def with_space(pool: Pool, name: str, vectors: np.ndarray, k: int, say=None, method: str = "exact") -> Pool:
    """Searches one more space, whose neighbours become candidates in all spaces of the pool.

    Scores that no vectors stand behind are not there for pairs that are new.
    """
    every = np.arange(len(pool))
    progress = (lambda done, of: say(name, done, of)) if say else None
    found = search(vectors, vectors, k, every, progress, method=method)
    old = pool.candidates
    indices = distinct(np.concatenate([old.indices, found.indices], axis=1))
    known = Places(old.indices).of(every[:, None], indices)
    new = (indices >= 0) & (known < 0)
    scores = {}
    for space, values in old.scores.items():
        scores[space] = np.where(known >= 0, np.take_along_axis(values, np.maximum(known, 0), axis=1), -np.inf)
        if space in pool.vectors:
            pair_scores(pool.vectors[space], every, every, indices, new, scores[space])
    scores[name] = pair_scores(vectors, every, every, indices)
    candidates = dataclasses.replace(old, indices=indices, scores=scores)
    return Pool(pool.products, {**pool.vectors, name: vectors}, candidates)
