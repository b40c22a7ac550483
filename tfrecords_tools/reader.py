"""Reads records back, and says where a damaged one lies instead of dropping the rest of its shard."""

import itertools
import os
from collections.abc import Iterable, Iterator

from tfrecords_tools import files, schema, tfrecord_frames
from tfrecords_tools.manifest import Manifest, Shard

BATCH = 32  # records parsed at a time


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
    """Yields (record number, byte offset, serialized record) of one shard, with both checksums checked.

    The whole shard is held in memory. Raises what `read_records` does.
    """
    path = os.path.join(folder, shard.file)
    try:
        content = files.read(path)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{path} is missing: run the same convert command again, it writes only that."
        ) from error
    number = 0
    for number, frame in enumerate(tfrecord_frames.walk(content), start=1):
        if frame.damage:
            raise DamagedRecord(path, number - 1, frame.offset, frame.damage)
        yield number - 1, frame.offset, frame.record
    if number != shard.records:
        raise DamagedRecord(path, number, len(content), f"the file ends here, but the manifest counts {shard.records}")


def read_at(path: str, record: int, offset: int, keys: Iterable[str]) -> dict:
    """Returns record number `record` of a shard, which begins at byte `offset`, as `read_records` does."""
    with files.open(path, "rb") as file:
        file.seek(offset)
        header = file.read(tfrecord_frames.HEADER.size)
        length, _ = tfrecord_frames.HEADER.unpack(header)
        content = header + file.read(length + tfrecord_frames.FOOTER.size)
    frame = next(tfrecord_frames.walk(content))
    if frame.damage:
        raise DamagedRecord(path, record, offset, frame.damage)
    [row] = parse_batch(path, [(record, offset, frame.record)], list(keys), 0)
    return row


def parse_batch(path: str, numbered: list[tuple[int, int, bytes]], keys: list[str], num_levels: int) -> list[dict]:
    """Unpacks numbered records of one shard; a record that does not fit the schema is named."""
    from tensorflow.errors import InvalidArgumentError  # here, because worker processes start without TensorFlow

    try:
        columns = schema.parse([record for _, _, record in numbered], keys, num_levels)
    except InvalidArgumentError as error:
        if len(numbered) > 1:
            return [row for one in numbered for row in parse_batch(path, [one], keys, num_levels)]
        number, offset, _ = numbered[0]
        raise DamagedRecord(path, number, offset, f"does not fit the schema ({error.message})") from error
    columns = {key: values.numpy() for key, values in columns.items()}
    return [{key: values[i] for key, values in columns.items()} for i in range(len(numbered))]


def batches(numbered: Iterator[tuple[int, int, bytes]]) -> Iterator[list[tuple[int, int, bytes]]]:
    """Groups the records of `read_shard` by `BATCH`."""
    return iter(lambda: list(itertools.islice(numbered, BATCH)), [])
