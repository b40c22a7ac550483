"""Which records stand beside a positive one as its negatives: a function of (seed, epoch) alone."""

from typing import NamedTuple, Protocol

import numpy as np

from training.recall.known_pairs import KnownPairs

REDRAWS = 4  # draws from the mined records before a record is drawn at random
RANDOM_REDRAWS = 16  # of these before all records are looked through
CHUNK = 1 << 20  # negatives drawn at a time: bounds the memory
LAST_WORD_SHARE = 0.8


class Draw(Protocol):
    """Draws one record beside each query."""

    def __call__(self, queries: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Returns int64 `[rows]`, places among the positive records, for int `[rows]` queries."""


class RecordsOf:
    """The places of records by a number that each has: its query, or its query's cluster.

    Args:
      numbers: int `[records]`, 0 or more.
      count: numbers there may be.
    """

    def __init__(self, numbers: np.ndarray, count: int):
        self.members = np.argsort(numbers, kind="stable").astype(np.int32)
        self.sizes = np.bincount(numbers, minlength=count)
        self.starts = np.cumsum(self.sizes) - self.sizes

    def draw(self, numbers: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """int64 `[rows]`: a place of each number, all of its own equally likely; any at all where it has none."""
        sizes = self.sizes[numbers]
        drawn = (random.random(len(numbers)) * sizes).astype(np.int64)
        places = np.minimum(self.starts[numbers] + drawn, len(self.members) - 1)
        some = self.members[places].astype(np.int64)
        return (
            np.where(sizes > 0, some, _anywhere(len(self.members), len(numbers), random)) if not sizes.all() else some
        )


class Negatives(NamedTuple):
    """What an epoch is made of.

    Attributes:
      records: int64 `[positives * (1 + n)]`, tuple by tuple: a positive record, its negatives.
      kept: bool, as long; false where no record could be a negative and the positive stands in its place.
    """

    records: np.ndarray
    kept: np.ndarray


class NegativeSampler:
    """Stands n negative records beside every positive one.

    A negative (q', p') of (q, p) is a record whose product p' answers not q and whose query q' is not answered by p, as
    far as is known. One that is not is drawn anew, a few times; then any record at random that is; where there is none,
    the positive stands there again, marked.

    Args:
      queries, products: int `[positives]`, numbers of the query and the product of each relevant pair.
      draw: where negatives are drawn from first: `clusters`, `neighbours`; None = from all.

    Source: KDD Cup 2020 Multimodalities Recall: clusters by the last word, with probability 0.8, and by k-means of a
    published solution; neighbours by TF-IDF of the first place's, ten negatives to a positive.
    """

    def __init__(self, queries: np.ndarray, products: np.ndarray, draw: Draw | None = None):
        if not len(queries):
            raise ValueError(
                "Negatives are drawn beside relevant pairs, and there is none: is the right fold trained on?"
            )
        self.queries, self.products, self.draw = np.asarray(queries), np.asarray(products), draw
        self.known = KnownPairs(self.queries, self.products)

    def epoch(self, order: np.ndarray, count: int, seed: int, epoch: int) -> Negatives:
        """Draws `count` negatives beside each positive of `order`, int64 `[positives]` places in `queries`.

        Returns:
          Negatives of places in `queries`.
        """
        random = np.random.default_rng([seed, epoch, 1])  # another stream than the order's
        records = np.empty((len(order), 1 + count), np.int64)
        records[:, 0] = order
        kept = np.ones(records.shape, bool)
        rows = max(1, CHUNK // max(1, count))
        for start in range(0, len(order) if count else 0, rows):
            some = slice(start, start + rows)
            drawn, found = self._negatives(np.repeat(order[some], count), random)
            records[some, 1:], kept[some, 1:] = drawn.reshape(-1, count), found.reshape(-1, count)
        return Negatives(records.ravel(), kept.ravel())

    def _negatives(self, positives: np.ndarray, random) -> tuple[np.ndarray, np.ndarray]:
        drawn, left = positives.copy(), np.arange(len(positives))
        for attempt in range(REDRAWS + RANDOM_REDRAWS):
            if not len(left):
                break
            queries = self.queries[positives[left]]
            if self.draw and attempt < REDRAWS:
                tried = self.draw(queries, random)
            else:
                tried = _anywhere(len(self.queries), len(left), random)
            wrong = ~self._is_negative(positives[left], tried)
            drawn[left] = np.where(wrong, positives[left], tried)
            left = left[wrong]
        kept = np.ones(len(positives), bool)
        kept[left] = self._look_through(positives, left, drawn, random)
        return drawn, kept

    def _is_negative(self, positives: np.ndarray, tried: np.ndarray) -> np.ndarray:
        answers = self.known.contains(self.queries[positives], self.products[tried])
        answered = self.known.contains(self.queries[tried], self.products[positives])
        return ~(answers | answered)

    def _look_through(self, positives: np.ndarray, left: np.ndarray, drawn: np.ndarray, random) -> np.ndarray:
        """Fills `drawn[left]` where all records have a negative; says where."""
        found = np.zeros(len(left), bool)
        everything, of_query, query = np.arange(len(self.queries)), None, -1
        for row in np.argsort(self.queries[positives[left]], kind="stable"):
            positive = positives[left[row]]
            if self.queries[positive] != query:
                query = self.queries[positive]
                of_query = everything[~self.known.contains(query, self.products)]
            fits = of_query[~self.known.contains(self.queries[of_query], self.products[positive])]
            if len(fits):
                drawn[left[row]], found[row] = random.choice(fits), True
        return found


def clusters(
    queries: np.ndarray, last_word: np.ndarray | None, kmeans: np.ndarray | None, share: float = LAST_WORD_SHARE
) -> Draw:
    """Draws a record whose query is in the same cluster: by the last word with probability `share`, else by k-means.

    Args:
      queries: int `[positives]`.
      last_word, kmeans: int32 `[queries]`, the cluster of each query; of one that is None the other is taken always.
    """
    kinds = [
        (cluster, RecordsOf(cluster[queries], 1 + int(cluster.max())))
        for cluster in (last_word, kmeans)
        if cluster is not None
    ]
    if not kinds:
        raise ValueError("Negatives from clusters need one of last_word and kmeans.")

    def draw(asked, random):
        if len(kinds) == 1:
            [(cluster, records)] = kinds
            return records.draw(cluster[asked], random)
        drawn = np.empty(len(asked), np.int64)
        first = random.random(len(asked)) < share
        for (cluster, records), here in zip(kinds, (first, ~first), strict=True):
            drawn[here] = records.draw(cluster[asked[here]], random)
        return drawn

    return draw


def neighbours(queries: np.ndarray, nearest: np.ndarray) -> Draw:
    """Draws a record of one of the nearest other queries; of any query where there is none.

    Args:
      queries: int `[positives]`.
      nearest: int32 `[queries, n]`, -1 behind the last neighbour.
    """
    records, counts = RecordsOf(queries, len(nearest)), (nearest >= 0).sum(axis=1)

    def draw(asked, random):
        column = (random.random(len(asked)) * counts[asked]).astype(np.int64)
        drawn = records.draw(np.maximum(nearest[asked, column], 0), random)
        lonely = np.flatnonzero(counts[asked] == 0)
        drawn[lonely] = _anywhere(len(queries), len(lonely), random)
        return drawn

    return draw


def _anywhere(records: int, count: int, random: np.random.Generator) -> np.ndarray:
    return random.integers(0, records, count)
