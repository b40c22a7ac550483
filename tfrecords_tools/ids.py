"""The ids of a shard's records, kept beside its index: a list of ids finds its records without reading pictures.

They are written when a list is first asked for, by reading each shard once.
"""

import io
import os
from collections.abc import Iterable

import numpy as np

from tfrecords_tools import files, reader, schema, writer
from tfrecords_tools.manifest import Manifest, Shard

SUFFIX = ".ids.npy"


def path_of(folder: str, shard: Shard) -> str:
    return os.path.join(folder, shard.file + SUFFIX)


def read(folder: str, shard: Shard) -> np.ndarray:
    """Returns the ids of a shard's records in their order, bytes `[records]`; writes them where there are none.

    The file is kept for the shard's checksum: it is made again for another shard of the same name.

    Raises:
      DamagedRecord: there are none yet, and the shard is damaged.
    """
    path = path_of(folder, shard)
    if files.exists(path):
        try:
            kept = np.load(io.BytesIO(files.read(path)), allow_pickle=False)
        except (ValueError, EOFError):
            kept = np.zeros(0, "S1")
        if len(kept) == shard.records + 1 and kept[-1] == shard.crc32c.encode():
            return kept[:-1]
    found = []
    for batch in reader.batches(reader.read_shard(folder, shard)):
        found += schema.parse([record for _, _, record in batch], ["id"])["id"].numpy().tolist()
    file = io.BytesIO()
    np.save(file, np.array([*found, shard.crc32c.encode()], np.bytes_), allow_pickle=False)
    writer.write_whole(path, file.getvalue())
    return np.array(found, np.bytes_)


def read_all(folder: str, manifest: Manifest, folds: Iterable[int] | None = None) -> list[bytes]:
    """Returns the ids of all records of `folds`, in the order of tfrecords_tools.index.read_all."""
    return [id for shard in manifest.shards_of(folds) for id in read(folder, shard).tolist()]
