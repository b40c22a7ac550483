"""What training needs to know of every pair without its regions: where it lies, who asks, for what, and the answer.

An index stands beside every shard. Where it is missing or of another shard it is made again by reading the shard once,
without decoding a region.
"""

import io
import os
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tfrecords_tools import files, reader, writer
from tfrecords_tools.manifest import Shard

SUFFIX = ".index.npz"
COLUMNS = ("offset", "query_id", "product_id", "answer", "num_boxes")


class PairIndex(NamedTuple):
    """The index of one shard.

    Attributes:
      numbers: int64 `[5, records + 1]`, the rows of COLUMNS; the last column is the end of the file.
      queries: uint8 `[bytes]`, the queries' texts one behind the other, utf-8.
      ends: int64 `[records]`, where each text ends.
    """

    numbers: np.ndarray
    queries: np.ndarray
    ends: np.ndarray

    def texts(self) -> Iterator[str]:
        """Yields the query of each record as it was written."""
        content, start = self.queries.tobytes(), 0
        for end in self.ends.tolist():
            yield content[start:end].decode()
            start = end


def path_of(folder: str, shard: Shard) -> str:
    return os.path.join(folder, shard.file + SUFFIX)


def read(folder: str, shard: Shard) -> PairIndex:
    """Returns the index of a shard; makes it where there is none that fits.

    Raises:
      FileNotFoundError: there is none, and no shard either.
      DamagedRecord: there is none, and the shard is damaged.
      OSError: it cannot be written.
    """
    path = path_of(folder, shard)
    if files.exists(path):
        try:
            with np.load(io.BytesIO(files.read(path)), allow_pickle=False) as stored:
                index = PairIndex(*(stored[name] for name in PairIndex._fields))
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile):
            return _rebuild(folder, shard)
        if _fits(index, shard):
            return index
    return _rebuild(folder, shard)


def _fits(index: PairIndex, shard: Shard) -> bool:
    if index.numbers.shape != (len(COLUMNS), shard.records + 1) or index.ends.shape != (shard.records,):
        return False
    return index.numbers[0, -1] == shard.bytes and len(index.queries) == (index.ends[-1] if shard.records else 0)


def _rebuild(folder: str, shard: Shard) -> PairIndex:
    columns, texts = [[] for _ in COLUMNS], []
    path = os.path.join(folder, shard.file)
    for numbered in reader.batches(reader.read_shard(folder, shard)):
        rows = _parsed(path, numbered)
        columns[0] += [offset for _, offset, _ in numbered]
        for column, name in zip(columns[1:], COLUMNS[1:], strict=True):
            column += rows[name].numpy().tolist()
        texts += rows["query"].numpy().tolist()
    numbers = np.array([[*column, end] for column, end in zip(columns, (shard.bytes, -1, -1, -1, -1), strict=True)])
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    index = PairIndex(numbers.astype(np.int64), np.frombuffer(b"".join(texts), np.uint8), ends)
    file = io.BytesIO()
    np.savez(file, **index._asdict())
    writer.write_whole(path_of(folder, shard), file.getvalue())
    return index


def _parsed(path: str, numbered: list[tuple[int, int, bytes]]) -> dict:
    from tensorflow.errors import InvalidArgumentError  # here, as an index that is there needs no TensorFlow

    from tfrecords_tools.pairs import pair_schema

    def parse(some):
        return pair_schema.parse([record for _, _, record in some], 1, 1, ["query", *COLUMNS[1:]])

    unreadable = InvalidArgumentError, UnicodeDecodeError  # the second where TensorFlow quotes the record in the first
    try:
        return parse(numbered)
    except unreadable:
        for number, offset, record in numbered:
            try:
                parse([(number, offset, record)])
            except unreadable as error:
                reason = "does not fit the schema of query-product pairs"
                raise reader.DamagedRecord(path, number, offset, reason) from error
        raise
