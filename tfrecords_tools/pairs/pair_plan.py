"""What a conversion of pairs will write, settled in one pass over the files that keeps 16 bytes a row."""

import array
import dataclasses
import hashlib
import itertools
import json
import math
from collections.abc import Iterator

import numpy as np

from tfrecords_tools import files, kddcup
from tfrecords_tools.pairs.kddcup_rows import Regions, Split, row_id
from tfrecords_tools.pairs.pair_worker import Chunk
from tfrecords_tools.progress import Progress
from tfrecords_tools.text_lines import read_lines

CHUNK = 32  # rows per message to a worker: about 1 MB of text
WIDTH_SAMPLE = 100  # rows that say how wide a feature is
RECORD_SHARE = 3 / 8  # bytes of a record per byte of its row: base64 of float32 becomes float16


@dataclasses.dataclass(frozen=True)
class PlannedShard:
    """The rows `first`..`last` of one TSV, which become one shard."""

    file: str
    index: "Index"
    first: int
    last: int

    def chunks(self) -> Iterator[Chunk]:
        """Yields its rows in the pieces that a worker takes at a time."""
        for first in range(self.first, self.last, CHUNK):
            yield self.index.chunk(first, min(first + CHUNK, self.last))


@dataclasses.dataclass(frozen=True, eq=False)
class Index:
    """Where the rows of one TSV begin, int64 `[rows + 1]` with its end, and which rows are duplicates, rising."""

    split: Split
    offsets: np.ndarray
    duplicates: np.ndarray

    @property
    def rows(self) -> int:
        """Number of rows, the header not counted."""
        return len(self.offsets) - 1

    def chunk(self, first: int, last: int) -> Chunk:
        """Returns where rows `first`..`last` lie."""
        low, high = np.searchsorted(self.duplicates, (first, last))
        start, stop = self.offsets[[first, last]].tolist()
        return Chunk(self.split, start, stop, first, frozenset(self.duplicates[low:high].tolist()))


@dataclasses.dataclass(frozen=True)
class PairPlan:
    """The files' rows, what they must fit, and their SHA-256 (`fingerprint`). `labels` maps category_id to name."""

    indexes: list[Index]
    labels: dict[int, str]
    feature_width: int
    fingerprint: str

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(index.rows for index in self.indexes)

    @property
    def record_bytes(self) -> float:
        """Bytes of a record, on average, about."""
        size = sum(int(index.offsets[-1] - index.offsets[0]) for index in self.indexes)
        return size * RECORD_SHARE / max(1, self.rows)

    def regions(self, max_boxes: int) -> Regions:
        """Returns what every row must fit."""
        return Regions(self.feature_width, max_boxes, {id: i for i, id in enumerate(self.labels)})

    def shards(self, records_per_shard: int) -> list[PlannedShard]:
        """Cuts every file into shards of about `records_per_shard` rows, evenly."""
        parts = []
        for index in self.indexes:
            bounds = np.linspace(0, index.rows, math.ceil(index.rows / records_per_shard) + 1).astype(int)
            parts += [(index, int(first), int(last)) for first, last in itertools.pairwise(bounds)]
        return [
            PlannedShard(f"pairs-{number:05d}-of-{len(parts):05d}.tfrecord", *part) for number, part in enumerate(parts)
        ]


def make(folder: str) -> PairPlan:
    """Reads every byte of the files once, without taking the rows apart.

    Raises:
      FileNotFoundError: no TSV, or no multimodal_labels.txt.
      ValueError: a file is not as published, or no row has regions; says which.
    """
    splits, labels = kddcup.read_splits(folder), kddcup.read_labels(folder)
    head = (line for split in splits for _, line in itertools.islice(_rows(split), WIDTH_SAMPLE))
    width = kddcup.feature_width(head)
    if not width:
        names = ", ".join(split.path for split in splits)
        raise ValueError(f"None of the first {WIDTH_SAMPLE} rows of {names} has regions with features.")
    facts = [list(labels.items()), *([split.name, split.sorted_answers()] for split in splits)]
    sha256 = hashlib.sha256(json.dumps(facts).encode())
    progress = Progress(sum(files.size(split.path) for split in splits), "bytes")
    indexes = [_index(split, sha256, progress) for split in splits]
    progress.finish()
    return PairPlan(indexes, labels, width, sha256.hexdigest())


def _rows(split: Split) -> Iterator[tuple[int, bytes]]:
    return itertools.islice(read_lines(split.path), 1, None)


def _index(split: Split, sha256, progress: Progress) -> Index:
    offsets, keys, end = array.array("q"), bytearray(), 0
    for offset, line in _rows(split):
        offsets.append(offset)
        keys += hashlib.blake2b(row_id(line, split).encode(), digest_size=8).digest()
        sha256.update(line + b"\n")
        progress.advance(offset + len(line) + 1 - end)
        end = offset + len(line) + 1
    offsets.append(end)
    # Two of 3 million different rows have the same 8 bytes once in 4 million catalogues.
    _, firsts = np.unique(np.frombuffer(keys, "<u8"), return_index=True)
    repeats = np.ones(len(offsets) - 1, bool)
    repeats[firsts] = False
    return Index(split, np.frombuffer(offsets, np.int64), np.flatnonzero(repeats))
