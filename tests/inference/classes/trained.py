"""A trained run and planted predictions: what the tests of this folder stand on."""

import functools
import io
import tempfile
from contextlib import redirect_stderr

import numpy as np
import pandas as pd

from flags.classify import Classification, Predictions
from flags.model import Model
from inference.classes import prediction_folder
from inference.classes.class_tree import ClassTree
from tests import tiny_catalogue
from training import devices
from training.product_training import Training

TREE = ClassTree(
    ["ant", "bee", "cat", "dog"], [["small", "large"]], np.array([[0, 0, 1, 1]], np.int32)
)  # fmt: skip


def records() -> str:
    return tiny_catalogue.tree_records(unlabelled=5)


@functools.cache
def run() -> str:
    """A run folder with two snapshots, trained for six steps, on six classes in two categories."""
    model = Model(modality="image", image_size=24, head="linear", embedding_norm="none", level_weights="0.5")
    return _trained(model, augment="flip,crop(0.6)@0.8,color", schedule="cyclic_cosine", cycles=2, learning_rate=3e-3)


@functools.cache
def margin_run() -> str:
    """A run folder of pictures and titles with ArcMargin heads, trained on the same records."""
    return _trained(tiny_catalogue.tiny_model())


def _trained(model: Model, **changes) -> str:
    folder, optimization = f"{tempfile.mkdtemp()}/run", tiny_catalogue.tiny_optimization(**changes)
    with redirect_stderr(io.StringIO()):
        Training(records(), model, optimization, tiny_catalogue.CPU, tiny_catalogue.tiny_run(folder)).run()
    return folder


@functools.cache
def chosen_devices():
    return devices.choose(tiny_catalogue.CPU)


def arguments(folder: str, options: dict | None = None, output: dict | None = None, weights: str = "best") -> tuple:
    """What inference.classes.classifying.classify takes."""
    flags = Classification(**(options or {})), Predictions(**(output or {}))
    return records(), run(), folder, *flags, weights, tiny_catalogue.CPU, 0


def plant(folder: str, probabilities, label, fold, held_out: dict, tree: ClassTree = TREE, k: int = 0, **about) -> str:
    """Writes a folder of predictions; `label` names classes of `tree` by number, -1 for none."""
    probabilities, label = np.asarray(probabilities, np.float64), np.asarray(label)
    names = [tree.names[place] if place >= 0 else "" for place in label]
    products = pd.DataFrame({"id": [f"p{row}" for row in range(len(label))], "label": label, "label_name": names})
    with prediction_folder.writing(folder, len(label), k or probabilities.shape[1]) as out:
        out.add(probabilities)
    facts = {"records": "records", "records_fingerprint": "", "members": [], "held_out": held_out, "scores": []}
    prediction_folder.finish(folder, products.assign(fold=fold), tree, facts | about)
    return folder
