"""What the loop adds to a training step, and what a step costs beside PyTorch's.

    python -m benchmarks.training_step --timm_python=<python with torch and timm>
    python -m benchmarks.training_step --json --compared=loop

`loop` trains the quickstart recipe on the demo's drawn catalogue in turns with a bare hand-written loop: the same model
and input, a tf.function of its own with tape, clipping and optimizer, nothing else. `timm` runs steps of
EfficientNet-B0 (encoder, ArcMargin of 1,000 classes, SGD) in turns with timm's same network, each in a process of its
own. `onednn` runs our steps in turns with those of a TensorFlow that leaves oneDNN off.
"""

import dataclasses
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from absl import app, flags

from benchmarks import figures, programs

COMPARED = flags.DEFINE_list("compared", ["loop", "timm", "onednn"], "Parts to run.")
TIMM_PYTHON = flags.DEFINE_string("timm_python", "", "Python with torch and timm; none: no timm figure.")
TURNS = flags.DEFINE_integer("turns", 5, "Turns that each program takes.")
STEP_ALONE = flags.DEFINE_string("step_alone", "", "Used within: print the seconds of steps of this image encoder.")

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RECIPE = f"{ROOT}/flags/recipes/quickstart.flags"
LOOP_STEPS = 200  # of a turn; as many as lie between two checkpoints of the recipe
BATCH, SIZE, CLASSES, STEPS, WARM_UP = 32, 224, 1000, 5, 2
ALONE = {"efficientnet_b0": (BATCH, SIZE), "small": (64, 48)}  # rows and pixels of each


def loop(folder: str) -> Iterator[dict]:
    """The loop beside bare steps, and what it spends on waiting for input and on checkpoints."""
    training = _training(folder)
    bare, seconds = _bare_steps(training), {"loop": [], "bare": []}
    spent = _watched(training)
    for turn in range(1 + TURNS.value):
        if turn == 1:  # the turn before compiles
            spent.update(dict.fromkeys(spent, 0.0))
        for name, work in (("bare", bare), ("loop", functools.partial(_run, training))):
            took = programs.seconds(lambda work=work: work(LOOP_STEPS))
            if turn:
                seconds[name].append(took)
    pairs = zip(seconds["loop"], seconds["bare"], strict=True)
    ours, theirs = (statistics.median(seconds[name]) / LOOP_STEPS for name in ("loop", "bare"))
    overhead = statistics.median(one / other for one, other in pairs)
    yield figures.figure("loop/overhead", ours * 1e3, "ms/step", theirs * 1e3, overhead)
    total = sum(seconds["loop"])
    yield figures.figure("loop/input_wait", spent["input"], "s", total)
    yield figures.figure("loop/checkpoint_share", spent["checkpoints"], "s", total)


def _training(folder: str):
    """A run of the recipe without evaluations, that `_run` takes further and further."""
    from flags import command
    from flags.data import Source
    from flags.distribution import Distribution
    from flags.model import Model
    from flags.optimizer import Optimization
    from flags.run import Run
    from training.product_training import Training

    catalogue, records = f"{folder}/catalogue", f"{folder}/records"
    for arguments in (
        ("sample_data.draw", f"--out={catalogue}"),
        ("tfrecords_tools.convert", "--source=shopee", f"--input={catalogue}", f"--records={records}",
         f"--flagfile={RECIPE}"),
    ):  # fmt: skip
        subprocess.run([sys.executable, "-m", *arguments], check=True, stdout=sys.stderr)
    model, optimization, run, _ = command.read_flagfile(RECIPE, Model, Optimization, Run, Source)
    optimization = dataclasses.replace(optimization, epochs=1000, schedule="constant")
    run = dataclasses.replace(run, run=f"{folder}/run", validation_fold=-1, evaluate_epochs=1000)
    return Training(records, model, optimization, Distribution(accelerator="cpu", replicas=1), run)


def _run(training, steps: int) -> None:
    training.total_steps = training.step + steps
    training.run()


def _watched(training) -> dict[str, float]:
    """Seconds that the loop spends from now on: waiting for input, and held up by checkpoints."""
    spent = {"input": 0.0, "checkpoints": 0.0}
    run_steps, checkpoint, best = training.steps.run, training.saving.checkpoint, training.saving.best

    def timed_steps(iterator, steps):
        losses, waited = run_steps(iterator, steps)
        spent["input"] += waited
        return losses, waited

    def timed(save):
        def call(*arguments):
            spent["checkpoints"] += programs.seconds(lambda: save(*arguments))

        return call

    training.steps.run = timed_steps
    training.saving.checkpoint, training.saving.best = timed(checkpoint), timed(best)
    return spent


