"""The catalogue formats that convert can read. A new one is a file with `read` and a line here."""

import difflib
from collections.abc import Iterator

from tfrecords_tools import aliproducts, code_league, folder, selection, shopee, table
from tfrecords_tools.product import Product

SOURCES = {
    "table": table.read,
    "shopee": shopee.read,
    "code_league": code_league.read,
    "aliproducts": aliproducts.read,
    "folder": folder.read,
}


def read(source) -> Iterator[Product]:
    """Yields the products of a catalogue, cut to `--only`; `source` has the fields of `flags.data.Source`.

    Raises:
      ValueError: `source.source` names no catalogue of products.
    """
    if source.source not in SOURCES:
        close = difflib.get_close_matches(source.source, SOURCES, n=1)
        guess = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            f"--source={source.source} is no catalogue of products that is known; there are "
            f"{', '.join(SOURCES)}.{guess}"
        )
    products = SOURCES[source.source](source)
    return selection.only(products, source.only) if source.only else products
