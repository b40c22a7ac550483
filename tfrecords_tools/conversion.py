"""The conversion of a catalogue into a records folder: plan, shards, rejects, manifest, in this order."""

import dataclasses
import functools
import os
from collections.abc import Callable, Iterable

from tfrecords_tools import (
    frames,
    journal,
    plan,
    processes,
    rehearsal,
    rejects,
    salvage,
    shard_conversion,
    sources,
    worker,
)
from tfrecords_tools.journal import Conversion, Entry
from tfrecords_tools.manifest import Manifest
from tfrecords_tools.plan import Plan, PlannedShard
from tfrecords_tools.progress import Progress

OPTIONS = (  # flags that change the bytes
    "stored_size", "resize", "quality", "picture_check", "folds", "shard_mb", "split_seed", "split",
)  # fmt: skip
ROWS_PER_WORKER = 500  # a worker takes about a second to start: fewer rows are not worth one


def convert(source, records, write: Callable[[list[PlannedShard], object], dict[str, Entry]] | None = None) -> Manifest:
    """Writes the records folder, or goes on with it, and returns its manifest.

    Args:
      source: the fields of `flags.data.Source`.
      records: the fields of `flags.data.Records`.
      write: what writes the shards that are not yet finished; None = `write_shards`.

    Raises:
      ValueError: the catalogue is unusable, too many rows are rejected, or the folder holds another conversion.
      OSError: the folder cannot be written.
    """
    folder = records.records
    planned = make_plan(source, records)
    conversion = _begun(source, records, planned) or _begin(source, records, planned)
    complete = journal.complete_manifest(folder, Manifest)
    if complete:
        print(f"{folder} is complete already; nothing was written.")
        return complete
    shards = planned.shards(conversion.records_per_shard)
    entries = {shard.file: _finished_entry(records, shard) for shard in shards}
    entries |= (write or write_shards)([shard for shard in shards if not entries[shard.file]], records)
    return _finish(planned, records, list(entries.values()))


def rehearse(source, records) -> str:
    """Returns what `convert` would write and the first problems it would meet; writes nothing."""
    planned = make_plan(source, records)
    _begun(source, records, planned)
    return rehearsal.report(planned, records)


def make_plan(source, records) -> Plan:
    """Reads the catalogue and settles what will be written, before any picture is read."""
    root = frames.image_root(source)
    return plan.make(sources.read(source), records.folds, records.split_seed, root, records.split)


def _begun(source, records, planned: Plan) -> Conversion | None:
    begun = journal.read_conversion(records.records)
    if begun:
        begun = _with_newer_flags(begun, source, records)
        journal.check_same(records.records, begun, _asked(source, records, planned))
    return begun


def _with_newer_flags(begun: Conversion, source, records) -> Conversion:
    """A journal of an older version lacks the flags added since: their defaults do what that version did."""
    options = {field.name: field.default for field in dataclasses.fields(records) if field.name in OPTIONS}
    defaults = {field.name: field.default for field in dataclasses.fields(source)}
    return dataclasses.replace(begun, source=defaults | begun.source, options=options | begun.options)


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


def _finished_entry(records, shard: PlannedShard) -> Entry | None:
    """The entry of a shard that stands; None also where a picture rejected then can be read now."""
    entry = journal.read_entry(records.records, shard.file)
    if entry and any(worker.prepare(reject.file, records).jpeg for reject in entry.rejects):
        return None
    return entry


def write_shards(shards: list[PlannedShard], records) -> dict[str, Entry]:
    """Writes shards and returns the entry of each.

    Worker processes prepare the pictures of one shard after another; where there is little to prepare, each writes
    shards of its own, because to hand pictures over would cost more than to make them.
    """
    rows = sum(len(shard.products) for shard in shards)
    workers = records.workers or min(os.cpu_count(), 1 + rows // ROWS_PER_WORKER)
    progress = Progress(rows)
    if worker.is_copying(records):
        write = functools.partial(shard_conversion.write_alone, records=records)
        entries = _counted(processes.in_order(write, shards, workers, window=1), shards, progress)
    else:
        products = (product for shard in shards for product in shard.products)
        pictures = progress.watch(worker.prepare_all(products, records, workers))
        entries = [shard_conversion.write(shard, pictures, records.records) for shard in shards]
    progress.finish()
    return {shard.file: entry for shard, entry in zip(shards, entries, strict=True)}


def _counted(entries: Iterable[Entry], shards: list[PlannedShard], progress: Progress) -> list[Entry]:
    finished = []
    for entry, shard in zip(entries, shards, strict=True):
        finished.append(entry)
        progress.advance(len(shard.products))
    return finished


def _finish(planned: Plan, records, entries: list[Entry]) -> Manifest:
    rejected = planned.rejects + [reject for entry in entries for reject in entry.rejects]
    rejects.check(records.records, rejected, planned.rows, records.max_rejects)
    rejects.write(records.records, rejected)
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
        histogram=journal.histogram_of(entries),
    )
    manifest.write(records.records)
    salvage.forget_lost(records.records)
    return manifest
