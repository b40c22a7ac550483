"""The likeliest captions of a model that writes token by token."""

import dataclasses
from collections.abc import Callable

import numpy as np


@dataclasses.dataclass(frozen=True)
class Caption:
    """One caption: its tokens without start and end token, and log P / length penalty, at most 0."""

    tokens: tuple[int, ...]
    score: float


@dataclasses.dataclass(frozen=True)
class Search:
    """How captions are looked for.

    Attributes:
      start_token, end_token: ids.
      width: captions that are written side by side, at least 1; 1 is greedy.
      max_tokens: length at which a caption must have ended, its end token counted; at least 1.
      length_power: alpha of the length penalty, at least 0; 0 is no penalty, and more favours long captions.
    """

    start_token: int
    end_token: int
    width: int = 5
    max_tokens: int = 32
    length_power: float = 0.6

    def __post_init__(self):
        for name, least in (("width", 1), ("max_tokens", 1), ("length_power", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"Beam search needs {name} of at least {least}, got {getattr(self, name)}.")


def beam_search(step: Callable, state, search: Search) -> list[Caption]:
    """Finds the best captions of one product.

    Args:
      step: (state `[width, ...]`, tokens int32 `[width]`) -> (logits float `[width, words]`, state). It is always
        called with `width` rows, so that it compiles once.
      state: float `[...]`, the product's state before the start token.
      search: see the class.

    Returns:
      at most `width` captions that ended, best first; where none ended within max_tokens, the best one as it stands.

    Raises:
      ValueError: a logit is NaN.

    Source: Wu et al., Google's Neural Machine Translation System, arXiv:1609.08144, section 7, eq. 14, without the
    coverage penalty.
    """
    state = np.repeat(np.asarray(state)[None], search.width, axis=0)
    tokens = np.full((search.width, 1), search.start_token, np.int32)
    log_p = np.full(search.width, -np.inf)
    log_p[0] = 0.0  # the other rows are the same prefix
    ended = []
    for length in range(1, search.max_tokens + 1):
        logits, state = step(state, tokens[:, -1])
        total = log_p[:, None] + _log_softmax(np.asarray(logits, np.float64))
        ended += _endings(tokens, total[:, search.end_token], length, search)
        ended = sorted(ended, key=lambda caption: -caption.score)[: search.width]
        total[:, search.end_token] = -np.inf
        rows, words, log_p = _best(total, search.width)
        tokens = np.concatenate([tokens[rows], words[:, None]], axis=1)
        state = np.asarray(state)[rows]
        if _settled(ended, log_p.max(), search):
            break
    return ended or [Caption(tuple(map(int, tokens[0, 1:])), float(log_p[0] / _penalty(search.max_tokens, search)))]


def _endings(tokens, log_p, length: int, search: Search) -> list[Caption]:
    there = np.flatnonzero(np.isfinite(log_p))
    penalty = _penalty(length, search)
    return [Caption(tuple(map(int, tokens[row, 1:])), float(log_p[row] / penalty)) for row in there]


def _best(total, width: int):
    """Rows, words and sums of the `width` largest; equal ones by row and word. Where there are fewer, -inf ones."""
    flat = total.ravel()
    if flat.size < width:
        flat = np.concatenate([flat, np.full(width - flat.size, -np.inf)])
    chosen = np.argsort(-flat, kind="stable")[:width]
    log_p, chosen = flat[chosen], np.minimum(chosen, total.size - 1)
    return chosen // total.shape[1], (chosen % total.shape[1]).astype(np.int32), log_p


def _settled(ended: list[Caption], best_log_p: float, search: Search) -> bool:
    """Whether no prefix can still end better than the worst that is kept: its sum only falls, to be divided by most."""
    if best_log_p == -np.inf:
        return True
    return len(ended) == search.width and best_log_p / _penalty(search.max_tokens, search) <= ended[-1].score


def _penalty(length: int, search: Search) -> float:
    return ((5.0 + length) / 6.0) ** search.length_power


def _log_softmax(logits):
    if np.isnan(logits).any():
        raise ValueError("Beam search: the model gives logits that are not numbers (NaN). Are its weights trained?")
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
