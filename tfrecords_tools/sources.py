"""The catalogue formats that convert can read. A new one is a file with `read` and a line here."""

import difflib
from collections.abc import Iterator

from tfrecords_tools import shopee, table
from tfrecords_tools.product import Product

SOURCES = {"table": table.read, "shopee": shopee.read}


def read(source) -> Iterator[Product]:
    """Yields the products of a catalogue; `source` has the fields of `flags.data.Source`.

    Raises:
      ValueError: `source.source` names no known format.
    """
    if source.source not in SOURCES:
        close = difflib.get_close_matches(source.source, SOURCES, n=1)
        guess = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"--source={source.source} is no known format; there are {', '.join(SOURCES)}.{guess}")
    return SOURCES[source.source](source)
