"""Measures the data side: input pipeline, conversion and verification, each beside its limit or a rival.

    python -m benchmarks.input_pipeline
    python -m benchmarks.input_pipeline --json --growth=200000

Real photographs (coco_mini_cc at SHELFLENS_DATA or ../shared/data) are re-encoded to squares of 512 and of 640 pixels,
as --resize=resize stores them, several copies of each, and read as 224. The limit is a bare tf.data loop that decodes
the same records at full size and hands each picture over. What is compared runs in turns, and the medians of its rounds
make the ratio. Of the two sizes the worse figure counts.

The rivals change pictures on the host, because they have no other way. Training is compared with them as it runs beside
an accelerator, which changes the pixels itself; `host_only` are the same changes done on the host as theirs are.

The PyTorch loader runs in a process of its own, by --torch_python where torch, albumentations and opencv are installed
(pip install '.[bench]'); without them its figure is left out, and a line says so.

About twenty minutes on 2 cores with the default sizes.
"""

import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from absl import app, flags

from benchmarks import memory, programs, real_tasks
from benchmarks.figures import JSON, figure, show

IMAGES = flags.DEFINE_integer("images", 3072, "Records of each size.")
ROUNDS = flags.DEFINE_integer("rounds", 5, "Turns that each program takes.")
GROWTH = flags.DEFINE_integer("growth", 200_000, "Records of the large set, compared with 1,000.")
ONLY = flags.DEFINE_list("only", [], "Parts to run: speed, growth, conversion; empty for all.")
TORCH_PYTHON = flags.DEFINE_string("torch_python", sys.executable, "Python that has torch, albumentations and opencv.")
MEASURE = flags.DEFINE_string("measure", "", "Used within: read this records folder, print cost and memory.")

SIZES = (512, 640)
SEEN = 224
BATCH = 64
RIVAL_BATCHES = 13
HOST = "crop(0.5),flip,color,hue(0.05),dropout(8,0.05,0.15)"
FULL = "crop(0.5),flip,affine(rotate=15,shear=8,zoom=0.1,shift=0.1)@0.75,color@0.6,cutout(0.4,0.6)@0.5"


def photographs(folder: str, size: int) -> list[str]:
    """Writes the real photographs as squares of `size` pixels; gives their paths."""
    from PIL import Image

    source = os.path.join(real_tasks.data_folder(), "coco_mini_cc")
    paths = sorted(
        os.path.join(at, name) for at, _, names in os.walk(source) for name in names if name.endswith((".jpg", ".jpeg"))
    )
    os.makedirs(folder, exist_ok=True)
    written = []
    for path in paths:
        with Image.open(path) as image:
            image = image.convert("RGB").resize((size, size), Image.Resampling.LANCZOS)
        written.append(os.path.join(folder, os.path.basename(path)))
        image.save(written[-1], "JPEG", quality=90)
    return written


