"""The conversion of a catalogue into a records folder: plan, shards, rejects, manifest, in this order."""

import dataclasses
import os
from collections import Counter
from collections.abc import Iterable, Iterator

from tfrecords_tools import example, frames, journal, plan, rehearsal, rejects, sources, worker, writer
from tfrecords_tools.journal import Conversion, Entry
from tfrecords_tools.manifest import Manifest, Shard
from tfrecords_tools.plan import Plan, PlannedShard
from tfrecords_tools.product import Product
from tfrecords_tools.progress import Progress
from tfrecords_tools.rejects import Reject
from tfrecords_tools.worker import Picture

OPTIONS = ("stored_size", "resize", "quality", "folds", "shard_mb", "split_seed")  # flags that change the bytes
ROWS_PER_WORKER = 500  # a worker takes about a second to start: fewer rows are not worth one


def convert(source, records) -> Manifest:
    """Writes the records folder, or goes on with it, and returns its manifest.

    Args:
      source: the fields of `flags.data.Source`.
      records: the fields of `flags.data.Records`.

    Raises:
      ValueError: the catalogue is unusable, too many rows are rejected, or the folder holds another conversion.
      OSError: the folder cannot be written.
    """
    folder = records.records
    planned = make_plan(source, records)
    conversion = _begun(source, records, planned) or _begin(source, records, planned)
    if _is_complete(folder):
        print(f"{folder} is complete already; nothing was written.")
        return Manifest.read(folder)
    shards = planned.shards(conversion.records_per_shard)
    entries = {shard.file: _finished_entry(records, shard) for shard in shards}
    entries |= _write_shards(planned, [shard for shard in shards if not entries[shard.file]], records)
    return _finish(planned, records, list(entries.values()))


def rehearse(source, records) -> str:
    """Returns what `convert` would write and the first problems it would meet; writes nothing."""
    planned = make_plan(source, records)
    _begun(source, records, planned)
    return rehearsal.report(planned, records)


def make_plan(source, records) -> Plan:
    """Reads the catalogue and settles what will be written, before any picture is read."""
    return plan.make(sources.read(source), records.folds, records.split_seed, frames.image_root(source))


def _begun(source, records, planned: Plan) -> Conversion | None:
    begun = journal.read_conversion(records.records)
    if begun:
        journal.check_same(records.records, begun, _asked(source, records, planned))
    return begun


def _begin(source, records, planned: Plan) -> Conversion:
    rejects.check(records.records, planned.rejects, planned.rows, records.max_rejects)
    record_bytes, _ = rehearsal.sample(planned, records)
    per_shard = rehearsal.records_per_shard(record_bytes, records.shard_mb)
    conversion = dataclasses.replace(_asked(source, records, planned), records_per_shard=per_shard)
    journal.write_conversion(records.records, conversion)
    return conversion


def _asked(source, records, planned: Plan) -> Conversion:
    options = {name: getattr(records, name) for name in OPTIONS}
    return Conversion(dataclasses.asdict(source), options, planned.fingerprint, planned.rows)


def _is_complete(folder: str) -> bool:
    try:
        shards = Manifest.read(folder).shards
    except FileNotFoundError:
        return False
    return all(journal.is_intact(folder, shard) for shard in shards)


def _finished_entry(records, shard: PlannedShard) -> Entry | None:
    """The entry of a shard that stands; None also where a picture rejected then can be read now."""
    entry = journal.read_entry(records.records, shard.file)
    if entry and any(worker.prepare(reject.file, records).jpeg for reject in entry.rejects):
        return None
    return entry


def _write_shards(planned: Plan, shards: list[PlannedShard], records) -> dict[str, Entry]:
    rows = sum(len(shard.products) for shard in shards)
    products = (product for shard in shards for product in shard.products)
    workers = records.workers or min(os.cpu_count(), 1 + rows // ROWS_PER_WORKER)
    pictures = worker.prepare_all(products, records, workers)
    progress, entries = Progress(rows), {}
    for shard in shards:
        pairs = progress.watch(zip(shard.products, pictures, strict=False))
        entries[shard.file] = _write_shard(planned, shard, pairs, records.records)
    progress.finish()
    return entries


def _write_shard(planned: Plan, shard: PlannedShard, pairs: Iterable[tuple[Product, Picture]], folder: str) -> Entry:
    written, rejected = [], []

    def examples() -> Iterator[bytes]:
        for product, picture in pairs:
            if picture.reason:
                rejected.append(Reject(product.id, product.image, picture.reason))
            else:
                written.append((product.label_name, bool(picture.jpeg), bool(product.title)))
                yield example.encode(product, picture, planned, shard.fold)

    size, sha256 = writer.write_shard(os.path.join(folder, shard.file), examples())
    labels, has_image, has_title = zip(*written, strict=True) if written else ((), (), ())
    histogram = Counter(str(planned.label_of[name]) for name in sorted(labels) if name)
    counts = (len(written), size, sha256, has_image.count(False), has_title.count(False))
    entry = Entry(Shard(shard.file, shard.fold, *counts), dict(histogram), rejected)
    journal.write_entry(folder, entry)
    return entry


def _finish(planned: Plan, records, entries: list[Entry]) -> Manifest:
    rejected = planned.rejects + [reject for entry in entries for reject in entry.rejects]
    rejects.check(records.records, rejected, planned.rows, records.max_rejects)
    rejects.write(records.records, rejected)
    histogram = {str(entry.shard.fold): Counter() for entry in entries}
    for entry in entries:
        histogram[str(entry.shard.fold)].update(entry.histogram)
    manifest = Manifest(
        source_fingerprint=planned.fingerprint,
        stored_size=records.stored_size,
        resize=records.resize,
        quality=records.quality,
        records=sum(entry.shard.records for entry in entries),
        rejected=len(rejected),
        folds=max(planned.products_of_fold, default=-1) + 1,
        num_labels=len(planned.label_of),
        label_names=list(planned.label_of),
        level_names=planned.level_names,
        levels_of_label=planned.levels_of_label,
        shards=[entry.shard for entry in entries],
        histogram={fold: dict(counts) for fold, counts in histogram.items()},
    )
    manifest.write(records.records)
    return manifest
