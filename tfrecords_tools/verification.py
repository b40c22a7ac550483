"""The checks of a records folder: what the disk holds against what the manifest says."""

import os
from collections import Counter
from collections.abc import Iterator

import tensorflow as tf

from tfrecords_tools import reader, schema, writer
from tfrecords_tools.manifest import Manifest, Shard
from tfrecords_tools.progress import Progress


def faults(folder: str, manifest: Manifest, decode: bool = False) -> Iterator[str]:
    """Yields one sentence per fault: shard, record number and byte offset where it has one.

    Checks each shard's size, SHA-256, the checksums of every record, its schema, fold and label, and the counts per
    fold, label and side; with `decode` also that TensorFlow decodes each picture.
    """
    progress, histogram, damaged = Progress(manifest.records, "records"), {}, set()
    for shard in manifest.shards:
        counts = histogram.setdefault(str(shard.fold), Counter())
        for fault in (*_file_faults(folder, shard), *_record_faults(folder, shard, manifest, decode, counts, progress)):
            damaged.add(str(shard.fold))
            yield fault
    progress.finish()
    if manifest.count() != manifest.records:
        yield f"manifest.json counts {manifest.records} records in all, but {manifest.count()} in its shards"
    for fold in sorted(histogram.keys() - damaged):
        if histogram[fold] != Counter(manifest.histogram.get(fold, {})):
            yield f"fold {fold}: its records per label are not those of the manifest's histogram"


def _file_faults(folder: str, shard: Shard) -> Iterator[str]:
    path = os.path.join(folder, shard.file)
    if not tf.io.gfile.exists(path):
        return
    size, sha256 = writer.digest(path)
    if size != shard.bytes:
        yield f"{path}: {size} bytes, the manifest says {shard.bytes}"
    elif sha256 != shard.sha256:
        yield f"{path}: SHA-256 {sha256[:12]}..., the manifest says {shard.sha256[:12]}..."


def _record_faults(
    folder: str, shard: Shard, manifest: Manifest, decode: bool, counts: Counter, progress: Progress
) -> Iterator[str]:
    path, sides = os.path.join(folder, shard.file), Counter()
    try:
        for batch in reader.batches(reader.read_shard(folder, shard)):
            for (number, offset, _), row in zip(batch, _rows(path, batch, manifest), strict=True):
                place = f"{path}, record {number} at byte {offset}"
                if isinstance(row, reader.DamagedRecord):
                    yield f"{place}: {row.reason}"
                    continue
                counts.update([str(row["label"])] if row["label"] >= 0 else [])
                sides.update(image=not row["has_image"], title=not row["has_title"])
                yield from (f"{place}: {fault}" for fault in _value_faults(row, shard, manifest, decode))
            progress.advance(len(batch))
    except reader.DamagedRecord as error:
        yield f"{path}, record {error.record} at byte {error.offset}: {error.reason}"
    except FileNotFoundError:
        yield f"{path}: the file is missing"
    else:
        if (sides["image"], sides["title"]) != (shard.without_image, shard.without_title):
            yield f"{path}: the numbers of records without picture or title are not those of the manifest"


def _rows(path: str, batch: list, manifest: Manifest) -> list[dict | reader.DamagedRecord]:
    """Unpacks a batch; where one record does not fit the schema, each by itself, with the error in its place."""
    depth = len(manifest.level_names)
    try:
        return reader.parse_batch(path, batch, schema.KEYS, depth)
    except reader.DamagedRecord as error:
        return [error] if len(batch) == 1 else [row for one in batch for row in _rows(path, [one], manifest)]


def _value_faults(row: dict, shard: Shard, manifest: Manifest, decode: bool) -> Iterator[str]:
    if row["fold"] != shard.fold:
        yield f"it is of fold {row['fold']} in a shard of fold {shard.fold}"
    if not -1 <= row["label"] < manifest.num_labels:
        yield f"its label {row['label']} is outside -1..{manifest.num_labels - 1}"
    elif row["label"] >= 0 and row["label_name"].decode() != manifest.label_names[row["label"]]:
        yield f"its label {row['label']} is {manifest.label_names[row['label']]!r}, not {row['label_name'].decode()!r}"
    if bool(row["image"]) != row["has_image"] or bool(row["title"]) != row["has_title"]:
        yield "has_image or has_title contradicts its picture or title"
    if decode and row["image"]:
        try:
            tf.io.decode_jpeg(row["image"], channels=3)
        except tf.errors.InvalidArgumentError as error:
            yield f"its picture cannot be decoded: {error.message}"
