"""How well scores rank the marked products of queries: nDCG, MRR, and recall in a whole catalogue.

Only marked products are ranked: the others are unknown, not irrelevant. Equal scores are ranked in no order: each
figure is its mean over all orders of the equal ones, so that a figure never hangs on the order of a file, and scores
that are all equal give the figure of a random ranking.

Source: McSherry and Najork, Computing Information Retrieval Performance Measures Efficiently in the Presence of Tied
Scores, ECIR 2008.
"""

import numpy as np

CUT = 5


def of_marks(query, score, rating, num_queries: int, relevant: int = 2) -> dict[str, float]:
    """Scores of a ranking of marked pairs.

    Args:
      query: int `[pairs]`, 0..num_queries - 1.
      score: float `[pairs]`.
      rating: int `[pairs]`.
      num_queries: how many the means are over; a query without an answer counts as 0.
      relevant: the least rating that is an answer.

    Returns:
      `ndcg5`, the official form of KDD Cup 2020: an answer gains 1, the ideal has min(answers, 5) of them;
      `ndcg5_graded`, a rating gains 2^rating - 1; `mrr`, one over the rank of the first answer.

    Raises:
      ValueError: a score is not a number.
    """
    query, score, rating = np.asarray(query), np.asarray(score, np.float64), np.asarray(rating)
    if np.isnan(score).any():
        raise ValueError(f"{int(np.isnan(score).sum())} of {len(score)} scores are not a number.")
    sums = np.zeros(3)
    by_query = np.argsort(query, kind="stable")
    for rows in np.split(by_query, np.flatnonzero(np.diff(query[by_query])) + 1) if len(query) else ():
        answer = rating[rows] >= relevant
        graded = 2.0 ** rating[rows] - 1.0
        sums += ndcg(score[rows], answer), ndcg(score[rows], graded), reciprocal_rank(score[rows], answer)
    return dict(zip(("ndcg5", "ndcg5_graded", "mrr"), (sums / max(1, num_queries)).tolist(), strict=True))


def ndcg(score, gain, k: int = CUT) -> float:
    """nDCG@k of one query, whose products are all marked; 0 where nothing gains.

    DCG = the sum of the first k gains, the one of rank r divided by log2(r + 1).

    Args:
      score, gain: `[products]`.

    Source: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, 2002.
    """
    gain = np.asarray(gain, np.float64)
    discount = 1.0 / np.log2(np.arange(2, len(gain) + 2))[:k]
    ideal = np.sort(gain)[::-1][:k] @ discount
    order, tied = _order(score)
    expected = (np.bincount(tied, gain[order]) / np.bincount(tied))[tied]
    return float(expected[:k] @ discount / ideal) if ideal else 0.0


def reciprocal_rank(score, answer) -> float:
    """1 / the rank of the first answer of one query, 0 without any.

    Args:
      score: float `[products]`; answer: bool `[products]`.
    """
    order, tied = _order(score)
    answer = np.asarray(answer, bool)[order]
    if not answer.any():
        return 0.0
    first = tied[answer.argmax()]
    before, equal = int((tied < first).sum()), int((tied == first).sum())
    # Of `equal` products in any order, the first of the answers stands at place j with this chance.
    answers = int(answer[tied == first].sum())
    left, chance, mean = 1.0, 0.0, 0.0
    for place in range(1, equal - answers + 2):
        chance = left * answers / (equal - place + 1)
        mean += chance / (before + place)
        left -= chance
    return mean


def recall(found, query, product, num_queries: int) -> float:
    """Share of a query's answers among the products found for it, the mean over queries that have any; 0 if none has.

    Args:
      found: int `[queries, k]`, products, -1 for none.
      query, product: int `[answers]`.
    """
    hits = (np.asarray(found)[query] == np.asarray(product)[:, None]).any(axis=1)
    answers = np.bincount(query, minlength=num_queries)
    return (
        float((np.bincount(query, hits, num_queries)[answers > 0] / answers[answers > 0]).mean()) if hits.size else 0.0
    )


def _order(score) -> tuple[np.ndarray, np.ndarray]:
    """The order of falling scores, and for each rank the number of its run of equal scores."""
    order = np.argsort(-np.asarray(score), kind="stable")
    return order, np.cumsum(np.diff(np.asarray(score)[order], prepend=np.asarray(score)[order[:1]]) != 0)