def _bare_steps(training):
    """A function of a number of steps: the loop that one would write by hand, over a model of its own."""
    import tensorflow as tf

    from models.heads import Classes
    from training import model_state, schedules
    from training.steps import optimizers

    products, chosen = training.input, training.optimization
    classes = next(iter(training.heads.values())).num_classes
    encoder, heads = model_state.build(training.model, products.titles, Classes(classes))
    optimizer = optimizers.build(chosen, schedules.build(chosen, products.steps_per_epoch, 1))
    variables = encoder.trainable_variables + [v for head in heads.values() for v in head.trainable_variables]

    @tf.function
    def step(batch):
        with tf.GradientTape() as tape:
            embeddings, loss = encoder(batch["inputs"], training=True), 0.0
            for space, head in heads.items():
                logits = head(embeddings[space], batch["label"], training=True)
                rows = tf.nn.sparse_softmax_cross_entropy_with_logits(batch["label"], logits)
                loss += tf.reduce_mean(rows * batch["present"][space]) / len(heads)
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, variables), chosen.clip_norm)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return loss

    def run(steps: int) -> None:
        done, epoch = 0, 0
        while done < steps:
            for batch in products.epoch(epoch).take(steps - done):
                loss, done = step(batch), done + 1
            float(loss)
            epoch += 1

    return run


def timm() -> Iterator[dict]:
    """Our step beside timm's in its two layouts."""
    here = _alone("efficientnet_b0")
    there = [TIMM_PYTHON.value, f"{ROOT}/benchmarks/torch_backbone.py", *map(str, (BATCH, SIZE, CLASSES, STEPS))]
    commands = {"ours": here, "": [*there, "default"], "_channels_last": [*there, "channels_last"]}
    seconds = {name: [] for name in commands}
    for _ in range(TURNS.value):
        for name, command in commands.items():
            seconds[name].append(statistics.median(programs.found(command)))
    ours = seconds.pop("ours")
    for name, theirs in seconds.items():
        ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
        middle = statistics.median(ours), statistics.median(theirs)
        yield figures.figure(f"step/vs_timm{name}", middle[0], "s/step", middle[1], ratio)


def onednn() -> Iterator[dict]:
    """Steps of two encoders beside those of a TensorFlow without oneDNN."""
    for encoder in ALONE:
        seconds = {"1": [], "0": []}
        for _ in range(TURNS.value):
            for on, times in seconds.items():
                times.append(
                    statistics.median(programs.found(["env", f"TF_ENABLE_ONEDNN_OPTS={on}", *_alone(encoder)]))
                )
        ratio = statistics.median(one / other for one, other in zip(seconds["1"], seconds["0"], strict=True))
        ours, without = map(statistics.median, seconds.values())
        yield figures.figure(f"step/onednn/{encoder}", ours, "s/step", without, ratio)


def _alone(encoder: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.training_step", f"--step_alone={encoder}"]


def step_alone(encoder: str) -> list[float]:
    """Seconds of each step of an image encoder but of the first, which compile."""
    from training.machine import before_import

    before_import.prepare("cpu")
    import numpy as np
    import tensorflow as tf

    from flags.distribution import Distribution
    from flags.model import Model
    from flags.optimizer import Optimization
    from models.heads import Classes
    from training import devices, model_state, schedules
    from training.steps import optimizers, step_options

    rows, size = ALONE[encoder]
    model = Model(modality="image", image_encoder=encoder, image_size=size)
    chosen = Optimization(optimizer="sgd", schedule="constant", batch_size=rows)
    network, heads = model_state.build(model, None, Classes(CLASSES))
    random = np.random.default_rng(0)
    batch = {
        "inputs": {
            "image": random.integers(0, 256, (rows, size, size, 3), "uint8"),
            "has_image": np.ones(rows, "float32"),
        },
        "label": random.integers(0, CLASSES, rows).astype("int32"),
        "present": {"image": np.ones(rows, "float32")},
    }
    one = devices.choose(Distribution(accelerator="cpu", replicas=1, precision="float32", fused_batch_norm=True))
    one.prepare_batch_norm(network)
    step = one.step(
        network, heads, optimizers.build(chosen, schedules.build(chosen, 1000, 1000)), lambda given: given,
        step_options.of(chosen, network, heads, 1000, model.margin),
    )  # fmt: skip
    batches = iter(tf.data.Dataset.from_tensors(batch).repeat())
    return [programs.seconds(lambda: step.run(batches, 1)) for _ in range(WARM_UP + STEPS)][WARM_UP:]


def main(argv: list[str]) -> None:
    if argv[1:]:
        raise app.UsageError(f"unexpected argument {argv[1]!r}")
    if STEP_ALONE.value:
        print(json.dumps(step_alone(STEP_ALONE.value)))
        return
    if "loop" in COMPARED.value:
        with tempfile.TemporaryDirectory() as folder:
            figures.show(loop(folder))
    if "timm" in COMPARED.value and TIMM_PYTHON.value:
        figures.show(timm())
    if "onednn" in COMPARED.value:
        figures.show(onednn())


if __name__ == "__main__":
    app.run(main)
