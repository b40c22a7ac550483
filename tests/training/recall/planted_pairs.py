"""Products whose queries call them by other words than their titles do: sharing words finds nothing."""

import csv
import functools
import os
import tempfile

import numpy as np

from flags.data import Records, Source
from tfrecords_tools import conversion
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


@functools.cache
def records(labelled: bool = False) -> str:
    """Product records of the titles, made once per test run; labelled ones have 4 folds."""
    folder = tempfile.mkdtemp()
    source = Source(
        input=os.path.join(folder, "products.csv"), image_column="", label_column="id" if labelled else ""
    )  # fmt: skip
    rows = [(f"p{place}", title) for place, title in enumerate(titles())]
    _write(source.input, [("id", "title"), *rows])
    conversion.convert(source, Records(records=f"{folder}/records", folds=4, workers=1))
    return f"{folder}/records"


def table(path: str, names=("train", "validation"), **changes) -> str:
    """Writes the marks of these splits as a table, and gives its path.

    Args:
      changes: {split: what its column says instead}.
    """
    rows = [("query_id", "query", "product_id", "rating", "split")]
    for name in names:
        found = marks(name)
        for query, product, rating in zip(found.query, found.product, found.rating, strict=True):
            id, text = found.query_ids[query], found.queries[query]
            rows.append((id, text, f"p{product}", rating, changes.get(name, name)))
    return _write(path, rows)


def _write(path: str, rows: list) -> str:
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path
