"""Reads records back, and says where a damaged one lies instead of dropping the rest of its shard."""

import itertools
import os
from collections.abc import Iterable, Iterator

import tensorflow as tf

from tfrecords_tools import schema, writer
from tfrecords_tools.manifest import Manifest, Shard

BATCH = 64  # records parsed at a time


class DamagedRecord(ValueError):
    """A record that cannot be read.

    Attributes:
      record: its number in the shard, from 0.
      offset: where it begins in the file, in bytes.
    """

    def __init__(self, path: str, record: int, offset: int, reason: str):
        super().__init__(
            f"{path}, record {record} at byte {offset}: {reason}. "
            f"For a list of all faults run python -m tfrecords_tools.verify --records={os.path.dirname(path)}"
        )
        self.record, self.offset, self.reason = record, offset, reason


def read_records(folder: str, folds: Iterable[int] | None = None, keys: Iterable[str] | None = None) -> Iterator[dict]:
    """Yields the records of `folder` one by one, in the manifest's order.

    Args:
      folder: records folder, local or gs://.
      folds: folds to read; None = all.
      keys: features to unpack; None = all of `schema.KEYS`.

    Yields:
      A dict of numpy values: bytes id, image, title, label_name, phash; int64 label, fold, has_image, has_title;
      int64 levels `[num_levels]`.

    Raises:
      FileNotFoundError: no manifest, or a shard is missing.
      DamagedRecord: a record is damaged, or a shard has fewer or more of them than the manifest says.
    """
    manifest = Manifest.read(folder)
    keys = list(schema.KEYS if keys is None else keys)
    for shard in manifest.shards_of(folds):
        path = os.path.join(folder, shard.file)
        for numbered in batches(read_shard(folder, shard)):
            yield from parse_batch(path, numbered, keys, len(manifest.level_names))


def read_shard(folder: str, shard: Shard) -> Iterator[tuple[int, int, bytes]]:
    """Yields (record number, byte offset, serialized record) of one shard, with both checksums checked."""
    path, number, offset = os.path.join(folder, shard.file), 0, 0
    try:
        for record in tf.data.TFRecordDataset(path).as_numpy_iterator():
            yield number, offset, record
            number, offset = number + 1, offset + len(record) + writer.FRAME
    except tf.errors.NotFoundError as error:
        raise FileNotFoundError(
            f"{path} is missing: run the same convert command again, it writes only that."
        ) from error
    except tf.errors.DataLossError as error:
        lost = max(1, shard.records - number)
        raise DamagedRecord(
            path, number, offset, f"checksum or length is wrong, {lost} records from here on cannot be read"
        ) from error
    if number != shard.records:
        raise DamagedRecord(
            path, number, offset, f"the file ends here, but the manifest counts {shard.records} records"
        )


def parse_batch(path: str, numbered: list[tuple[int, int, bytes]], keys: list[str], num_levels: int) -> list[dict]:
    """Unpacks numbered records of one shard; a record that does not fit the schema is named."""
    try:
        columns = schema.parse([record for _, _, record in numbered], keys, num_levels)
    except tf.errors.InvalidArgumentError as error:
        if len(numbered) > 1:
            return [row for one in numbered for row in parse_batch(path, [one], keys, num_levels)]
        number, offset, _ = numbered[0]
        raise DamagedRecord(path, number, offset, f"does not fit the schema ({error.message})") from error
    columns = {key: values.numpy() for key, values in columns.items()}
    return [{key: values[i] for key, values in columns.items()} for i in range(len(numbered))]


def batches(numbered: Iterator[tuple[int, int, bytes]]) -> Iterator[list[tuple[int, int, bytes]]]:
    """Groups the records of `read_shard` by `BATCH`."""
    return iter(lambda: list(itertools.islice(numbered, BATCH)), [])
