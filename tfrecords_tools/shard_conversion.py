"""Writes one planned shard, its index and its journal entry."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator

from tfrecords_tools import example, index, journal, tfrecord_frames, worker, writer
from tfrecords_tools.journal import Entry
from tfrecords_tools.manifest import Shard
from tfrecords_tools.plan import PlannedShard
from tfrecords_tools.rejects import Reject
from tfrecords_tools.worker import Picture


def write_alone(shard: PlannedShard, records) -> Entry:
    """Prepares the pictures of a shard in this process, and writes it: what runs on a worker, here or far away."""
    return write(shard, worker.prepare_all(shard.products, records, workers=1), records.records)


def write(shard: PlannedShard, pictures: Iterable[Picture], folder: str) -> Entry:
    """Writes the shard into `folder`, with every row whose picture is fit; the others are the entry's rejects.

    Args:
      pictures: those of `shard.products`, in that order.
    """
    labels, hashes, offsets, sides, rejected = [], [], [0], Counter(), []

    def examples() -> Iterator[bytes]:
        for product, label, levels, picture in zip(shard.products, shard.labels, shard.levels, pictures, strict=False):
            if picture.reason:
                rejected.append(Reject(product.id, product.image, picture.reason))
                continue
            hashed = example.phash_of(product, picture)
            record = example.encode(product, picture, hashed, label, levels, shard.fold)
            labels.append(label)
            hashes.append(hashed)
            offsets.append(offsets[-1] + len(record) + tfrecord_frames.OVERHEAD)
            sides.update(image=not picture.jpeg, title=not product.title)
            yield record

    size, crc32c = writer.write_shard(os.path.join(folder, shard.file), examples())
    line = Shard(shard.file, shard.fold, len(labels), size, crc32c, sides["image"], sides["title"])
    index.write(folder, line, offsets[:-1], labels, hashes)
    histogram = {str(label): count for label, count in sorted(Counter(labels).items()) if label >= 0}
    entry = Entry(line, histogram, rejected)
    journal.write_entry(folder, entry)
    return entry
