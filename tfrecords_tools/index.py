"""Where each record of a shard begins and which label it has, so that any record can be read without those before it.

Conversion writes an index beside every shard; where one is missing or of another shard it is made again by reading the
shard once.
"""

import io
import os

import numpy as np
import tensorflow as tf

from tfrecords_tools import reader, schema, writer
from tfrecords_tools.manifest import Manifest, Shard

SUFFIX = ".index.npy"


def path_of(folder: str, shard: Shard) -> str:
    return os.path.join(folder, shard.file + SUFFIX)


def write(folder: str, shard: Shard, offsets, labels) -> np.ndarray:
    """Writes the index of a shard: int64 `[2, records + 1]`, byte offsets and labels; the last column is its end."""
    index = np.array([[*offsets, shard.bytes], [*labels, -1]], np.int64)
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
    if tf.io.gfile.exists(path):
        with tf.io.gfile.GFile(path, "rb") as file:
            content = file.read()
        try:
            index = np.load(io.BytesIO(content), allow_pickle=False)
        except (ValueError, EOFError, OSError):
            index = np.zeros((2, 1), np.int64)
        if index.shape == (2, shard.records + 1) and index[0, -1] == shard.bytes:
            return index
    return _rebuild(folder, shard)


def read_all(folder: str, manifest: Manifest, folds=None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the index of all records of `folds`: shard number within them, byte offset, label; int64 `[records]`."""
    shards = manifest.shards_of(folds)
    indices = [read(folder, shard) for shard in shards]
    numbers = np.repeat(np.arange(len(shards)), [shard.records for shard in shards])
    offsets, labels = np.concatenate([index[:, :-1] for index in indices], axis=1)
    return numbers, offsets, labels


def _rebuild(folder: str, shard: Shard) -> np.ndarray:
    offsets, labels = [], []
    for batch in reader.batches(reader.read_shard(folder, shard)):
        offsets += [offset for _, offset, _ in batch]
        labels += schema.parse([record for _, _, record in batch], ["label"])["label"].numpy().tolist()
    return write(folder, shard, offsets, labels)
