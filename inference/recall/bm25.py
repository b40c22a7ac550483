"""Products for text queries by the words that query and title share: BM25 and word overlap, which learn nothing."""

import abc
from collections.abc import Sequence

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from models.host_top_k import pack, unpack

CELLS = 1 << 24  # scores in memory at a time, at most
WORD = r"(?u)\b\w+\b"


class SharedWords(abc.ABC):
    """Scores that are sums over the words of a query that a title has; words are lower-cased, without accents.

    Args:
      titles: of the catalogue; an empty one shares no word.

    Attributes:
      weights: float32 sparse `[products, words]`, what a word of a query adds to the score of a product.

    Raises:
      ValueError: there is no title, or none has a word.
    """

    def __init__(self, titles: Sequence[str]):
        self.vectorizer = CountVectorizer(token_pattern=WORD, strip_accents="unicode", dtype=np.float32)
        try:
            counts = self.vectorizer.fit_transform(titles)
        except ValueError as error:
            raise ValueError(f"None of {len(titles)} titles has a word, so no query finds one: {error}.") from error
        self.weights = sparse.csr_matrix(self._weighted(counts), dtype=np.float32)

    @abc.abstractmethod
    def _weighted(self, counts: sparse.csr_matrix):
        """The weights of the words of titles, from how often each title has each."""

    @abc.abstractmethod
    def _asked(self, queries: Sequence[str]) -> sparse.csr_matrix:
        """The words of queries, float32 sparse `[queries, words]`."""

    def score(self, queries: Sequence[str], query, product) -> np.ndarray:
        """Scores given pairs.

        Args:
          queries: texts.
          query, product: int `[pairs]`, places in `queries` and in the catalogue.

        Returns:
          float32 `[pairs]`, at least 0; 0 = no word in common.
        """
        asked, query, product = self._asked(queries), np.asarray(query), np.asarray(product)
        scores, block = np.zeros(len(query), np.float32), 1 << 16
        for start in range(0, len(query), block):
            pairs = slice(start, start + block)
            shared = asked[query[pairs]].multiply(self.weights[product[pairs]])
            scores[pairs] = np.asarray(shared.sum(axis=1)).ravel()
        return scores

    def top_k(self, queries: Sequence[str], k: int) -> tuple[np.ndarray, np.ndarray]:
        """Finds the k products of the whole catalogue that score highest, block by block of queries.

        Returns:
          scores float32 and indices int32, `[queries, k]`, highest first, of equal scores the lower index first. A
          product without a word of the query is not found: -inf and -1 where there are fewer than k.

        Raises:
          ValueError: k is below 1.
        """
        if k < 1:
            raise ValueError(f"k={k} products for a query: give at least 1.")
        asked, by_word = self._asked(queries), self.weights.T.tocsr()
        scores = np.full((len(queries), k), -np.inf, np.float32)
        indices = np.full((len(queries), k), -1, np.int32)
        block = max(1, CELLS // len(self.weights.indptr))
        for start in range(0, len(queries), block):
            found = (asked[start : start + block] @ by_word).tocsr()
            for row in range(found.shape[0]):
                cells = slice(*found.indptr[row : row + 2])
                best, place = _best(found.data[cells], found.indices[cells], k)
                scores[start + row, : len(best)], indices[start + row, : len(best)] = best, place
        return scores, indices


class BM25(SharedWords):
    """The probabilistic relevance framework's BM25 over titles.

    A word adds idf * count * (k1 + 1) / (count + k1 * (1 - b + b * length / mean length)), as often as the query has
    it; idf = log(1 + (N - n + .5) / (n + .5)) of n among N titles, which is positive for every word.

    Args:
      titles: see SharedWords.
      k1: how fast a word repeated in a title stops to count; 0: its presence alone counts.
      b: how much long titles are held back, 0 to 1.

    Raises:
      ValueError: k1 or b is out of its range, or see SharedWords.

    Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009, eq. 3.15; the 1 within
    the logarithm is Lucene's, as the bare one is negative for words that more than half of the titles have.
    """

    def __init__(self, titles: Sequence[str], k1: float = 1.2, b: float = 0.75):
        if k1 < 0 or not 0 <= b <= 1:
            raise ValueError(f"BM25 with k1={k1:g} and b={b:g}: give k1 of at least 0 and b from 0 to 1.")
        self.k1, self.b = k1, b
        super().__init__(titles)

    def _weighted(self, counts):
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        titles_with = np.bincount(counts.indices, minlength=counts.shape[1])
        idf = np.log1p((len(lengths) - titles_with + 0.5) / (titles_with + 0.5))
        held_back = self.k1 * (1 - self.b + self.b * lengths / lengths.mean())
        rows = np.repeat(np.arange(len(lengths)), np.diff(counts.indptr))
        saturated = counts.data * (self.k1 + 1) / (counts.data + held_back[rows])
        return sparse.csr_matrix((saturated * idf[counts.indices], counts.indices, counts.indptr), counts.shape)

    def _asked(self, queries):
        return self.vectorizer.transform(queries)


class WordOverlap(SharedWords):
    """The share of a query's words, each counted once, that a title has; a query without words scores 0."""

    def _weighted(self, counts):
        return counts > 0

    def _asked(self, queries):
        words_of = self.vectorizer.build_analyzer()
        words = [sorted(set(words_of(query))) for query in queries]
        known = self.vectorizer.transform([" ".join(each) for each in words])
        # A word that no title has counts as one that is missing.
        sizes = np.array([max(1, len(each)) for each in words], np.float32)
        return sparse.csr_matrix(sparse.diags_array(1 / sizes) @ known, dtype=np.float32)


def _best(scores: np.ndarray, indices: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    keys = pack(scores.astype(np.float32), indices)
    if len(keys) > k:
        keys = np.partition(keys, len(keys) - k)[-k:]
    return unpack(np.sort(keys)[::-1])
