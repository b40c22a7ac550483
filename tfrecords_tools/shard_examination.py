"""Reads one shard to its last byte, whatever is damaged in it, and reports all that is wrong."""

import collections
import dataclasses
import os
from collections.abc import Iterator
from concurrent.futures import Executor, Future

import google_crc32c

from tfrecords_tools import files, reader, tfrecord_frames
from tfrecords_tools.manifest import Shard
from tfrecords_tools.record_examination import EXAMINE, Examined
from tfrecords_tools.shard_report import ShardReport
from tfrecords_tools.tfrecord_frames import Frame

AHEAD = 2 * os.cpu_count()  # batches that are examined while the next are read


def examine(folder: str, shard: Shard, manifest, threads: Executor, decode: bool = False) -> ShardReport:
    """Compares a shard with the manifest: size, CRC-32C, each record's checksums, schema and values, and the counts.

    Args:
      threads: what examines the records, some batches at a time.
      decode: whether every picture is decoded, as training would.
    """
    report = ShardReport(shard)
    try:
        content = files.read(os.path.join(folder, shard.file))
    except OSError as error:
        reason = "the file is missing" if isinstance(error, FileNotFoundError) else f"it cannot be read: {error}"
        report.finish(reason)
        return report
    report.bytes, report.crc32c = len(content), f"{google_crc32c.value(content):08x}"
    for frame, examined in _examine_frames(content, shard, manifest, threads, decode):
        report.add(frame, examined)
    if report.crc32c != shard.crc32c:
        for other in manifest.shards:
            if other.crc32c == report.crc32c:
                report = ShardReport(shard, report.bytes, report.crc32c)
                report.finish(f"the file holds the bytes of {other.file}: the two were exchanged, or one overwritten")
                return report
        report.faults.append(_difference(report))
    report.finish()
    return report


def _difference(report: ShardReport) -> str:
    if report.bytes != report.shard.bytes:
        return f"{report.bytes} bytes, the manifest says {report.shard.bytes}"
    return f"CRC-32C {report.crc32c}, the manifest says {report.shard.crc32c}"


def _examine_frames(content: bytes, shard: Shard, manifest, threads, decode) -> Iterator[tuple[Frame, Examined]]:
    """Yields all frames with what their records are; what one says that cannot be read is a guess without faults."""
    waiting = collections.deque()
    for frames in reader.batches(tfrecord_frames.walk(content)):
        records = [frame.record for frame in frames]
        waiting.append((frames, threads.submit(EXAMINE[manifest.name], records, shard, manifest, decode)))
        if len(waiting) > AHEAD:
            yield from _paired(*waiting.popleft())
    for batch in waiting:
        yield from _paired(*batch)


def _paired(frames: list[Frame], examining: Future) -> Iterator[tuple[Frame, Examined]]:
    for frame, examined in zip(frames, examining.result(), strict=True):
        yield frame, examined if frame.is_readable else dataclasses.replace(examined, faults=[])
