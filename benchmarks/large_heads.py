"""What a margin head costs with 50,030 and with a million classes.

    python -m benchmarks.large_heads --pml_python=<python with torch and pytorch-metric-learning> --json

A step is loss, gradients and SGD update of the head alone, from 64 embeddings of 512 numbers. ArcMargin, a Dense
layer with softmax and pytorch-metric-learning's ArcFace each run in a process of their own, in turns; a figure is the
ratio of the medians. Memory is the most that the process held in its steps, less what it held before it made the head.
"""

import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator

import numpy as np
from absl import app, flags

from benchmarks import figures, memory, programs

TORCH_PYTHON = flags.DEFINE_string("pml_python", "", "Python with pytorch-metric-learning; none: no pml figure.")
MILLION = flags.DEFINE_boolean("million", True, "Measure a million classes too; needs 16 GiB of free memory.")
HEAD = flags.DEFINE_enum(
    "measure_head", "", ["", "arc", "dense", "sharded"], "Measure this one here and print what it took."
)
CLASSES = flags.DEFINE_integer("measure_classes", 50_030, "Classes of --measure_head.", lower_bound=2)

DIM, BATCH, SCALE, MARGIN = 512, 64, 30.0, 0.5
STEPS, FEW_STEPS, TURNS, REPLICAS = 5, 2, 3, 8
GIB = 2**30


def measure(torch_python: str, million: bool) -> Iterator[dict]:
    """All figures, the quick ones first."""
    yield from _beside_others(50_030, "", torch_python)
    if torch_python:
        yield figures.figure("head/pml_difference", _difference(torch_python, 50_030), "relative", 1e-5)
    sharded = _alone("sharded", 50_030)
    yield figures.figure("head/sharded_share", sharded["replica_bytes"], "bytes/replica", sharded["whole_bytes"])
    if million:
        yield from _beside_others(1_000_000, "_million", torch_python)
        yield figures.figure("head/sharded_million_memory", _alone("sharded", 1_000_000)["peak"] / GIB, "GiB", 24.0)


def _beside_others(classes: int, suffix: str, torch_python: str) -> Iterator[dict]:
    turns = []
    for _ in range(TURNS):
        turn = {"arc": _alone("arc", classes), "dense": _alone("dense", classes)}
        if torch_python:
            steps = STEPS if classes < 1_000_000 else FEW_STEPS
            turn["pml"] = _torch(torch_python, "time", classes, DIM, BATCH, steps)
        turns.append(turn)

    def median(head: str, what: str) -> float:
        return statistics.median(statistics.median(np.atleast_1d(turn[head][what])) for turn in turns)

    ours, dense = median("arc", "seconds"), median("dense", "seconds")
    yield figures.figure(f"head/vs_dense_time{suffix}", ours, "s/step", dense)
    ours_peak, dense_peak = median("arc", "peak") / GIB, median("dense", "peak") / GIB
    yield figures.figure(f"head/vs_dense_memory{suffix}", ours_peak, "GiB", dense_peak)
    if torch_python:
        yield figures.figure(f"head/vs_pml_time{suffix}", ours, "s/step", median("pml", "seconds"))


def _alone(head: str, classes: int) -> dict:
    return programs.found(
        [sys.executable, "-m", "benchmarks.large_heads", f"--measure_head={head}", f"--measure_classes={classes}"]
    )


def _torch(torch_python: str, *arguments) -> dict:
    return programs.found(
        [torch_python, os.path.join(os.path.dirname(__file__), "torch_margin.py"), *map(str, arguments)]
    )


def _difference(torch_python: str, classes: int) -> float:
    """The largest relative difference of loss, gradient of the embeddings and gradient of the centres."""
    draw = np.random.default_rng(0)
    arrays = {
        "centres": draw.normal(size=(DIM, classes)).astype("float32"),
        "embedding": draw.normal(size=(BATCH, DIM)).astype("float32"),
        "label": draw.integers(0, classes, BATCH),
    }
    with tempfile.TemporaryDirectory() as folder:
        given, out = os.path.join(folder, "given.npz"), os.path.join(folder, "out.npz")
        np.savez(given, **arrays)
        _torch(torch_python, "values", given, SCALE, MARGIN, out)
        theirs = dict(np.load(out))
    ours = _values(**arrays)
    return max(float(np.abs(ours[name] - theirs[name]).max() / np.abs(theirs[name]).max()) for name in theirs)


