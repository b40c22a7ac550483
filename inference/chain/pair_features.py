"""What tells whether two listings are the same product, as numbers: cosines, ranks and titles of candidate pairs."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse
from sklearn.feature_extraction.text import CountVectorizer

from inference.candidates import Places
from inference.chain.pool import Pool
from inference.chain.quantities import Quantities
from inference.chain.spelling import Spellings, model_numbers
from models.host_top_k import in_threads

FAR = 1000  # the rank of one who is not among the other's candidates
WORD = r"(?u)\w+"
BLOCK = 2**15  # pairs whose titles are compared at a time
ROWS_ORDERED = 2**12  # items whose candidates are ranked at a time


class Pairs:
    """The pairs of a pool that are judged, with what their titles tell: the same in every layer.

    Args:
      pool: a gallery searched in itself.
      nearest: see `Pool.pairs`.

    Attributes:
      row, column: int `[pairs]`, where they stand among the pool's candidates.
      other: int `[pairs]`, the item there.
      mirrored: int `[pairs]`, the column of the first item among the other's candidates, -1 for none.
      titles: float32 `[pairs, 21]`, see `TitleFeatures`.
      ranked: {space: how it ranks the candidates}, of those that were asked for.
    """

    def __init__(self, pool: Pool, nearest: int | None = None):
        indices = pool.candidates.indices
        self.row, self.column = pool.pairs(nearest)
        self.other = indices[self.row, self.column]
        self.mirrored = Places(indices).of(self.other, self.row)
        self.titles = TitleFeatures(pool.products["title"]).of(self.row, self.other)
        self.ranked: dict[str, _Space] = {}

    def __len__(self) -> int:
        return len(self.row)


class PairFeatures:
    """Gives the features of a pool's pairs, as many at a time as asked for.

    Args:
      pairs: of this pool, or of what it was before spaces were added that have scores alone.
      spaces: of the pool, whose scores are features.
    """

    def __init__(self, pool: Pool, pairs: Pairs, spaces: Sequence[str]):
        self.pairs = pairs
        for space in spaces:
            if space not in pairs.ranked:
                pairs.ranked[space] = _Space(pool.candidates.scores[space])
        self.spaces = [pairs.ranked[space] for space in spaces]

    def of(self, which=slice(None)) -> np.ndarray:
        """Features of some pairs, by a slice or mask: float32 `[pairs, 6 * spaces + 21]`, NaN for the unknown."""
        pairs = self.pairs
        places = [values[which] for values in (pairs.row, pairs.column, pairs.other, pairs.mirrored)]
        parts = [space.features(*places) for space in self.spaces]
        return np.concatenate([*parts, pairs.titles[which]], axis=1, dtype=np.float32)


class _Space:
    """How one space ranks the candidates."""

    def __init__(self, scores):
        self.scores = scores.copy()
        self.scores[:, 0] = -np.inf  # the item itself
        self.rank = np.empty(scores.shape, np.int16)
        self.best = np.full((len(scores), 2), -np.inf, np.float32)
        in_threads(self._order, range(0, len(scores), ROWS_ORDERED))

    def _order(self, start: int) -> None:
        rows = slice(start, start + ROWS_ORDERED)
        scores = self.scores[rows]
        order = np.argsort(-scores, axis=1, kind="stable")
        np.put_along_axis(self.rank[rows], order, np.arange(scores.shape[1], dtype=np.int16)[None], axis=1)
        self.best[rows, : scores.shape[1]] = np.take_along_axis(scores, order[:, :2], axis=1)

    def features(self, row, column, other, mirrored) -> np.ndarray:
        """The cosine, how far it is below the best two of the one and the best of the other, its rank for either."""
        cosine = self.scores[row, column]
        with np.errstate(invalid="ignore"):
            gaps = [self.best[row, 0] - cosine, self.best[row, 1] - cosine, self.best[other, 0] - cosine]
        back = np.where(mirrored >= 0, self.rank[other, mirrored], FAR)
        values = np.stack([cosine, *gaps, self.rank[row, column], back], axis=1)
        values[~np.isfinite(cosine)] = np.nan
        return np.where(np.isinf(values), np.nan, values)


class TitleFeatures:
    """Compares titles by words, numbers, quantities and spelling.

    Args:
      titles: str `[items]`, "" for none.
    """

    def __init__(self, titles: Sequence[str]):
        titles = list(titles)
        self.lengths = np.array([len(title) for title in titles])
        self.words = _Words(titles, token_pattern=WORD, strip_accents="unicode")
        self.numbers = _Words(titles, tokenizer=model_numbers, token_pattern=None)
        self.quantities = Quantities(titles)
        self.spellings = Spellings(titles)

    def of(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Features of pairs `[pairs]`: float32 `[pairs, 21]`, NaN where a title is missing.

        Six of the words, six of the model numbers, whether quantities contradict, both lengths, six of the spelling.
        """
        values = np.full((len(left), 21), np.nan, np.float32)
        both = np.flatnonzero((self.lengths[left] > 0) & (self.lengths[right] > 0))

        def work(start: int) -> None:
            part = both[start : start + BLOCK]
            values[part, :15] = self._counted(left[part], right[part])

        in_threads(work, range(0, len(both), BLOCK))
        values[both, 15:] = self.spellings.features(left[both], right[both])
        return values

    def _counted(self, left, right):
        stated = np.stack([self.quantities.contradict(left, right), self.lengths[left], self.lengths[right]], axis=1)
        return np.concatenate([self.words.features(left, right), self.numbers.features(left, right), stated], axis=1)


class _Words:
    """Which words each of many titles has, and how rare they are."""

    def __init__(self, titles, **options):
        try:
            self.there = CountVectorizer(binary=True, dtype=np.float32, **options).fit_transform(titles)
        except ValueError:  # scikit-learn's word for an empty vocabulary
            self.there = scipy.sparse.csr_matrix((len(titles), 1), dtype=np.float32)
        rarity = np.log((1 + len(titles)) / (1 + np.asarray(self.there.sum(axis=0)).ravel()))
        self.rarity = scipy.sparse.csr_matrix(self.there.multiply(rarity[None]))
        self.total = np.asarray(self.rarity.sum(axis=1)).ravel()

    def features(self, left, right) -> np.ndarray:
        """Weight of the words in common, as a share of each side's, the rarest of them, and of each side's others."""
        shared = self.rarity[left].multiply(self.there[right]).tocsr()
        weight = np.asarray(shared.sum(axis=1)).ravel()
        share = [weight / np.maximum(self.total[side], 1e-6) for side in (left, right)]
        rest = [(self.rarity[side] - shared).max(axis=1).toarray().ravel() for side in (left, right)]
        return np.stack([weight, *share, shared.max(axis=1).toarray().ravel(), *rest], axis=1)
