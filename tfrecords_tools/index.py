"""Where each record of a shard begins, its label and its perceptual hash, so that none of that needs the shard itself.

Conversion writes an index beside every shard; where one is missing or of another shard it is made again by reading the
shard once.
"""

import io
import os
from collections.abc import Iterable

import numpy as np

from tfrecords_tools import files, reader, schema, writer
from tfrecords_tools.manifest import Manifest, Shard

SUFFIX = ".index.npy"


def path_of(folder: str, shard: Shard) -> str:
    return os.path.join(folder, shard.file + SUFFIX)


NO_HASH = -1  # no picture has all bits set: half of them say that a frequency lies below the median


def write(folder: str, shard: Shard, offsets, labels, hashes: Iterable[bytes]) -> np.ndarray:
    """Writes the index of a shard, int64 `[3, records + 1]`: byte offsets, labels, hashes; the last column is its end.

    Args:
      hashes: 8 bytes each, b"" = none; they stand in the index as signed numbers.
    """
    hashed = [int.from_bytes(one, "big", signed=True) if one else NO_HASH for one in hashes]
    index = np.array([[*offsets, shard.bytes], [*labels, -1], [*hashed, NO_HASH]], np.int64)
    file = io.BytesIO()
    np.save(file, index, allow_pickle=False)
    writer.write_whole(path_of(folder, shard), file.getvalue())
    return index


def read(folder: str, shard: Shard) -> np.ndarray:
    """Returns the index of a shard, see `write`; makes it where there is none that fits.

    Raises:
      DamagedRecord: there is none, and the shard is damaged.
    """
    path = path_of(folder, shard)
    if files.exists(path):
        with files.open(path, "rb") as file:
            content = file.read()
        try:
            index = np.load(io.BytesIO(content), allow_pickle=False)
        except (ValueError, EOFError, OSError):
            index = np.zeros((3, 1), np.int64)
        if index.shape == (3, shard.records + 1) and index[0, -1] == shard.bytes:
            return index
    return _rebuild(folder, shard)


def read_all(folder: str, manifest: Manifest, folds=None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Returns the index of all records of `folds`, int64 `[records]` each.

    Shard number within these folds, byte offset, label, perceptual hash (`NO_HASH` = none).
    """
    shards = manifest.shards_of(folds)
    indices = [read(folder, shard) for shard in shards]
    numbers = np.repeat(np.arange(len(shards)), [shard.records for shard in shards])
    return numbers, *np.concatenate([np.zeros((3, 0), np.int64), *(index[:, :-1] for index in indices)], axis=1)


def _rebuild(folder: str, shard: Shard) -> np.ndarray:
    offsets, labels, hashes = [], [], []
    for batch in reader.batches(reader.read_shard(folder, shard)):
        offsets += [offset for _, offset, _ in batch]
        columns = schema.parse([record for _, _, record in batch], ["label", "phash"])
        labels += columns["label"].numpy().tolist()
        hashes += columns["phash"].numpy().tolist()
    return write(folder, shard, offsets, labels, hashes)
