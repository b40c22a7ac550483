"""Writes one planned shard, its index and its journal entry."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator

from tfrecords_tools import example, index, journal, tfrecord_frames, writer
from tfrecords_tools.journal import Entry
from tfrecords_tools.manifest import Shard
from tfrecords_tools.plan import PlannedShard
from tfrecords_tools.rejects import Reject
from tfrecords_tools.worker import Picture


def write(shard: PlannedShard, pictures: Iterable[Picture], folder: str) -> Entry:
    """Writes the shard into `folder`, with every row whose picture is fit; the others are the entry's rejects.

    Args:
      pictures: those of `shard.products`, in that order.
    """
    labels, offsets, sides, rejected = [], [0], Counter(), []

    def examples() -> Iterator[bytes]:
        for product, label, levels, picture in zip(shard.products, shard.labels, shard.levels, pictures, strict=False):
            if picture.reason:
                rejected.append(Reject(product.id, product.image, picture.reason))
                continue
            record = example.encode(product, picture, label, levels, shard.fold)
            labels.append(label)
            offsets.append(offsets[-1] + len(record) + tfrecord_frames.OVERHEAD)
            sides.update(image=not picture.jpeg, title=not product.title)
            yield record

    size, sha256 = writer.write_shard(os.path.join(folder, shard.file), examples())
    line = Shard(shard.file, shard.fold, len(labels), size, sha256, sides["image"], sides["title"])
    index.write(folder, line, offsets[:-1], labels)
    histogram = {str(label): count for label, count in sorted(Counter(labels).items()) if label >= 0}
    entry = Entry(line, histogram, rejected)
    journal.write_entry(folder, entry)
    return entry
