"""Rows to records in other processes: they need no TensorFlow, and so start in a second."""

import dataclasses
from typing import NamedTuple

from tfrecords_tools.pairs import kddcup_rows, pair_record
from tfrecords_tools.pairs.kddcup_rows import BadRow, Regions, Split
from tfrecords_tools.text_lines import read_lines


@dataclasses.dataclass(frozen=True)
class Chunk:
    """Some rows of a TSV: those that begin in its bytes `start`..`stop`.

    Attributes:
      first_row: number of its first row in the file, from 0.
      duplicates: numbers of the rows that repeat the product and the query of an earlier one.
    """

    split: Split
    start: int
    stop: int
    first_row: int
    duplicates: frozenset[int]


class Row(NamedTuple):
    """A row as a record, with what its shard counts it under; or, where there is a `reason`, why it is none.

    Attributes:
      id: of the pair.
      line, offset: where it stands: line of the file from 1, and byte.
    """

    id: str
    line: int
    offset: int
    record: bytes = b""
    kinds: tuple[str, ...] = ()
    without_regions: bool = False
    without_query: bool = False
    reason: str = ""


def read_rows(chunk: Chunk, regions: Regions) -> list[Row]:
    """Reads and encodes the rows of a chunk, in order."""
    lines = enumerate(read_lines(chunk.split.path, chunk.start, chunk.stop), chunk.first_row)
    return [_read_row(number, offset, line, chunk, regions) for number, (offset, line) in lines]


def _read_row(number: int, offset: int, line: bytes, chunk: Chunk, regions: Regions) -> Row:
    place = (kddcup_rows.row_id(line, chunk.split), number + 2, offset)  # line 1 is the header
    try:
        pair = kddcup_rows.read_row(line, chunk.split, regions)
        if number in chunk.duplicates:
            raise BadRow("duplicate row: its product and its query are those of an earlier one")
    except BadRow as error:
        return Row(*place, reason=str(error))
    return Row(*place, pair_record.encode(pair), pair.kinds, not pair.num_boxes, not pair.query)
