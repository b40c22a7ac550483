"""A catalogue of a few dozen coloured squares, converted in a second: what the tests of every room stand on."""

import csv
import functools
import os
import sys
import tempfile

import numpy as np
from PIL import Image

from flags.data import Records, Source
from flags.distribution import Distribution
from flags.model import Model
from flags.optimizer import Optimization
from flags.run import Run
from tfrecords_tools import conversion

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORDS = ("red", "blue", "mug", "lamp", "bag", "shoe", "large", "small", "new", "promo", "murah", "asli")


def draw(folder: str, groups: int = 16, members: int = 4, size: int = 32, seed: int = 0, lacking: int = 0) -> str:
    """Writes products.csv and its pictures: every group a colour and words of its own; returns the CSV's path.

    Args:
      lacking: every so many rows one has no picture; 0 = all have one.
    """
    random = np.random.default_rng(seed)
    os.makedirs(folder, exist_ok=True)
    rows = []
    for group in range(groups):
        colour, words = random.uniform(30, 225, 3), list(random.choice(WORDS, 3)) + [f"model{group}"]
        for member in range(members):
            name = f"p{group:03d}_{member}"
            pixels = np.clip(colour + random.normal(0, 12, (size, size, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(os.path.join(folder, f"{name}.png"))
            picture = "" if lacking and len(rows) % lacking == 0 else f"{name}.png"
            rows.append((name, picture, " ".join(random.permutation(words)), f"group{group}"))
    path = os.path.join(folder, "products.csv")
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([("id", "image", "title", "label"), *rows])
    return path


@functools.cache
def records(groups: int = 16, members: int = 4, lacking: int = 0) -> str:
    """A records folder of 4 folds, made once per test run and read by many tests."""
    folder = tempfile.mkdtemp()
    source = Source(input=draw(f"{folder}/catalogue", groups, members, lacking=lacking))
    conversion.convert(source, Records(records=f"{folder}/records", stored_size=32, folds=4, workers=1))
    return f"{folder}/records"


@functools.cache
def tree_records(unlabelled: int = 0) -> str:
    """Records of six classes in two categories; every class is in every fold, and some rows may have no class."""
    folder = tempfile.mkdtemp()
    path = draw(f"{folder}/catalogue", groups=6, members=8)
    with open(path, "a", newline="") as file:
        csv.writer(file).writerows((f"test{row}", f"p{row % 6:03d}_0.png", "new", "") for row in range(unlabelled))
    hierarchy = os.path.join(folder, "hierarchy.csv")
    with open(hierarchy, "w", newline="") as file:
        rows = [(f"group{group}", "even" if group % 2 == 0 else "odd") for group in range(6)]
        csv.writer(file).writerows([("class_id", "level_1"), *rows])
    records = Records(records=f"{folder}/records", stored_size=32, folds=4, workers=1, split="stratified")
    conversion.convert(Source(input=path, hierarchy=hierarchy), records)
    return records.records


def train_command(run: str, *flags: str) -> list[str]:
    """A training of the records in a process of its own, to be started in ROOT."""
    return [sys.executable, "-m", "training.train", f"--records={records()}", f"--run={run}", *flags]


def tiny_model(**changes) -> Model:
    """A joint encoder that builds and trains in seconds."""
    return Model(**{"image_size": 24, "tfidf_terms": 200, "tfidf_dim": 8, "margin": 0.3, "scale": 10.0, **changes})


def tiny_optimization(**changes) -> Optimization:
    return Optimization(
        **{"epochs": 2, "batch_size": 8, "warmup_epochs": 0.5, "augment": "flip,color@0.5,words(0.2)", **changes}
    )


def tiny_run(folder: str, **changes) -> Run:
    return Run(run=folder, **changes)


CPU = Distribution(accelerator="cpu", replicas=1, steps_per_loop=3)
