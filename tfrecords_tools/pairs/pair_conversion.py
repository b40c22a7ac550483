"""The conversion of KDD Cup's files into a folder of query-product pairs: plan, shards, rejects, manifest.

The files are read twice, line by line: once for the plan, once to be written. Workers turn rows into records, this
process writes them.
"""

import dataclasses
import functools
import itertools
import os
from collections import Counter
from collections.abc import Iterable, Iterator

from tfrecords_tools import journal, processes, rejects, salvage, writer
from tfrecords_tools.folds import VALIDATION
from tfrecords_tools.journal import Conversion, Entry
from tfrecords_tools.manifest import PairManifest, Shard
from tfrecords_tools.pairs import pair_plan, pair_worker
from tfrecords_tools.pairs.pair import ANSWERS
from tfrecords_tools.pairs.pair_plan import PairPlan, PlannedShard
from tfrecords_tools.pairs.pair_worker import Row
from tfrecords_tools.progress import Progress
from tfrecords_tools.rejects import Reject

OPTIONS = ("max_boxes", "shard_mb")  # flags that change the bytes
ROWS_PER_WORKER = 500  # a worker takes about a second to start: fewer rows are not worth one
WINDOW = 4  # chunks under way per worker: bounds the memory, whatever the size of the files
SAMPLE = 8  # rows of each shard that are looked at beforehand
SHOWN = 10  # problems that --dry_run lists


def run(source, records) -> str:
    """Does what `tfrecords_tools.convert` was asked to do with pairs, and returns what it prints at its end."""
    if source.only:
        raise ValueError(
            f"--only={source.only} lists products, but --source=kddcup has query-product pairs: leave it out."
        )
    if records.dry_run:
        return rehearse(source, records)
    return summary(convert(source, records), records.records)


def convert(source, records) -> PairManifest:
    """Writes the records folder, or goes on with it, and returns its manifest.

    Args:
      source: the fields of `flags.data.Source`; `input` is the folder of KDD Cup's files.
      records: the fields of `flags.data.Records`.

    Raises:
      ValueError: the files are unusable, too many rows are rejected, or the folder holds another conversion.
      OSError: the folder cannot be written.
    """
    folder, planned = records.records, pair_plan.make(source.input)
    conversion = _begun(source, records, planned) or _begin(source, records, planned)
    complete = journal.complete_manifest(folder, PairManifest)
    if complete:
        print(f"{folder} is complete already; nothing was written.")
        return complete
    shards = planned.shards(conversion.records_per_shard)
    entries = {shard.file: journal.read_entry(folder, shard.file) for shard in shards}
    entries |= _write_shards([shard for shard in shards if not entries[shard.file]], planned, records)
    return _finish(planned, records, list(entries.values()))


def rehearse(source, records) -> str:
    """Returns what `convert` would write and the first problems it would meet; writes nothing."""
    planned = pair_plan.make(source.input)
    _begun(source, records, planned)
    shards = planned.shards(_records_per_shard(planned, records))
    problems = _problems(planned, records, shards)
    lines = [
        f"{planned.rows} rows would become about {planned.rows * planned.record_bytes / 1e6:.1f} MB of records of "
        f"query-product pairs in {len(shards)} shards. Nothing was written."
    ]
    lines += [f"  fold {index.split.fold:2d}: {index.rows} rows of {index.split.name}" for index in planned.indexes]
    lines.append(f"Problems found: {rejects.counts(problems)}." if problems else "No problem found.")
    return "\n".join(lines + ["  " + "  ".join(reject) for reject in problems[:SHOWN]])


def summary(manifest: PairManifest, folder: str) -> str:
    """Returns what `convert` says at its end."""
    counts = Counter({answer: 0 for answer in ANSWERS.values()})
    for kinds in manifest.histogram.values():
        counts.update({kind if kind in ANSWERS.values() else f"with {kind}": count for kind, count in kinds.items()})
    counts["without regions"] = sum(shard.without_image for shard in manifest.shards)
    counts["with an empty query"] = sum(shard.without_title for shard in manifest.shards)
    lines = [
        f"{folder} holds {manifest.records} query-product pairs in {len(manifest.shards)} shards, up to "
        f"{manifest.max_boxes} regions of {manifest.feature_width} features each: "
        f"{', '.join(f'{count} {kind}' for kind, count in counts.items() if count)}; "
        f"{manifest.rejected} rows rejected{' (rejects.csv)' if manifest.rejected else ''}."
    ]
    if not manifest.count([VALIDATION]):
        lines.append("There is no validation fold: that takes valid.tsv and valid_answer.json.")
    return "\n".join([*lines, f"Check them: python -m tfrecords_tools.verify --records={folder}"])


