"""Scores of the candidates of many queries, in one order whatever the order they came in."""

import dataclasses
from typing import Any

import numpy as np

HIGHEST = 3  # the best mark that an answer may be
MAY_BE = f"0 (irrelevant), 1 (relevant) up to {HIGHEST} (a mark), or -1 (unjudged)"


@dataclasses.dataclass(frozen=True)
class Scores:
    """Candidates by query, and of a query by product id: a lower place is the lower id.

    Attributes:
      queries: int64 `[queries]`, ids, rising.
      starts: int64 `[queries + 1]`, where each query's candidates begin; every query has one at least.
      products: int64 `[pairs]`, ids, rising within a query.
      score: float64 `[pairs]`, finite.
      answer: int8 `[pairs]`, MAY_BE.
      about: fold, run, records_fingerprint, and what else scores.json says.
      name: what messages call it, such as its folder.
    """

    queries: np.ndarray
    starts: np.ndarray
    products: np.ndarray
    score: np.ndarray
    answer: np.ndarray
    about: dict[str, Any]
    name: str

    def __len__(self) -> int:
        return len(self.products)

    @property
    def counts(self) -> np.ndarray:
        """int64 `[queries]`, candidates of each."""
        return np.diff(self.starts)

    @property
    def least_relevant(self) -> int:
        """The least answer of a relevant candidate: 1, or what `about` says."""
        return self.about.get("least_relevant", 1)

    @property
    def query_of(self) -> np.ndarray:
        """int64 `[pairs]`, the place of each candidate's query."""
        return np.repeat(np.arange(len(self.queries)), self.counts)

    @property
    def judged(self) -> np.ndarray:
        """bool `[queries]`: one candidate at least has an answer, so that the query is among the reference."""
        return np.maximum.reduceat(self.answer, self.starts[:-1]) >= 0

    def scored(self, score: np.ndarray) -> "Scores":
        """The same pairs with other scores, float `[pairs]`."""
        return dataclasses.replace(self, score=score)

    def of(self, chosen: np.ndarray) -> "Scores":
        """The queries of a mask, bool `[queries]`, and their candidates."""
        rows = np.repeat(chosen, self.counts)
        return dataclasses.replace(
            self, queries=self.queries[chosen], starts=_starts(self.counts[chosen]),
            products=self.products[rows], score=self.score[rows], answer=self.answer[rows],
        )  # fmt: skip


def arrange(query_id, product_id, score, answer, about: dict[str, Any], name: str, first_row: int = 0) -> Scores:
    """Checks pairs in any order and arranges them.

    Args:
      query_id, product_id: int `[pairs]`, 0 or more.
      score: float `[pairs]`.
      answer: int `[pairs]`.
      name: what messages call the pairs, such as a file.
      first_row: the number that messages give to the first pair.

    Raises:
      ValueError: no pairs, an id below 0, a score that is not finite, an unknown answer, or a pair that is there twice;
        names the row.
    """
    query_id, product_id = np.asarray(query_id, np.int64), np.asarray(product_id, np.int64)
    score, answer = np.asarray(score, np.float64), np.asarray(answer)
    if not len(query_id):
        raise ValueError(f"{name} has no pair to rank. Were there candidates in that fold?")
    for values, wrong, expected in (
        (query_id, query_id < 0, "query_id is {}, and an id is written in digits"),
        (product_id, product_id < 0, "product_id is {}, and an id is written in digits"),
        (score, ~np.isfinite(score), "score is {}, which cannot be ranked; did the run's loss stay finite"),
        (answer, (answer < -1) | (answer > HIGHEST), "answer is {}, expected " + MAY_BE),
    ):
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ValueError(f"{name}, row {row + first_row}: {expected.format(values[row])}.")
    return _sorted(query_id, product_id, score, answer.astype(np.int8), about, name, first_row)


def _sorted(query_id, product_id, score, answer, about, name, first_row) -> Scores:
    same_query = query_id[1:] == query_id[:-1]
    rising = (query_id[1:] > query_id[:-1]) | (same_query & (product_id[1:] > product_id[:-1]))
    if not rising.all():
        order = np.lexsort((product_id, query_id))
        query_id, product_id, score, answer = (part[order] for part in (query_id, product_id, score, answer))
        same_query = query_id[1:] == query_id[:-1]
        twice = np.flatnonzero(same_query & (product_id[1:] == product_id[:-1]))
        if len(twice):
            first, second = order[twice[0] : twice[0] + 2] + first_row
            raise ValueError(
                f"{name}, row {second}: query {query_id[twice[0]]} and product {product_id[twice[0]]} are in row "
                f"{first} already; a pair has one score. Duplicate pairs in all: {len(twice)}."
            )
    new = np.flatnonzero(np.concatenate([[True], ~same_query]))
    starts = np.append(new, len(query_id))
    return Scores(query_id[new], starts, product_id, score, answer, about, name)


def _starts(counts: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts)])
