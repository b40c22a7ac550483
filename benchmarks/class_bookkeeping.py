"""What 50,030 classes and 2.5 million examples cost beside reading them.

    python -m benchmarks.class_bookkeeping --json

The catalogue is AliProducts' size: classes of 5 to 8,000 rows, 2.5 million together; its index is that of a few real
records, repeated. Bookkeeping of an epoch is: choosing the rows (classes of 5 to 8,000 rows, the balance list), the
order that the epoch shows them in with where each lies on the disk, once by instance and once by class, and the scores
of a validation pass of 150,000 rows. The scores are made of logits of 50,030 classes as evaluation makes them, batch by
batch; some batches are timed, and stand for all of their kind. stderr says what each part took.

Reading is both passes at the rate that the training input has on the records: read, parsed, decoded, batched, nothing
augmented. It is measured on pictures of noise, 256 pixels read as 224, after the rest and on the same cores.

Memory is the peak of gathering the scores of a pass over all rows, with their ids and a batch of logits, in a process
of its own, less what the process held before and less the bytes that ids and scores take; the reference is the same
with a tenth of the rows.
"""

import json
import statistics
import sys
import tempfile

import numpy as np
from absl import app, flags

from benchmarks import memory, programs
from benchmarks.figures import figure, show

ROWS = flags.DEFINE_integer("class_rows", 2_500_000, "Examples.", lower_bound=1000)
VALIDATION = flags.DEFINE_integer("validation_rows", 150_000, "Rows of the validation pass.", lower_bound=256)
CLASSES = flags.DEFINE_integer("class_count", 50_030, "Classes.", lower_bound=10)
RECORDS = flags.DEFINE_integer("records_read", 4096, "Real records that reading is timed on.", lower_bound=512)
TIMED = flags.DEFINE_integer("timed_batches", 20, "Batches of scores that are timed.", lower_bound=1)
MEASURE = flags.DEFINE_integer("measure_class_rows", 0, "Used within: score so many rows and print the memory.")

BATCH, ID_BYTES, SCORE_BYTES = 256, 8, 13
SMALLEST, LARGEST = 5, 8000