def _values(centres, embedding, label) -> dict:
    import tensorflow as tf

    from models.arc_margin import ArcMargin

    head = ArcMargin(centres.shape[1], SCALE, MARGIN)
    head.build((None, DIM))
    head.centres.assign(centres)
    embedding = tf.constant(embedding)
    with tf.GradientTape() as tape:
        tape.watch(embedding)
        loss = tf.reduce_mean(head.loss(embedding, tf.constant(label)))
    to_embedding, to_centres = tape.gradient(loss, [embedding, head.centres.value])
    return {"loss": loss.numpy(), "to_embedding": to_embedding.numpy(), "to_centres": to_centres.numpy()}


def take_steps(head: str, classes: int) -> dict:
    """Trains one head in this process.

    Returns:
      seconds of each step, peak bytes, and for the sharded head its bytes on one replica and those of all together.
    """
    import tensorflow as tf

    replicas = REPLICAS if head == "sharded" else 1
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * replicas)
    devices = [f"CPU:{i}" for i in range(replicas)]
    strategy = tf.distribute.MirroredStrategy(devices) if replicas > 1 else tf.distribute.get_strategy()
    before = memory.held("VmRSS")
    with strategy.scope():
        layer, weights, loss_of, optimizer = _head(head, classes)
    run = _step(strategy, weights, loss_of, optimizer, classes)
    run()
    memory.forget_peak()  # drawing the first weights takes more than training does
    seconds = [programs.seconds(run) for _ in range(STEPS if classes < 1_000_000 else FEW_STEPS)]
    taken = {"seconds": seconds, "peak": memory.held("VmHWM") - before}
    if head == "sharded":
        from models import column_shards

        parts = [v for v in (weights, *optimizer.variables) if column_shards.is_split(v)]
        taken["replica_bytes"] = sum(int(v.value.values[0].numpy().nbytes) for v in parts)
        taken["whole_bytes"] = len(parts) * DIM * classes * 4
    return taken


def _head(head: str, classes: int) -> tuple:
    """The layer, its weights, its loss per row and its optimizer: AdamW for the sharded head, to have slots."""
    import keras

    from models import column_shards
    from models.arc_margin import ArcMargin
    from models.sharded_margin import ShardedArcMargin

    if head == "dense":
        layer = keras.layers.Dense(classes)
        layer.build((None, DIM))
        weights = layer.kernel

        def loss_of(embedding, label):
            return keras.losses.sparse_categorical_crossentropy(label, layer(embedding), from_logits=True)
    else:
        layer = (ShardedArcMargin if head == "sharded" else ArcMargin)(classes, SCALE, MARGIN)
        layer.build((None, DIM))
        weights, loss_of = layer.centres, layer.loss
    optimizer = keras.optimizers.AdamW(0.001) if head == "sharded" else keras.optimizers.SGD(0.1)
    optimizer.build([weights])
    if head == "sharded":
        column_shards.mark_slots(optimizer, [weights])
    return layer, weights, loss_of, optimizer


def _step(strategy, weights, loss_of, optimizer, classes: int):
    import tensorflow as tf

    rows = BATCH // strategy.num_replicas_in_sync
    embedding = tf.random.stateless_normal((rows, DIM), [1, 2])
    label = tf.random.stateless_uniform((rows,), [3, 4], 0, classes, tf.int32)
    optimizer._all_reduce_sum_gradients = list  # there is one replica, or each has the whole gradient of its part

    def step():
        with tf.GradientTape() as tape:
            tape.watch(embedding)
            loss = tf.reduce_sum(loss_of(embedding, label)) / BATCH
        gradient, to_embedding = tape.gradient(loss, [weights.value, embedding])
        optimizer.apply_gradients([(gradient, weights)])
        return loss + 0.0 * tf.reduce_sum(to_embedding)

    run = tf.function(lambda: strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(step), None))
    return lambda: run().numpy()


def main(_) -> None:
    if HEAD.value:
        print(json.dumps(take_steps(HEAD.value, CLASSES.value)))
    else:
        figures.show(measure(TORCH_PYTHON.value, MILLION.value))


if __name__ == "__main__":
    app.run(main)
