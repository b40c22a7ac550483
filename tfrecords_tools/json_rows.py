"""Reads the rows of a large JSON file one by one, in memory that does not grow with the file."""

import codecs
import json
import re
from collections.abc import Iterator

from tfrecords_tools import files

BLOCK = 1 << 20  # bytes read at a time; about the longest row there may be
COMMA = re.compile(r"\s*,?\s*")


def read(path: str, key: str, columns: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yields `columns` of every object in the list of `{"<key>": [{...}, {...}]}`.

    Args:
      path: local or gs://, UTF-8.
      key: the name of the list, the first of the file; what follows the list is not read.
      columns: names of text values. A row that lacks one has "" there; only the first row must have all.

    Raises:
      ValueError: there is no such list, its first row is of another kind, or the file is damaged or cut short.
    """
    for number, row in enumerate(_objects(path, key), start=1):
        found = [row.get(name) for name in columns] if isinstance(row, dict) else [None] * len(columns)
        values = tuple(value if isinstance(value, str) else "" for value in found)
        if number == 1 and not all(values):
            expected = ", ".join(f'"{name}": "..."' for name in columns)
            raise ValueError(f"The first row of {path} is {json.dumps(row)[:200]}; expected {{{expected}}}.")
        yield values


def _objects(path: str, key: str) -> Iterator:
    decode, blocks = json.JSONDecoder().raw_decode, _blocks(path)
    text = next(blocks, "")
    start = re.match(rf'\s*{{\s*"{key}"\s*:\s*\[', text)
    if not start:
        raise ValueError(f'{path} begins with {text[:60]!r}; expected {{"{key}": [...]}}.')
    place, number = start.end(), 1
    while True:
        place = COMMA.match(text, place).end()
        if text[place : place + 1] == "]":
            return
        try:
            row, place = decode(text, place)
        except json.JSONDecodeError as error:  # cut by the end of the block, or damaged
            block = next(blocks, "") if len(text) - place < BLOCK else ""
            if not block:
                raise ValueError(
                    f"{path} is damaged or cut short at row {number} of {key!r}, {text[place : place + 60]!r}: "
                    f"{error.msg}. Download it again."
                ) from error
            text, place = text[place:] + block, 0
        else:
            yield row
            number += 1


def _blocks(path: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")  # a broken name becomes a missing picture
    with files.open(path, "rb") as file:
        while block := file.read(BLOCK):
            yield decoder.decode(block)