def class_sizes(classes: int, rows: int, seed: int = 0) -> np.ndarray:
    """Rows of each class, int64 `[classes]`: long-tailed between 5 and 8,000, `rows` together."""
    weights = 1.0 / np.arange(1, classes + 1) ** 0.95
    sizes = np.clip(weights / weights.sum() * rows, SMALLEST, LARGEST).astype(np.int64)
    for _ in range(100):  # what clipping took or added is dealt again
        missing = rows - sizes.sum()
        free = np.flatnonzero((sizes < LARGEST) if missing > 0 else (sizes > SMALLEST))
        if not missing or not len(free):
            break
        share = max(1, abs(missing) // len(free))
        free = free[: abs(missing) // share]
        sizes[free] = np.clip(sizes[free] + np.sign(missing) * share, SMALLEST, LARGEST)
    return np.random.default_rng(seed).permutation(sizes)


def labels(classes: int, rows: int) -> np.ndarray:
    """The label of each row, int64 `[rows]`, shuffled as conversion shuffles."""
    return np.random.default_rng(1).permutation(np.repeat(np.arange(classes), class_sizes(classes, rows)))


def bookkeeping(label: np.ndarray, classes: int) -> dict[str, float]:
    """Seconds by part of an epoch's bookkeeping."""
    from flags.selection import TrainingRows
    from training.inputs import order, rows, samplers

    names = [f"{number:05d}" for number in range(classes)]
    ones, found = np.ones(len(label), np.int64), {}

    def choose():
        found["kept"] = rows.cut(label, ones, names, TrainingRows(class_size_low=SMALLEST, balance=True))

    def shuffle():
        everything = np.arange(len(label))
        epoch = samplers.instances(label, np.random.default_rng([0, 0]), 1024)
        order.plan_reading(epoch, 1024, everything // 4096, everything % 4096 * 20_000)

    def balance():
        samplers.classes(label, np.random.default_rng([0, 1]))

    taken = {"selection": programs.seconds(choose), "shuffling": programs.seconds(shuffle)}
    taken["balancing"] = programs.seconds(balance)
    return taken | {"metrics": scoring(label[: VALIDATION.value], classes)}


def scoring(label: np.ndarray, classes: int) -> float:
    """Seconds to score a prediction of each row; those of the batches are the median of some."""
    from training.class_metrics import ClassScores

    scores, each = ClassScores(), []
    logits = _logits(classes)
    _add(scores, logits, label[:BATCH])  # what is built at the first call
    scores = ClassScores()
    for start in range(0, TIMED.value * BATCH, BATCH):
        each.append(programs.seconds(lambda start=start: _add(scores, logits, label[start : start + BATCH])))
    scores.parts *= -(-len(label) // (TIMED.value * BATCH))
    return statistics.median(each) * len(label) / BATCH + programs.seconds(scores.result)


def _logits(classes: int):
    return np.random.default_rng(0).standard_normal((BATCH, classes), np.float32)


def _add(scores, logits, label) -> None:
    from training import class_metrics

    scores.add_ranked(*class_metrics.ranked(logits, label), label)


def reading(folder: str, rows: int, records: int) -> float:
    """Seconds to read `rows` records at the rate of the training input on `records` drawn ones."""
    from PIL import Image

    from benchmarks import input_pipeline

    photos = []
    for number in range(16):
        noise = np.random.default_rng(number).integers(0, 256, (16, 16, 3)).astype("uint8")
        photos.append(f"{folder}/{number}.jpg")
        Image.fromarray(noise).resize((256, 256), Image.Resampling.BICUBIC).save(photos[-1], quality=90)
    products = input_pipeline.training(
        input_pipeline.write_records(f"{folder}/records", photos, 256, records), "", "host"
    )
    return rows / statistics.median(input_pipeline.rate(products.epoch(number)) for number in range(3))


def held(rows: int, classes: int) -> dict:
    """In a process of its own: peak bytes of a pass of scores over `rows` rows, less those of ids and scores."""
    from training.class_metrics import ClassScores

    before = memory.held("VmRSS")
    memory.forget_peak()
    ids, random, logits = np.arange(rows), np.random.default_rng(0), _logits(classes)
    scores, found = ClassScores(), ClassScores()
    _add(found, logits, random.integers(0, classes, BATCH))
    [part] = found.parts
    for _ in range(0, rows, BATCH):
        scores.add_ranked(part[1], part[2], part[3], random.integers(0, classes, BATCH))
    streamed = memory.held("VmHWM") - before
    kept = len(ids) * ID_BYTES + SCORE_BYTES * -(-rows // BATCH) * BATCH
    return {"beyond": streamed - kept, "kept": kept}


def _held(rows: int) -> dict:
    return programs.found(
        [
            sys.executable,
            "-m",
            "benchmarks.class_bookkeeping",
            f"--measure_class_rows={rows}",
            f"--class_count={CLASSES.value}",
        ]
    )


def main(argv: list[str]) -> None:
    if argv[1:]:
        raise app.UsageError(f"unexpected argument {argv[1]!r}")
    if MEASURE.value:
        print(json.dumps(held(MEASURE.value, CLASSES.value)))
        return
    taken = bookkeeping(labels(CLASSES.value, ROWS.value), CLASSES.value)
    with tempfile.TemporaryDirectory() as folder:
        limit = reading(folder, ROWS.value + VALIDATION.value, RECORDS.value)
    parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in taken.items())
    print(f"{parts}; reading {limit:.0f} s", file=sys.stderr)
    show([figure("classes/bookkeeping_share", sum(taken.values()), "s", limit)])
    many, few = _held(ROWS.value), _held(ROWS.value // 10)
    show([figure("classes/metric_memory_growth", many["beyond"] / 2**20, "MB", few["beyond"] / 2**20)])


if __name__ == "__main__":
    try:
        app.run(main)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
