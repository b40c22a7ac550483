"""Weights of an ensemble's members, from rows that they were not trained on; never below 0, and they sum to 1."""

from collections.abc import Callable

import numpy as np
from scipy import optimize

from inference.classes.stacked import Candidates, mixed

LOWEST = 1e-6  # probability of a right class that no member held likely
SMALLEST = 1e-3  # weights below it become 0
ROUNDS = 100


def likelihood(found: Candidates) -> np.ndarray:
    """The weights with the highest mean log-likelihood of the right class, float64 `[members]`.

    Where all members judge all rows the likelihood is concave in the weights, and its maximum is found.
    """
    own = own_probability(found.probabilities, found)
    judge = found.may_judge.astype(np.float64)

    def loss(free):
        weights = np.exp(free - free.max())
        weights /= weights.sum()
        right, total = (weights @ (own * judge)) + LOWEST, weights @ judge
        slope = (own * judge / right - judge / total).mean(axis=1)
        return -np.log(right / total).mean(), -weights * (slope - weights @ slope)

    result = optimize.minimize(loss, np.zeros(len(own)), jac=True, method="L-BFGS-B", options={"maxiter": 1000})
    weights = np.exp(result.x - result.x.max())
    return _cleaned(weights / weights.sum())


def accuracy(found: Candidates) -> np.ndarray:
    """Weights of high top-1 accuracy: the member that helps most is added, again and again, float64 `[members]`.

    Of equal members the one with the higher likelihood of the right class is added. The best of all rounds counts, or
    equal weights where none is better.

    Source: Caruana et al., Ensemble Selection from Libraries of Models, ICML 2004, with replacement.
    """
    members = len(found.probabilities)
    counts, best = np.zeros(members), np.full(members, 1 / members)
    best_score = scores(found, best)
    for _ in range(ROUNDS):
        reached = [scores(found, counts + one) for one in np.eye(members)]
        chosen = max(range(members), key=reached.__getitem__)
        counts[chosen] += 1
        if reached[chosen] > best_score:
            best, best_score = counts / counts.sum(), reached[chosen]
    return best


SEARCHES: dict[str, Callable[[Candidates], np.ndarray]] = {"likelihood": likelihood, "accuracy": accuracy}


def halves(found: Candidates, seed: int = 0) -> tuple[Candidates, Candidates]:
    """Two random halves of the rows."""
    order = np.random.default_rng(seed).permutation(len(found.rows))
    return found.of(np.sort(order[::2])), found.of(np.sort(order[1::2]))


def own_probability(probabilities: np.ndarray, found: Candidates) -> np.ndarray:
    """The probability of each row's right class, 0 where it is not among the candidates; `[..., rows]`."""
    return np.where(found.classes == found.label[:, None], probabilities, 0.0).sum(axis=-1)


def scores(found: Candidates, weights: np.ndarray) -> tuple[float, float]:
    """Top-1 accuracy and mean log-likelihood of a weighted mean."""
    together = mixed(found.probabilities, found.may_judge, weights)
    best = np.take_along_axis(found.classes, together.argmax(axis=1)[:, None], axis=1)[:, 0]
    likely = np.log(own_probability(together, found) + LOWEST).mean()
    return float((best == found.label).mean()), float(likely)


def _cleaned(weights: np.ndarray) -> np.ndarray:
    weights = np.where(weights < SMALLEST, 0.0, weights)
    return weights / weights.sum()
