"""Scores of planted candidates."""

import numpy as np

from inference.ranking.scores import Scores, arrange

ABOUT = {"fold": 0, "run": "runs/a", "records_fingerprint": "f"}


def planted(rows, **about) -> Scores:
    """Scores of (query, product, score, answer) rows."""
    return arrange(*zip(*rows, strict=True), ABOUT | about, "planted")


def drawn(queries: int, candidates: int, strength: float, seed: int, relevant: int = 3, **about) -> Scores:
    """Random scores of which the relevant candidates' are `strength` higher; the pairs depend on no seed."""
    query, product = np.divmod(np.arange(queries * candidates), candidates)
    answer = (product * 7 + query) % candidates < relevant
    score = np.random.default_rng(seed).normal(size=len(query)) + strength * answer
    return arrange(query, product, score, answer.astype(int), ABOUT | about, "drawn")
