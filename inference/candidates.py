"""Pairs that some space finds near, scored in every space: what thresholds, unions and fused scores are chosen on.

A space is an array of one row per product: float `[products, dim]` or scipy sparse `[products, terms]`, rows of norm 1,
or zero where a product lacks that side.
"""

import dataclasses
import functools

import numpy as np
import scipy.sparse

from inference.search import Neighbours, open_search, search

# Values gathered at a time when pairs are scored: 64 MB.
GATHERED = 2**24


@dataclasses.dataclass(frozen=True)
class Candidates:
    """Candidate pairs of some queries in one gallery.

    Attributes:
      query_rows: int `[queries]`, rows of the product table.
      gallery_rows: int `[items]`, rows of the product table; every query is among them.
      indices: int32 `[queries, width]` into the gallery: the query itself in column 0, then the others by rising
        index, -1 for none.
      scores: {space: float32 `[queries, width]`}: cosines; -inf where there is no pair or one of both lacks the side;
        1 for the query with itself, whatever it lacks.
    """

    query_rows: np.ndarray
    gallery_rows: np.ndarray
    indices: np.ndarray
    scores: dict[str, np.ndarray]

    def neighbours(self, space: str) -> Neighbours:
        """The candidates as one space ranks them: itself, then best first, of equals the lower index."""
        scores = self.scores[space]
        rest = 1 + np.lexsort((self.indices[:, 1:], -scores[:, 1:]), axis=1)
        order = np.concatenate([np.zeros((len(scores), 1), rest.dtype), rest], axis=1)
        scores = np.take_along_axis(scores, order, axis=1)
        return Neighbours(np.where(scores > -np.inf, np.take_along_axis(self.indices, order, axis=1), -1), scores)

    def only(self, spaces: list[str]) -> "Candidates":
        """The same pairs, scored in these spaces alone."""
        return dataclasses.replace(self, scores={space: self.scores[space] for space in spaces})

    def of_queries(self, asked: np.ndarray) -> "Candidates":
        """Those of some of the queries: bool or int, which."""
        scores = {space: values[asked] for space, values in self.scores.items()}
        return dataclasses.replace(self, query_rows=self.query_rows[asked], indices=self.indices[asked], scores=scores)

    def with_scores(self, space: str, scores: np.ndarray) -> "Candidates":
        """The same pairs with one more space."""
        return dataclasses.replace(self, scores={**self.scores, space: scores})


class Places:
    """Where a pair of items stands among the candidates of the first."""

    def __init__(self, indices):
        row, self.column = np.nonzero(indices >= 0)
        self.items = np.int64(len(indices))
        keys = row * self.items + indices[row, self.column]
        order = np.argsort(keys)
        self.keys, self.column = keys[order], self.column[order]

    def of(self, first, second) -> np.ndarray:
        """The column of each pair: int, -1 where the first has the second not among its candidates.

        Args:
          first, second: int arrays that broadcast; -1 is nobody.
        """
        wanted = first * self.items + second
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        found = (self.keys[place] == wanted) & (second >= 0)
        return np.where(found, self.column[place], -1)


def find_candidates(spaces: dict, query_rows, gallery_rows, k: int, say=None, method: str = "exact") -> Candidates:
    """Searches every space for the k nearest of every query, and scores all pairs found in all spaces.

    Args:
      spaces: {name: array of one row per product}.
      query_rows, gallery_rows: int, rows of the product table, queries among the gallery.
      k: neighbours in each space, the query itself counted.
      say: called with (space, queries done, queries in all).
      method: exact or approximate, see `inference.search.open_search`.
    """
    return Gallery(spaces, gallery_rows, method).candidates(query_rows, k, say)


class Gallery:
    """Products that are searched in several spaces, for one call after the other.

    Args:
      spaces, rows, method: `spaces`, `gallery_rows` and `method` of `find_candidates`.
    """

    def __init__(self, spaces: dict, rows, method: str = "exact"):
        self.spaces, self.rows = spaces, np.asarray(rows)
        self.position = np.full(int(self.rows.max(initial=-1)) + 1, -1)
        self.position[self.rows] = np.arange(len(self.rows))
        self.searches = {name: open_search(_taken(space, self.rows), method) for name, space in spaces.items()}

    def candidates(self, query_rows, k: int, say=None) -> Candidates:
        """The candidates of some queries, see `find_candidates`."""
        query_rows = np.asarray(query_rows)
        own = self.position[query_rows]
        found = [own[:, None]]
        for name, opened in self.searches.items():
            progress = functools.partial(say, name) if say else None
            found.append(search(_taken(self.spaces[name], query_rows), opened, k, own, progress).indices)
        indices = distinct(np.concatenate(found, axis=1).astype(np.int32))
        scores = {name: pair_scores(space, query_rows, self.rows, indices) for name, space in self.spaces.items()}
        return Candidates(query_rows, self.rows, indices, scores)


def told_of(what: str, say):
    """`say` of (what and space, done, of), as searches call it with (space, done, of); None where nobody is told."""
    return (lambda space, done, of: say(f"{what}, {space}", done, of)) if say else None


def _taken(space, rows):
    """Rows of a space; the space itself where they are all of it, for a copy may be as large as the memory left."""
    return space if np.array_equal(rows, np.arange(space.shape[0])) else space[rows]


def distinct(indices):
    """Column 0 stays; every other index once, rising, -1 for none, as narrow as the widest row."""
    none = np.iinfo(np.int32).max
    rest = np.where((indices[:, 1:] == indices[:, :1]) | (indices[:, 1:] < 0), none, indices[:, 1:])
    rest.sort(axis=1)
    rest[:, 1:][rest[:, 1:] == rest[:, :-1]] = none
    rest.sort(axis=1)
    width = int((rest < none).sum(axis=1).max(initial=0))
    rest = rest[:, :width]
    return np.concatenate([indices[:, :1], np.where(rest == none, -1, rest)], axis=1)


def pair_scores(space, query_rows, gallery_rows, indices, wanted=None, scores=None) -> np.ndarray:
    """The cosines of pairs in one space: float32 `[queries, width]`.

    Args:
      space: array of one row per product, dense or sparse.
      query_rows, gallery_rows: int, rows of `space`.
      indices: int `[queries, width]` into the gallery, the query itself in column 0, -1 for none.
      wanted: bool `[queries, width]`, pairs to score; None: all.
      scores: array that the scores of the pairs are written into; None: a new one, -inf elsewhere.
    """
    scores = np.full(indices.shape, -np.inf, np.float32) if scores is None else scores
    query, column = np.nonzero((indices >= 0) if wanted is None else wanted)
    left, right = query_rows[query], gallery_rows[indices[query, column]]
    there = _has_side(space)
    both = there[left] & there[right]
    query, column, left, right = query[both], column[both], left[both], right[both]
    block = max(1, GATHERED // space.shape[1]) if not scipy.sparse.issparse(space) else GATHERED // 64
    for start in range(0, len(query), block):
        part = slice(start, start + block)
        scores[query[part], column[part]] = np.minimum(_inner(space, left[part], right[part]), 1.0)
    scores[:, 0] = 1.0
    return scores


def _inner(space, left, right):
    if scipy.sparse.issparse(space):
        return np.asarray(space[left].multiply(space[right]).sum(axis=1)).ravel()
    return np.einsum("pd,pd->p", space[left], space[right])


def _has_side(space):
    if scipy.sparse.issparse(space):
        return np.diff(space.indptr) > 0
    return space.any(axis=1)
