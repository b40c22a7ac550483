"""nDCG in the forms that circulate, recall and reciprocal rank, of rankings of k products a query.

A product is relevant if its answer is 1 or more, or as much as scores.json says (least_relevant). The mean is over the
reference: all queries with a judged candidate.
"""

import numpy as np

from inference.ranking.best import best
from inference.ranking.scores import Scores


def discounts(k: int) -> np.ndarray:
    """float64 `[k]`: 1, then 1 / log2(i + 1) at place i."""
    return 1 / np.log2(np.arange(1, k + 1) + 1)


def ideal_dcg(relevant: np.ndarray, k: int) -> np.ndarray:
    """The DCG of min(relevant, k) ones: float64 `[queries]`."""
    return np.concatenate([[0.0], np.cumsum(discounts(k))])[np.minimum(relevant, k)]


def ndcg(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """nDCG@k of every query, as KDD Cup 2020 judges it.

    DCG@k = r_1 + sum over i = 2..k of r_i / log2(i + 1), divided by the DCG of min(|relevant|, k) ones; 0 of a query
    without a relevant product.

    Args:
      hits: bool `[queries, k]`, whether the product at each place is relevant.
      relevant: int `[queries]`, how many products are.

    Returns:
      float64 `[queries]`, 0..1.
    """
    return _share(hits @ discounts(hits.shape[1]), ideal_dcg(relevant, hits.shape[1]))


def pooled_ndcg(hits: np.ndarray, relevant: np.ndarray) -> float:
    """Sum of DCG over sum of ideal DCG, of the same arguments: queries with more relevant products count for more."""
    return float(_share((hits @ discounts(hits.shape[1])).sum(), ideal_dcg(relevant, hits.shape[1]).sum()))


def full_ideal_ndcg(hits: np.ndarray) -> np.ndarray:
    """DCG over that of k ones, float64 `[queries]`: below 1 of every query with fewer than k relevant products."""
    return hits @ discounts(hits.shape[1]) / discounts(hits.shape[1]).sum()


GAINS = {"exponential": lambda mark: 2.0**mark - 1, "linear": lambda mark: np.asarray(mark, np.float64)}


def graded_ndcg(marks: np.ndarray, ideal: np.ndarray, gain: str = "exponential") -> np.ndarray:
    """nDCG@k of marks instead of hits; of marks 0 and 1 it is `ndcg`, whatever the gain.

    Args:
      marks: int `[queries, k]`, 0 or more, of the product at each place.
      ideal: int `[queries, k]`, the query's highest marks, falling.
      gain: "exponential", 2^mark - 1 (Burges et al., Learning to Rank using Gradient Descent, ICML 2005), which is the
        one to report; or "linear", the mark (Järvelin and Kekäläinen, TOIS 2002).
    """
    weights = discounts(marks.shape[1])
    return _share(GAINS[gain](marks) @ weights, GAINS[gain](ideal) @ weights)


def recall(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """The share of a query's relevant products among its k, float64 `[queries]`; 0 of a query without any."""
    return _share(hits.sum(axis=1), relevant)


def reciprocal_rank(scores: Scores) -> np.ndarray:
    """1 / the rank of the first relevant product among all candidates, float64 `[queries]`; 0 without any.

    Nothing is sorted: the candidates ahead of it are counted.
    """
    rows, query = _relevant(scores)
    order = np.lexsort((rows, -scores.score[rows], query))
    asked, first = np.unique(query[order], return_index=True)
    found = np.zeros(len(scores.queries))
    for place, row in zip(asked, rows[order[first]], strict=True):
        part, highest = scores.score[scores.starts[place] : scores.starts[place + 1]], scores.score[row]
        tied = part[: row - scores.starts[place]] == highest
        found[place] = 1 / (1 + np.count_nonzero(part > highest) + np.count_nonzero(tied))
    return found


def official(scores: Scores, k: int = 5) -> float:
    """The mean of `ndcg` over the reference queries, the figure that models are compared by.

    Raises:
      ValueError: no query is judged.
    """
    reference = _reference(scores)
    return float(ndcg(marks_of(reference, k) >= reference.least_relevant, relevant_of(reference)).mean())


def evaluate(scores: Scores, k: int = 5) -> dict[str, float]:
    """All figures, by name; those of marks only where a mark is above 1.

    Raises:
      ValueError: no query is judged.
    """
    reference = _reference(scores)
    marks, relevant = marks_of(reference, k), relevant_of(reference)
    hits = marks >= reference.least_relevant
    figures = {
        f"ndcg@{k}": ndcg(hits, relevant).mean(),
        f"ndcg@{k}_pooled": pooled_ndcg(hits, relevant),
        f"ndcg@{k}_full_ideal": full_ideal_ndcg(hits).mean(),
        f"recall@{k}": recall(hits, relevant).mean(),
        "mrr": reciprocal_rank(reference).mean(),
    }
    if reference.answer.max() > 1:
        ideal = marks_of(reference.scored(reference.answer.astype(np.float64)), k)
        figures[f"graded_ndcg@{k}"] = graded_ndcg(marks, ideal).mean()
        figures[f"graded_ndcg@{k}_linear"] = graded_ndcg(marks, ideal, "linear").mean()
    return {name: float(value) for name, value in figures.items()}


def marks_of(scores: Scores, k: int) -> np.ndarray:
    """int8 `[queries, k]`: the answers at each place; 0 for unjudged candidates and where there are fewer than k."""
    places = best(scores.score, scores.starts, k)
    return np.where(places >= 0, np.maximum(scores.answer[places], 0), 0)


def relevant_of(scores: Scores) -> np.ndarray:
    """int64 `[queries]`: relevant products among the candidates."""
    return np.bincount(_relevant(scores)[1], minlength=len(scores.queries))


def _relevant(scores: Scores) -> tuple[np.ndarray, np.ndarray]:
    """Where relevant candidates stand, and the places of their queries."""
    rows = np.flatnonzero(scores.answer >= scores.least_relevant)
    return rows, np.searchsorted(scores.starts, rows, side="right") - 1


def _reference(scores: Scores) -> Scores:
    judged = scores.judged
    if not judged.any():
        raise ValueError(f"{scores.name}: no query has an answer, so there is nothing to measure.")
    return scores if judged.all() else scores.of(judged)


def _share(part, whole):
    return np.divide(part, whole, out=np.zeros(np.shape(part)), where=np.asarray(whole) > 0)
