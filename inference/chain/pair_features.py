"""What tells whether two listings are the same product, as numbers: cosines, ranks and words of candidate pairs."""

import re
from collections.abc import Sequence

import numpy as np
import scipy.sparse
from sklearn.feature_extraction.text import CountVectorizer

from inference.candidates import Candidates, Places
from inference.chain import quantities

FAR = 1000  # the rank of one who is not among the other's candidates
WORD, MODEL_NUMBER = r"(?u)\w+", re.compile(r"\S*\d\S*")


class PairFeatures:
    """Gives the features of a gallery's pairs, as many at a time as asked for.

    Args:
      candidates: of a gallery searched in itself.
      spaces: whose scores are features.
      titles: str `[items]`, "" for none.
    """

    def __init__(self, candidates: Candidates, spaces: Sequence[str], titles: Sequence[str]):
        self.indices = candidates.indices
        self.places = Places(candidates.indices)
        self.spaces = [_Space(candidates.scores[space]) for space in spaces]
        self.titles = _Titles(titles)

    def of(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Features of pairs, by their places: float32 `[pairs, 6 * spaces + 15]`, NaN for what is not known."""
        other = self.indices[row, column]
        mirrored = self.places.of(other, row)
        parts = [space.features(row, column, other, mirrored) for space in self.spaces]
        return np.concatenate([*parts, self.titles.features(row, other)], axis=1).astype(np.float32)


class _Space:
    """How one space ranks the candidates."""

    def __init__(self, scores):
        self.scores = scores.copy()
        self.scores[:, 0] = -np.inf  # the item itself
        self.rank = np.argsort(np.argsort(-self.scores, axis=1, kind="stable"), axis=1).astype(np.int16)
        self.best = np.full((len(scores), 2), -np.inf, np.float32)
        self.best[:, : scores.shape[1]] = -np.sort(-self.scores, axis=1)[:, :2]

    def features(self, row, column, other, mirrored) -> np.ndarray:
        """The cosine, how far it is below the best two of the one and the best of the other, its rank for either."""
        cosine = self.scores[row, column]
        with np.errstate(invalid="ignore"):
            gaps = [self.best[row, 0] - cosine, self.best[row, 1] - cosine, self.best[other, 0] - cosine]
        back = np.where(mirrored >= 0, self.rank[other, mirrored], FAR)
        values = np.stack([cosine, *gaps, self.rank[row, column], back], axis=1)
        values[~np.isfinite(cosine)] = np.nan
        return np.where(np.isinf(values), np.nan, values)


class _Titles:
    """The words, numbers and quantities of titles."""

    def __init__(self, titles):
        self.titles = list(titles)
        self.lengths = np.array([len(title) for title in self.titles])
        self.words = _Words(self.titles, token_pattern=WORD, strip_accents="unicode")
        self.numbers = _Words(self.titles, tokenizer=_model_numbers, token_pattern=None)

    def features(self, left, right) -> np.ndarray:
        """Six of the words, six of the model numbers, whether quantities contradict, and both lengths."""
        contradict = quantities.contradict(self.titles, left, right)
        lengths = self.lengths[left], self.lengths[right]
        values = [self.words.features(left, right), self.numbers.features(left, right)]
        values = np.concatenate([*values, np.stack([contradict, *lengths], axis=1)], axis=1)
        values[(lengths[0] == 0) | (lengths[1] == 0)] = np.nan
        return values


def _model_numbers(title: str) -> list[str]:
    """Words with a digit, however they are punctuated: "hx-mu03" and "HX/MU03" are one."""
    return [re.sub(r"\W", "", word) for word in MODEL_NUMBER.findall(title)]


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
