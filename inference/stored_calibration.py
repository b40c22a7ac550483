"""calibration.json: the thresholds that a run's matching chose, for catalogues in which nothing is labelled.

It lies in the run folder and belongs to the weights that embedded: cosines of another model are others.
"""

import json

import numpy as np
import tensorflow as tf

from inference.baselines import baseline_spaces
from inference.candidates import Gallery, told_of
from inference.choice import choose_best
from inference.matching import CHAIN, Result, match_rows
from inference.methods import Method
from tfrecords_tools import files
from tfrecords_tools.writer import write_whole
from training.metrics import Threshold

NAME = "calibration.json"
# The best threshold rises with the gallery: beyond this ratio of sizes it is likely to be another.
MOST_GROWTH = 2.0


def write(folder: str, result: Result, run_fingerprint: str) -> str:
    """Keeps the chosen method in a run folder, whole or not at all.

    Thresholds can be kept, a chain cannot (its classifier was trained on these products): then the best of the other
    methods is kept.

    Returns:
      the name of the method.
    """
    plain = [method for method in result.methods if method.name != CHAIN]
    method = result.chosen if result.chosen in plain else choose_best(plain, result.validation_f1)
    about = {
        "run_fingerprint": run_fingerprint,
        "gallery_size": len(result.galleries.use),
        "method": {
            "name": method.name,
            "thresholds": {space: [at.first, at.second] for space, at in method.thresholds.items()},
            "weights": method.weights,
            "validation_f1": method.validation_f1,
        },
    }
    write_whole(f"{folder}/{NAME}", json.dumps(about, indent=1))
    return method.name


def read(path: str, run_fingerprint: str) -> tuple[Method, int]:
    """The method of a file, and the size of the gallery that it was chosen on.

    Raises:
      FileNotFoundError: there is none; says which command writes it.
      ValueError: it belongs to other weights.
    """
    if not tf.io.gfile.exists(path):
        raise FileNotFoundError(
            f"{path} is not there: python -m inference.match writes it for a run with labelled folds."
        )
    about = json.loads(files.read(path))
    if about["run_fingerprint"] != run_fingerprint:
        raise ValueError(
            f"{path} was chosen for weights {about['run_fingerprint'][:12]}, and these come from "
            f"{run_fingerprint[:12] or 'no run'}: another model's thresholds mean nothing. Calibrate it: python -m "
            "inference.match on labelled records."
        )
    kept = about["method"]
    thresholds = {space: Threshold(*at, kept["validation_f1"]) for space, at in kept["thresholds"].items()}
    return Method(kept["name"], thresholds, kept["weights"], kept["validation_f1"]), about["gallery_size"]


def matches(
    products, spaces: dict, method: Method, neighbours: int = 51, most: int = 50, search: str = "exact", say=None
) -> list[np.ndarray]:
    """Matches every product with every other by a kept method: for each row the rows that match, itself first.

    Raises:
      ValueError: the method needs a space that these products do not have.
    """
    there = {**spaces, **baseline_spaces(products)}
    lacking = [space for space in method.spaces if space not in there]
    if lacking:
        raise ValueError(
            f"The calibration matches by {', '.join(method.spaces)}, and these products have no {lacking[0]}, only "
            f"{', '.join(there)}. Embed their missing side, or calibrate on products like them."
        )
    searched, every = {name: there[name] for name in method.spaces}, np.arange(len(products))
    return match_rows(method, Gallery(searched, every, search), every, neighbours, most, told_of("matches", say))


def warning(gallery_size: int, here: int) -> str:
    """What to say where the gallery is of another size; "" where it is about the same."""
    ratio = max(here, 1) / max(gallery_size, 1)
    if 1 / MOST_GROWTH <= ratio <= MOST_GROWTH:
        return ""
    return (
        f"warning: thresholds were chosen in a gallery of {gallery_size} products, and this one has {here}; the best "
        "threshold rises with the gallery, so expect more wrong matches in a larger one, and more missed in a smaller."
    )