def _begun(source, records, planned: PairPlan) -> Conversion | None:
    begun = journal.read_conversion(records.records)
    if begun:
        journal.check_same(records.records, begun, _asked(source, records, planned))
    return begun


def _begin(source, records, planned: PairPlan) -> Conversion:
    conversion = _asked(source, records, planned)
    _problems(planned, records, planned.shards(conversion.records_per_shard))
    journal.write_conversion(records.records, conversion)
    return conversion


def _asked(source, records, planned: PairPlan) -> Conversion:
    options = {name: getattr(records, name) for name in OPTIONS}
    per_shard = _records_per_shard(planned, records)
    return Conversion(dataclasses.asdict(source), options, planned.fingerprint, planned.rows, per_shard)


def _records_per_shard(planned: PairPlan, records) -> int:
    return max(1, round(records.shard_mb * 1e6 / planned.record_bytes))


def _write_shards(shards: list[PlannedShard], planned: PairPlan, records) -> dict[str, Entry]:
    total = sum(shard.last - shard.first for shard in shards)
    read_rows = functools.partial(pair_worker.read_rows, regions=planned.regions(records.max_boxes))
    chunks = (chunk for shard in shards for chunk in shard.chunks())
    workers = records.workers or min(os.cpu_count(), 1 + total // ROWS_PER_WORKER)
    progress = Progress(total)
    rows = _counted(processes.in_order(read_rows, chunks, workers, WINDOW), progress)
    entries = {shard.file: _write_shard(shard, rows, records.records) for shard in shards}
    progress.finish()
    return entries


def _counted(parts: Iterable[list[Row]], progress: Progress) -> Iterator[Row]:
    for part in parts:
        progress.advance(len(part))
        yield from part


def _write_shard(shard: PlannedShard, rows: Iterator[Row], folder: str) -> Entry:
    rejected, histogram, without = [], Counter(), Counter()

    def examples() -> Iterator[bytes]:
        for row in itertools.islice(rows, shard.last - shard.first):
            if row.reason:
                rejected.append(_reject(row, shard))
                continue
            histogram.update(row.kinds)
            without.update(regions=row.without_regions, query=row.without_query)
            yield row.record

    size, crc32c = writer.write_shard(os.path.join(folder, shard.file), examples())
    counts = (shard.last - shard.first - len(rejected), size, crc32c, without["regions"], without["query"])
    line = Shard(shard.file, shard.index.split.fold, *counts)
    entry = Entry(line, dict(sorted(histogram.items())), rejected)
    journal.write_entry(folder, entry)
    return entry


def _reject(row: Row, shard: PlannedShard) -> Reject:
    file = os.path.basename(shard.index.split.path)
    return Reject(row.id, f"{file} line {row.line}, byte {row.offset}", row.reason)


def _problems(planned: PairPlan, records, shards: list[PlannedShard]) -> list[Reject]:
    """Returns the bad ones of the first rows of each shard.

    Raises:
      ValueError: all of them are bad.
    """
    regions, looked_at, problems = planned.regions(records.max_boxes), 0, []
    for shard in shards:
        rows = pair_worker.read_rows(shard.index.chunk(shard.first, min(shard.first + SAMPLE, shard.last)), regions)
        looked_at += len(rows)
        problems += [_reject(row, shard) for row in rows if row.reason]
    if SAMPLE <= looked_at == len(problems):
        first = problems[0]
        raise ValueError(f"None of the {looked_at} rows looked at first is a pair. {first.file}: {first.reason}.")
    return problems


def _finish(planned: PairPlan, records, entries: list[Entry]) -> PairManifest:
    rejected = [reject for entry in entries for reject in entry.rejects]
    rejects.check(records.records, rejected, planned.rows, records.max_rejects)
    rejects.write(records.records, rejected)
    manifest = PairManifest(
        source_fingerprint=planned.fingerprint,
        max_boxes=records.max_boxes,
        feature_width=planned.feature_width,
        records=sum(entry.shard.records for entry in entries),
        rejected=len(rejected),
        label_names=list(planned.labels.values()),
        shards=[entry.shard for entry in entries],
        histogram={fold: dict(sorted(counts.items())) for fold, counts in journal.histogram_of(entries).items()},
    )
    manifest.write(records.records)
    salvage.forget_lost(records.records)
    return manifest