def write_records(folder: str, photos: list[str], size: int, count: int) -> str:
    """Writes `count` records of these photographs, in turn, with manifest and index; four to a group."""
    from tfrecords_tools import index, schema, writer
    from tfrecords_tools.manifest import Manifest, Shard

    writer.make_folder(folder)
    contents = []
    for path in photos:
        with open(path, "rb") as file:
            contents.append(file.read())
    shards, per_shard = [], 4096
    for start in range(0, count, per_shard):
        numbers = range(start, min(start + per_shard, count))
        records = (
            schema.encode(id=str(i), image=contents[i % len(contents)], label=i // 4, label_name=str(i // 4), fold=2)
            for i in numbers
        )
        name = f"products-{len(shards):05d}-of-{-(-count // per_shard):05d}.tfrecord"
        length, crc32c = writer.write_shard(f"{folder}/{name}", records)
        shards.append(Shard(name, 2, len(numbers), length, crc32c, 0, len(numbers)))
        index.read(folder, shards[-1])
    labels = -(-count // 4)
    histogram = {"2": {str(label): min(4, count - 4 * label) for label in range(labels)}}
    Manifest(
        source_fingerprint="benchmark", stored_size=size, resize="resize", quality=90, records=count, rejected=0,
        folds=3,
        num_labels=labels, label_names=[str(i) for i in range(labels)], level_names=[], levels_of_label=[],
        shards=shards, histogram=histogram,
    ).write(folder)  # fmt: skip
    return folder


def decoding_only(records: str, handed_over: bool = True):
    """The limit: read, parse and decode at full size, nothing else; pictures are handed over one by one.

    Args:
      handed_over: False = the pixels are thrown away where they were decoded, in batches: what nobody can train on.
    """
    import tensorflow as tf

    paths = tf.io.gfile.glob(f"{records}/*.tfrecord")
    jpegs = tf.data.TFRecordDataset(paths).batch(BATCH).map(_jpegs, tf.data.AUTOTUNE).unbatch()
    decode = functools.partial(tf.image.decode_jpeg, channels=3)
    if handed_over:
        return jpegs.map(decode, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
    heights = jpegs.map(lambda jpeg: tf.shape(decode(jpeg))[0], tf.data.AUTOTUNE)
    return heights.batch(BATCH).prefetch(tf.data.AUTOTUNE)


def keras_layers(records: str):
    """What a Keras user writes: decode, then Keras's layers in tf.data, a batch at a time."""
    import keras
    import tensorflow as tf

    layers = [
        keras.layers.RandomCrop(SEEN, SEEN),
        keras.layers.RandomFlip("horizontal"),
        keras.layers.RandomColorJitter(
            value_range=(0, 255), brightness_factor=0.15, contrast_factor=0.2, saturation_factor=0.5, hue_factor=0.05
        ),
        keras.layers.RandomErasing(scale=(0.02, 0.1), value_range=(0, 255)),
    ]

    def decode(jpeg):
        return tf.image.resize(tf.image.decode_jpeg(jpeg, channels=3), (SEEN * 9 // 8, SEEN * 9 // 8))

    def change(batch):
        for layer in layers:
            batch = layer(batch, training=True)
        return batch

    paths = tf.io.gfile.glob(f"{records}/*.tfrecord")
    jpegs = tf.data.TFRecordDataset(paths).shuffle(1024).batch(BATCH).map(_jpegs, tf.data.AUTOTUNE).unbatch()
    batches = jpegs.map(decode, tf.data.AUTOTUNE).batch(BATCH, drop_remainder=True)
    return batches.map(change, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def _jpegs(serialized):
    from tfrecords_tools import schema

    return schema.parse(serialized, ["image"])["image"]


def evaluation(records: str):
    """Our evaluation pipeline."""
    from tfrecords_tools.manifest import Manifest
    from training.inputs.input_pipeline import ProductInput

    return ProductInput(records, Manifest.read(records), _model()).evaluation([2], BATCH)


def training(records: str, augment: str, where: str):
    """Our training pipeline."""
    import numpy as np

    from flags.optimizer import Optimization
    from tfrecords_tools.manifest import Manifest
    from training.inputs.training_input import TrainingInput

    manifest = Manifest.read(records)
    return TrainingInput(
        records, manifest, _model(), None, folds=[2], class_of_label=np.arange(manifest.num_labels),
        optimization=Optimization(batch_size=BATCH, augment=augment), seed=0, where=where,
    )  # fmt: skip


def _model():
    from flags.model import Model

    return Model(modality="image", image_size=SEEN)


def rate(dataset, batch: int = BATCH) -> float:
    """Examples a second of one pass, from the first batch on."""
    batches = iter(dataset)
    next(batches)
    begin, count = time.perf_counter(), 0
    for _ in batches:
        count += batch
    return count / (time.perf_counter() - begin)


def speed(folder: str, size: int) -> list[dict]:
    """The pipelines beside decoding alone, the PyTorch loader and Keras's layers, on photographs of one size."""
    photos = photographs(f"{folder}/photos{size}", size)
    records = write_records(f"{folder}/records{size}", photos, size, IMAGES.value)
    left_to_device, changed_here = training(records, FULL, "device"), training(records, FULL, "host")
    rival = training(records, HOST, "host")
    programs = {
        "decode": lambda: rate(decoding_only(records), 1),
        "discard": lambda: rate(decoding_only(records, handed_over=False)),
        "eval": lambda: rate(evaluation(records)),
        "train": lambda: rate(left_to_device.epoch(0)),
        "host": lambda: rate(changed_here.epoch(0)),
        "rival": lambda: rate(rival.epoch(0)),
        "keras": lambda: rate(keras_layers(records).take(RIVAL_BATCHES)),  # it takes its time
        "torch": functools.partial(_torch, f"{folder}/photos{size}"),
    }
    rates = {name: [] for name in programs}
    for _ in range(ROUNDS.value):
        for name, program in programs.items():
            found = program()
            if found:
                rates[name].append(found)
    middle = {name: statistics.median(values) for name, values in rates.items() if values}
    compared = {
        "input/eval_vs_decode": ("eval", "decode"),
        "input/train_vs_decode": ("train", "decode"),
        "input/host_augment_vs_decode": ("host", "decode"),
        "input/vs_torch_loader": ("train", "torch"),
        "input/vs_keras_layers": ("train", "keras"),
        "input/eval_vs_discarding_decode": ("eval", "discard"),
        "input/host_only_vs_torch_loader": ("rival", "torch"),
        "input/host_only_vs_keras_layers": ("rival", "keras"),
    }
    return [
        figure(name, middle[ours], "images/s", middle[other])
        for name, (ours, other) in compared.items()
        if other in middle
    ]


def _torch(folder: str) -> float:
    repeats = -(-IMAGES.value // len(os.listdir(folder)))
    command = [TORCH_PYTHON.value, "-m", "benchmarks.torch_loader", folder, str(SEEN), "1", str(repeats)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1]
        print(f"no PyTorch loader: {reason}. Install '.[bench]', or give --torch_python.", file=sys.stderr)
        return 0.0
    return json.loads(done.stdout)[0]


def growth(folder: str) -> list[dict]:
    """Cost and memory of a large set beside those of 1,000 images, each in a process of its own, and of seeking."""
    photos = photographs(f"{folder}/photos256", 256)
    few, many = (
        _measured(write_records(f"{folder}/growth{count}", photos, 256, count)) for count in (1000, GROWTH.value)
    )
    half = many["seconds_each"] * GROWTH.value / 2
    return [
        figure("input/cost_growth", many["seconds_each"] * 1e6, "us an image", few["seconds_each"] * 1e6),
        figure("input/memory_growth", many["megabytes"], "MB", few["megabytes"]),
        figure("input/seek_share", many["seek_seconds"], "s", half),
    ]


def _measured(records: str) -> dict:
    command = [sys.executable, "-m", "benchmarks.input_pipeline", f"--measure={records}"]
    return programs.found(command)


def measure(records: str, images: int = 20_000) -> dict:
    """In a process of its own: seconds an image in training, peak memory, seconds to the batch in mid-epoch.

    Small sets are passed over until so many `images` were seen.
    """
    products = training(records, "crop(0.5),flip", "device")
    passes = max(1, images // products.manifest.records)
    rates = [rate(products.epoch(number)) for number in range(passes)]
    begin = time.perf_counter()
    next(iter(products.epoch(0, products.steps_per_epoch // 2)))
    return {
        "seconds_each": 1 / statistics.median(rates),
        "megabytes": memory.held("VmHWM") / 2**20,
        "seek_seconds": time.perf_counter() - begin,
    }


def main(argv: list[str]) -> None:
    if argv[1:]:
        raise app.UsageError(f"unexpected argument {argv[1]!r}")
    if MEASURE.value:
        print(json.dumps(measure(MEASURE.value)))
        return
    parts = ONLY.value or ["speed", "growth", "conversion"]
    with tempfile.TemporaryDirectory() as folder:
        if "speed" in parts:
            by_size = [speed(folder, size) for size in SIZES]
            for figures in by_size:
                show(figures) if not JSON.value else None
            show([min(pair, key=lambda figure: figure["ratio"]) for pair in zip(*by_size, strict=True)])
        if "growth" in parts:
            show(growth(folder))
        if "conversion" in parts:
            from benchmarks import conversion_speed

            photographs(f"{folder}/photos640", 640)
            show(conversion_speed.run(f"{folder}/photos640"))


if __name__ == "__main__":
    try:
        app.run(main)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
