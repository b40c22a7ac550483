"""Rules that read a ranking off how candidates were pooled, not off what they show.

In the pools of KDD Cup 2020 a product that is listed for one query only is far more often an answer. Leading entries
used it, such as the second of Multimodalities Recall, whose published code "listed_once" follows (there a query with
fewer than five products left is ranked as if there were no rule). It tells nothing about relevance and is gone in any
other pool.
"""

import numpy as np

from inference.ranking.scores import Scores

RULES = ("none", "argmax_query", "listed_once")
SAYS = "A pool rule uses which queries a product was listed for: it tells nothing about relevance."


def held_back(scores: Scores, rule: str, gap: float) -> np.ndarray:
    """Tells which candidates a rule puts behind the rest of their query: bool `[pairs]`.

    Args:
      rule: "argmax_query": a product stays in place for the query that it scores highest for, of equals the one with
        the lowest id, and is held back for all others. "listed_once": besides, a product that is listed for several
        queries is held back for all of them unless its highest score leads the next by `gap`. A product that is
        listed once is never held back. "none": none is.
      gap: in the units of the scores; .92 was published for probabilities.
    """
    if rule == "none":
        return np.zeros(len(scores), bool)
    order = np.lexsort((-scores.score, scores.products))  # stable: of equals the lower query first
    product = scores.products[order]
    first = np.flatnonzero(np.concatenate([[True], product[1:] != product[:-1]]))
    several = np.diff(np.append(first, len(product))) > 1
    stays = np.ones(len(first), bool)
    if rule == "listed_once":
        score = scores.score[order]
        lead = score[first] - score[np.minimum(first + 1, len(score) - 1)]
        stays = ~several | (lead >= gap)
    held = np.ones(len(scores), bool)
    held[order[first[stays]]] = False
    return held


def put_behind(scores: Scores, held: np.ndarray) -> Scores:
    """Gives scores that rank what is held back behind the rest; within both parts the order stays as it was.

    Args:
      held: bool `[pairs]`.

    Returns:
      the same pairs, whose score is a rank among all; higher is better.
    """
    ranks = np.unique(scores.score, return_inverse=True)[1].astype(np.float64)
    return scores.scored(ranks - len(ranks) * held)
