"""Quantities that titles state, for a veto: two listings that state different ones are different products.

Weight, volume, length, pieces and memory are read in English and Indonesian, and brought to one unit of their kind.
Source: the 16th, 18th and 19th places of Shopee's Price Match Guarantee.
"""

import re
from collections.abc import Iterable

import numpy as np

# {kind: {factor to the unit of the kind: spellings}}; the units are gram, millilitre, millimetre, piece, gigabyte.
UNITS = {
    "weight": {0.001: "mg", 1.0: "g gr gram grams gm gms", 1000.0: "kg kgs kilo kilogram"},
    "volume": {1.0: "ml mili mililiter", 10.0: "cl", 1000.0: "l lt ltr liter liters litre litres"},
    "length": {1.0: "mm", 10.0: "cm", 1000.0: "m mtr meter meters metre metres", 25.4: "in inch inches inci"},
    "pieces": {
        1.0: "pc pcs piece pieces buah biji bh lembar lbr sheet sheets butir sachet sachets tablet tablets kapsul",
        2.0: "pair pairs pasang",
        12.0: "dozen lusin",
    },
    "memory": {0.001: "mb", 1.0: "gb", 1000.0: "tb"},
}
_FACTORS = {
    word: (kind, factor) for kind, units in UNITS.items() for factor, text in units.items() for word in text.split()
}
_NUMBER = r"(?<![\w.,])(\d{1,3}(?:[.,]\d{3})+|\d+(?:[.,]\d+)?)"
_STATED = re.compile(_NUMBER + r"\s?-?(" + "|".join(sorted(_FACTORS, key=len, reverse=True)) + r")(?![a-z])")
# "isi 12": contains 12
_CONTAINS = re.compile(r"\b(?:isi|contains)\s?:?\s?(\d{1,4})(?![\w.,])")


def stated(title: str) -> dict[str, frozenset[float]]:
    """The quantities of a title by kind, each in the unit of its kind.

    A number such as 1.500 may be one and a half or fifteen hundred, depending on where it was written: both count.
    """
    found: dict[str, set[float]] = {}
    text = title.lower()
    for number, word in _STATED.findall(text):
        kind, factor = _FACTORS[word]
        found.setdefault(kind, set()).update(round(value * factor, 6) for value in _readings(number))
    for number in _CONTAINS.findall(text):
        found.setdefault("pieces", set()).add(float(number))
    return {kind: frozenset(values) for kind, values in found.items()}


class Quantities:
    """What many titles state.

    Args:
      titles: str `[items]`.
    """

    def __init__(self, titles: Iterable[str]):
        self.stated = [stated(title) for title in titles]
        self.states = np.array([bool(found) for found in self.stated])

    def contradict(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Whether two items state a quantity of the same kind and no value of it in common: bool `[pairs]`."""
        found = np.zeros(len(left), bool)
        for pair in np.flatnonzero(self.states[left] & self.states[right]):
            one, two = self.stated[left[pair]], self.stated[right[pair]]
            found[pair] = any(one[kind].isdisjoint(two[kind]) for kind in one.keys() & two.keys())
        return found


def _readings(number: str) -> list[float]:
    decimal = float(re.sub(r"[.,](?=.*[.,])", "", number).replace(",", "."))
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", number):
        return [decimal, float(re.sub(r"[.,]", "", number))]
    return [decimal]
