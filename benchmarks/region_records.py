"""Measures how fast query-product pairs with their regions are read, beside reading their bytes alone.

    python -m benchmarks.region_records
    python -m benchmarks.region_records --json --regions_rows=20000

Records are drawn as KDD Cup's are: 10 to 40 regions, five of six with fewer than 20, of 2048 float16 features each,
60 KB a record. They are read in batches of 64, unpacked, and padded to 40 regions: 160 KB a row. The limit is
tf.data.TFRecordDataset over the same files in batches of as many, which does nothing with them. The two take turns, and
the ratio is the median over the rounds. Memory is that of a process that reads all rows, beside one that reads 1,000.

We read as evaluation and scoring do: the regions of every product, once. A row takes the limit 40 microseconds of one
core, and us 85 of two: 17 more to unpack it, 25 more to copy and pad it. So the ratio is .7 where two cores are free,
and sinks towards a half on a machine at work on something else. Without `host_memory.keep` every batch is written to
pages that the kernel has just cleared, which costs another 45.

About two minutes and 1.3 GB of disk with the default size.
"""

import json
import os
import statistics
import sys
import tempfile
import time

from absl import app, flags

from benchmarks import memory, programs
from benchmarks.figures import figure, show

ROWS = flags.DEFINE_integer("regions_rows", 20_000, "Records of the large set, compared with 1,000.", lower_bound=1000)
ROUNDS = flags.DEFINE_integer("regions_rounds", 9, "Turns that each way of reading takes.", lower_bound=1)
MEASURE = flags.DEFINE_string("regions_measure", "", "Used within: read this records folder, print the peak memory.")

FEW, PER_SHARD, BATCH, BOXES, WIDTH = 1000, 2000, 64, 40, 2048


def write_records(folder: str, count: int, width: int = WIDTH) -> str:
    """Writes `count` pairs in shards of PER_SHARD, with their manifest; gives the folder."""
    import numpy as np

    from tfrecords_tools import writer
    from tfrecords_tools.manifest import PairManifest, Shard
    from tfrecords_tools.pairs import pair_record
    from tfrecords_tools.pairs.pair import Pair

    writer.make_folder(folder)
    random = np.random.default_rng(0)
    features = random.normal(size=(500, width)).astype("<f2")

    def record(number):
        boxes, start = min(BOXES, 9 + random.geometric(1 / 6)), random.integers(0, len(features) - BOXES)
        corners = np.sort(random.random((boxes, 2, 2), "float32"), axis=1).reshape(boxes, 4)
        query, labels = number // 3, random.integers(0, 33, boxes)
        return pair_record.encode(
            Pair(
                f"train/{query}/{number}",
                "train",
                2,
                f"words of query {query}",
                query,
                number,
                1,
                800,
                800,
                corners,
                features[start : start + boxes],
                labels,
            )  # fmt: skip
        )

    shards = []
    for start in range(0, count, PER_SHARD):
        name, rows = f"pairs-{len(shards):05d}.tfrecord", range(start, min(start + PER_SHARD, count))
        shards.append(Shard(name, 2, len(rows), *writer.write_shard(os.path.join(folder, name), map(record, rows))))
    PairManifest("benchmark", BOXES, width, count, 0, [str(i) for i in range(33)], shards, {}).write(folder)
    return folder


def regions(folder: str):
    """Our reading: the regions of every product once, padded, as evaluation and scoring read them."""
    from tfrecords_tools.manifest import PairManifest
    from training.recall.pair_evaluation import PairEvaluation

    return PairEvaluation(folder, PairManifest.read(folder), None, BOXES).distinct_products([2], BATCH)


def raw(folder: str):
    """The limit: serialized records in batches."""
    import tensorflow as tf

    paths = sorted(tf.io.gfile.glob(os.path.join(folder, "*.tfrecord")))
    return tf.data.TFRecordDataset(paths).batch(BATCH).prefetch(tf.data.AUTOTUNE)


def rate(dataset, rows: int) -> float:
    """Rows a second of one pass, from the first batch on."""
    batches = iter(dataset)
    next(batches)
    begin = time.perf_counter()
    for _ in batches:
        pass
    return (rows - BATCH) / (time.perf_counter() - begin)


def speed(folder: str, rows: int) -> dict:
    """Rows a second of our reading beside the limit."""
    ours, limit = [], []
    rate(raw(folder), rows)  # from here on the files are in memory
    for _ in range(ROUNDS.value):
        ours.append(rate(regions(folder), rows))
        limit.append(rate(raw(folder), rows))
    ratio = statistics.median(one / other for one, other in zip(ours, limit, strict=True))
    return figure("regions/read_vs_raw", statistics.median(ours), "rows/s", statistics.median(limit), ratio)


def growth(few: str, many: str) -> dict:
    """Peak memory of reading all rows beside that of reading 1,000, each in a process of its own."""
    peaks = [
        programs.found([sys.executable, "-m", "benchmarks.region_records", f"--regions_measure={folder}"])["megabytes"]
        for folder in (many, few)
    ]
    return figure("regions/read_memory_growth", peaks[0], "MB", peaks[1])


def measure(folder: str, rows: int = 20_000) -> dict:
    """Peak memory after so many `rows`, small sets read again and again."""
    from tfrecords_tools.manifest import PairManifest

    count = PairManifest.read(folder).records
    for _ in range(max(1, rows // count)):
        rate(regions(folder), count)
    return {"megabytes": memory.held("VmHWM") / 2**20}


def main(argv: list[str]) -> None:
    if argv[1:]:
        raise app.UsageError(f"unexpected argument {argv[1]!r}")
    from training.machine import host_memory

    host_memory.keep()  # as training does on a CPU
    if MEASURE.value:
        print(json.dumps(measure(MEASURE.value)))
        return
    with tempfile.TemporaryDirectory() as folder:
        few, many = (write_records(f"{folder}/{count}", count) for count in (FEW, ROWS.value))
        show([speed(many, ROWS.value), growth(few, many)])


if __name__ == "__main__":
    try:
        app.run(main)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
