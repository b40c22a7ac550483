"""Mends a damaged records folder with what can still be read, and lists what is lost."""

import csv
import dataclasses
import io
import os
from collections import Counter
from collections.abc import Iterator

from tfrecords_tools import files, journal, tfrecord_frames, verification, writer
from tfrecords_tools.manifest import Shard
from tfrecords_tools.shard_report import Damage, ShardReport

LOST = "lost.csv"
COLUMNS = ("shard", "record", "records", "offset", "size", "id", "id_before", "id_after", "reason")
MENDED = ".mended"  # the new shard, before it takes the place of the damaged one


def salvage(folder: str, manifest, reports: list[ShardReport]) -> list[str]:
    """Rewrites each damaged shard with its usable records; returns one line per shard saying what became of it.

    A shard whose right bytes lie under another shard's name is put back. Anything damaged is kept beside the new shard,
    as `<shard>.damaged-<CRC-32C>`; what is lost is added to lost.csv; manifest and histogram count what is left. The
    journal forgets shards that lack records, so that convert, given again with the catalogue, restores them.

    Args:
      reports: what `verification.examine` found in this folder.
    """
    damaged = [report for report in reports if not report.is_sound]
    mended = {report.shard.file: _mend(folder, report, reports) for report in damaged}
    lost = {report.shard.file: _lost(report, mended[report.shard.file]) for report in damaged}
    _add_to_list(folder, lost)
    for report in damaged:
        _replace(folder, report, mended[report.shard.file])
    _write_manifest(folder, manifest, mended, reports)
    return [_outcome(folder, report, mended[report.shard.file], lost[report.shard.file]) for report in damaged]


def forget_lost(folder: str) -> None:
    """Removes lost.csv, when a conversion has restored all rows."""
    path = os.path.join(folder, LOST)
    if files.exists(path):
        files.remove(path)


def _mend(folder: str, report: ShardReport, reports: list[ShardReport]) -> Shard:
    """Writes what a shard is to become beside it, and returns its line of the manifest."""
    path = os.path.join(folder, report.shard.file)
    for other in reports:
        if other is not report and other.crc32c == report.shard.crc32c:
            files.copy(os.path.join(folder, other.shard.file), path + MENDED)
            return report.shard
    return report.line(*writer.write_shard(path + MENDED, _usable(path, report)))


def _usable(path: str, report: ShardReport) -> Iterator[bytes]:
    if report.usable:
        for number, frame in enumerate(tfrecord_frames.walk(files.read(path))):
            if number not in report.unusable:
                yield frame.record


def _lost(report: ShardReport, mended: Shard) -> list[Damage]:
    whole = mended.crc32c == report.shard.crc32c
    return [] if whole else [damage for damage in report.damages if damage.is_lost]


def _add_to_list(folder: str, lost: dict[str, list[Damage]]) -> None:
    if not any(lost.values()):
        return
    path, text = os.path.join(folder, LOST), io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    if files.exists(path):
        text.write(files.read(path).decode())
    else:
        rows.writerow(COLUMNS)
    for file, damages in lost.items():
        rows.writerows((file, *(getattr(damage, column) for column in COLUMNS[1:])) for damage in damages)
    writer.write_whole(path, text.getvalue())


def _replace(folder: str, report: ShardReport, mended: Shard) -> None:
    path = os.path.join(folder, mended.file)
    if mended.crc32c != report.shard.crc32c:
        journal.forget_entry(folder, mended.file)
    if files.exists(path):
        files.rename(path, _kept_as(path, report))
    files.rename(path + MENDED, path)


def _kept_as(path: str, report: ShardReport) -> str:
    return f"{path}.damaged-{report.crc32c or 'unreadable'}"


def _write_manifest(folder: str, manifest, mended: dict[str, Shard], reports: list[ShardReport]) -> None:
    shards = [mended.get(shard.file, shard) for shard in manifest.shards]
    manifest = dataclasses.replace(manifest, shards=shards, records=sum(shard.records for shard in shards))
    again = verification.examine(folder, dataclasses.replace(manifest, shards=list(mended.values())))
    counts = verification.histogram([*(report for report in reports if report.is_sound), *again])
    before = {str(shard.fold): manifest.histogram.get(str(shard.fold), {}) for shard in shards}
    histogram = {fold: _in_order_of(names, counts[fold]) for fold, names in before.items()}
    dataclasses.replace(manifest, histogram=histogram).write(folder)


def _in_order_of(before: dict[str, int], counts: Counter) -> dict[str, int]:
    names = [*before, *sorted(counts.keys() - before.keys())]
    return {name: counts[name] for name in names if counts[name]}


def _outcome(folder: str, report: ShardReport, mended: Shard, lost: list[Damage]) -> str:
    path = os.path.join(folder, mended.file)
    kept = _kept_as(path, report)
    kept = f"; the damaged file is kept as {kept}" if files.exists(kept) else ""
    if mended.crc32c == report.shard.crc32c:
        return f"{path}: whole again, nothing is lost{kept}"
    count = sum(damage.records for damage in lost)
    return f"{path}: {mended.records} records saved, {count} lost{kept}"
