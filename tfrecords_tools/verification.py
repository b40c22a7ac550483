"""The checks of a records folder: what the disk holds against what the manifest says."""

import concurrent.futures
import functools
import os
from collections import Counter
from collections.abc import Iterator

from tfrecords_tools import shard_examination
from tfrecords_tools.progress import Progress
from tfrecords_tools.shard_report import ShardReport

SHARDS_AT_ONCE = 2  # one is read while the last pictures of the one before are decoded


def examine(folder: str, manifest, decode: bool = False) -> list[ShardReport]:
    """Reads every byte of every shard of products or pairs; with `decode` also decodes each picture, on all cores."""
    progress, reports = Progress(manifest.records, "records"), []
    workers = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
    readers = concurrent.futures.ThreadPoolExecutor(SHARDS_AT_ONCE)
    with workers, readers:
        read = functools.partial(shard_examination.examine, folder, manifest=manifest, threads=workers, decode=decode)
        for report in readers.map(read, manifest.shards):
            reports.append(report)
            progress.advance(report.shard.records)
    progress.finish()
    return reports


def faults(folder: str, manifest, reports: list[ShardReport]) -> Iterator[str]:
    """Yields one sentence per fault, with shard, record number and byte offset where it has one."""
    for report in reports:
        path = os.path.join(folder, report.shard.file)
        yield from (f"{path}: {fault}" for fault in report.faults)
        yield from (f"{path}, {damage}" for damage in report.damages)
    if manifest.count() != manifest.records:
        yield f"manifest.json counts {manifest.records} records in all, but {manifest.count()} in its shards"
    damaged = {str(report.shard.fold) for report in reports if not report.is_sound}
    for fold, counts in histogram(reports).items():
        if fold not in damaged and counts != Counter(manifest.histogram.get(fold, {})):
            yield f"fold {fold}: its records per label are not those of the manifest's histogram"


def histogram(reports: list[ShardReport]) -> dict[str, Counter]:
    """Returns the usable records per fold and kind, as the manifest counts them."""
    counts = {}
    for report in reports:
        counts.setdefault(str(report.shard.fold), Counter()).update(report.kinds)
    return counts
