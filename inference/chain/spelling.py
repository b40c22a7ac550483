"""How alike two titles are spelled: what shared words miss, as "DMC-FX35K" beside "dmc fx 35k"."""

import re
from collections.abc import Sequence

import numpy as np
from rapidfuzz import fuzz, process, utils

from models.host_top_k import cores

MODEL_NUMBER = re.compile(r"\S*\d\S*")
SHORTEST = 4  # letters and digits; shorter model numbers stand within other titles by chance


def model_numbers(title: str) -> list[str]:
    """Words with a digit, however they are punctuated: "hx-mu03" and "HX/MU03" are one."""
    return [squeezed(word) for word in MODEL_NUMBER.findall(title)]


def squeezed(text: str) -> str:
    """The letters and digits of a text, in lower case."""
    return re.sub(r"[\W_]", "", text.lower())


class Spellings:
    """Compares titles letter by letter.

    Args:
      titles: str `[items]`.
    """

    SCORERS = (fuzz.ratio, fuzz.token_sort_ratio, fuzz.token_set_ratio)

    def __init__(self, titles: Sequence[str]):
        self.plain = [utils.default_process(title) for title in titles]
        self.squeezed = [squeezed(title) for title in titles]
        self.numbers = [[number for number in model_numbers(title) if len(number) >= SHORTEST] for title in titles]

    def features(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Of pairs `[pairs]`: three likenesses of the words, one without spaces, and model numbers found in the other.

        Returns:
          float32 `[pairs, 6]`: four from 0 to 100 (https://rapidfuzz.github.io/RapidFuzz), then the share of the left
          title's model numbers that stand within the right one, however spaced, and of the right's; NaN without any.
        """
        # A pair mostly comes in both directions, and is compared once.
        keys = np.minimum(left, right).astype(np.int64) * len(self.plain) + np.maximum(left, right)
        keys, place = np.unique(keys, return_inverse=True)
        low, high = np.divmod(keys, len(self.plain))
        likenesses = [(self.plain, scorer) for scorer in self.SCORERS] + [(self.squeezed, fuzz.ratio)]
        values = [_likeness(texts, low, high, scorer) for texts, scorer in likenesses]
        values = np.stack([*values, self._within(low, high), self._within(high, low)], axis=1)[place]
        turned = left > right
        values[turned, -2:] = values[turned, :-3:-1]
        return values

    def _within(self, left, right):
        pairs = zip(left.tolist(), right.tolist(), strict=True)
        return np.array([_share(self.numbers[one], self.squeezed[other]) for one, other in pairs], np.float32)


def _likeness(texts, left, right, scorer):
    sides = ([texts[place] for place in side.tolist()] for side in (left, right))
    return process.cpdist(*sides, scorer=scorer, workers=cores())


def _share(numbers, text):
    return sum(number in text for number in numbers) / len(numbers) if numbers else np.nan
