"""Reads query-product pairs back, one by one; for batches see `pair_schema.parse`."""

import os
from collections.abc import Iterable, Iterator

from tfrecords_tools import reader
from tfrecords_tools.manifest import PairManifest
from tfrecords_tools.pairs import pair_schema
from tfrecords_tools.pairs.pair import Pair


def read_pairs(folder: str, folds: Iterable[int] | None = None) -> Iterator[Pair]:
    """Yields the pairs of `folder` in the manifest's order; `folds` None = all.

    Raises:
      FileNotFoundError: no manifest, or a shard is missing.
      ValueError: the folder holds products.
      DamagedRecord: a record is damaged, or a shard has fewer or more of them than the manifest says.
    """
    manifest = PairManifest.read(folder)
    for shard in manifest.shards_of(folds):
        for number, offset, record in reader.read_shard(folder, shard):
            try:
                yield pair_schema.decode(record, manifest.feature_width)
            except ValueError as error:
                path = os.path.join(folder, shard.file)
                raise reader.DamagedRecord(path, number, offset, f"does not fit the schema ({error})") from error
