"""The product type of a query: its last word that says anything, in the singular."""

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np

NONE = 0  # the cluster of queries without a word
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Words that say nothing of the product. Longer lists of English stop words hold "top", "bottom" and "side".
_STOP_WORDS = frozenset(
    "a all am an and any are as at be but can did do does had has have he her his how i if is it its just like me my "
    "no nor not of or our please s she so some such t than that the their them then there these they this those to too "
    "us very want was we were what which who will would you your".split()
)
_QUALIFIERS = frozenset("about at by during for from in into on over to under with without".split())


def last_word(query: str) -> str:
    """Returns the product type that a query ends with, "" where no word is left.

    What follows a preposition qualifies the product: "red dresses with two pockets" and "dress" are both of type
    "dress". A word with a letter is preferred to a number: "iphone 11" is of type "iphone".

    Args:
      query: normalised, see pair_table.normalised.
    """
    words = _WORD.findall(query)
    ends = [i for i, word in enumerate(words) if word in _QUALIFIERS and _telling(words[:i])]
    telling = _telling(words[: ends[0]] if ends else words)
    named = [word for word in telling if not word.isdecimal()]
    return singular((named or telling or [""])[-1])


def _telling(words: list[str]) -> list[str]:
    return [word for word in words if word not in _STOP_WORDS and word not in _QUALIFIERS]


def singular(word: str) -> str:
    """The English word without its plural's ending, by its spelling alone: "shoes" -> "shoe", "watches" -> "watch".

    Endings of two forms fall together, "glasses" with "glass", which is all that clusters need.
    """
    word = re.sub(r"['’]s$", "", word)
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def clusters(queries: Iterable[str]) -> tuple[np.ndarray, list[str]]:
    """Numbers queries by their last words.

    Returns:
      int32 `[queries]`, and the word of each number: NONE's is "", those of most queries come first.
    """
    words = [last_word(query) for query in queries]
    counts = Counter(word for word in words if word)
    names = ["", *sorted(counts, key=lambda word: (-counts[word], word))]
    number = {word: i for i, word in enumerate(names)}
    return np.fromiter((number[word] for word in words), np.int32, len(words)), names
