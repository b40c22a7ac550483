"""Weights of models whose scores are added: never below 0, and they sum to 1."""

from collections.abc import Callable

import numpy as np
from scipy import optimize

from inference.ranking import metrics
from inference.ranking.scores import Scores

MIXTURES = np.linspace(0, 1, 100)
RIDGE = 1e-3  # keeps weights finite where the members rank without a fault


def standardise(scores: Scores) -> np.ndarray:
    """Scores less the mean of their query, over its standard deviation; 0 where all are the same.

    What two models say of one query is then of one size, whatever their losses made of it.

    Returns:
      float64 `[pairs]`.
    """
    begin, query, counts = scores.starts[:-1], scores.query_of, scores.counts
    centred = scores.score - (np.add.reduceat(scores.score, begin) / counts)[query]
    spread = np.sqrt(np.add.reduceat(centred**2, begin) / counts)
    largest = np.maximum.reduceat(np.abs(scores.score), begin)
    rounding = 1e-12 * largest  # of equal scores the mean may be off in the last bit
    return np.where((spread > rounding)[query], centred / np.where(spread > 0, spread, 1)[query], 0.0)


def search(found: Scores, members: np.ndarray) -> np.ndarray:
    """t and 1 - t with the highest nDCG@5, t being one of MIXTURES; of equals the one nearest to a half.

    Args:
      found: pairs with answers.
      members: float64 `[2, pairs]`, standardised.
    """
    reached = np.array([metrics.official(found.scored(t * members[0] + (1 - t) * members[1])) for t in MIXTURES])
    best = MIXTURES[reached >= reached.max() - 1e-12]
    t = best[np.argmin(np.abs(best - 0.5))]
    return np.array([t, 1 - t])


def least_loss(found: Scores, members: np.ndarray) -> np.ndarray:
    """Weights of at least 0 with the least softmax cross-entropy of the right products, of any number of members.

    Of a query it is log sum over candidates of exp(score) - mean over relevant ones of score, which bounds nDCG and is
    convex in the weights, so that its minimum is found. Queries without a relevant or without another candidate do
    not count. Equal weights if no member is better than none.

    Args:
      found: pairs with answers.
      members: float64 `[members, pairs]`, standardised.

    Sources: Cao et al., Learning to Rank: From Pairwise Approach to Listwise Approach, ICML 2007; the bound: Bruch et
    al., An Analysis of the Softmax Cost Function for Learning to Rank, ICTIR 2019.
    """
    relevant = metrics.relevant_of(found)
    tells = (relevant > 0) & (relevant < found.counts)
    equal = np.full(len(members), 1 / len(members))
    if not tells.any():
        return equal
    members, found = members[:, np.repeat(tells, found.counts)], found.of(tells)
    begin, query, counts = found.starts[:-1], found.query_of, len(found.queries)
    right = (found.answer >= found.least_relevant) / metrics.relevant_of(found)[query] / counts

    def loss(weights):
        score = weights @ members
        highest = np.maximum.reduceat(score, begin)
        likely = np.exp(score - highest[query])
        total = np.add.reduceat(likely, begin)
        value = (np.log(total) + highest).mean() - right @ score
        slope = members @ (likely / total[query] / counts - right)
        return value + RIDGE * weights @ weights, slope + 2 * RIDGE * weights

    bounds = [(0, None)] * len(members)
    weights = optimize.minimize(loss, equal, jac=True, method="L-BFGS-B", bounds=bounds).x
    return weights / weights.sum() if weights.sum() > 0 else equal


SEARCHES: dict[str, Callable[[Scores, np.ndarray], np.ndarray]] = {"least_loss": least_loss, "search": search}
