"""Products whose queries call them by other words than their titles do: sharing words finds nothing."""

import numpy as np

from tfrecords_tools.judgements import Judgements

NOUNS = ("notebook", "headset", "printer", "monitor", "keyboard", "router", "scanner", "tablet")
ALIASES = ("laptop", "earphones", "laser", "screen", "keys", "wifi", "copier", "slate")
COLOURS = ("red", "blue", "green", "black")
OTHER_COLOURS = ("crimson", "navy", "olive", "dark")
EACH = 2  # products of a noun and a colour


def titles() -> list[str]:
    return [
        f"Brand{place % 5} {noun} {colour}"
        for place, (noun, colour) in enumerate((n, c) for n in NOUNS for c in COLOURS for _ in range(EACH))
    ]


def marks(split: str) -> Judgements:
    """A query for each noun and colour, every fifth held out; each marks all products of its noun or its colour."""
    queries, pairs = [], []
    for number in range(len(NOUNS) * len(COLOURS)):
        noun, colour = divmod(number, len(COLOURS))
        if (number % 5 == 0) != (split == "validation"):
            continue
        query = len(queries)
        queries.append(f"{OTHER_COLOURS[colour]} {ALIASES[noun]}")
        for product in range(len(NOUNS) * len(COLOURS) * EACH):
            same = (product // EACH // len(COLOURS) == noun) + 2 * (product // EACH % len(COLOURS) == colour)
            if same:
                pairs.append((query, product, 3 if same == 3 else 0))
    ids = tuple(f"{split}{place}" for place in range(len(queries)))
    query, product, rating = np.array(pairs).T
    return Judgements(
        ids, tuple(queries), (split,) * len(queries),
        query.astype(np.int32), product.astype(np.int32), rating.astype(np.int8),
    )  # fmt: skip
