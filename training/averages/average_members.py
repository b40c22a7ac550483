"""What may be averaged: snapshots of a run, or the best weights of runs that differ in nothing but their training."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import tensorflow as tf

from tfrecords_tools import files
from tfrecords_tools.writer import make_folder, write_whole
from training import checkpoints
from training.run_folder import RunFolder

# Flags of the model that act in training alone: runs may differ in them and still have the same function to average.
_FREE = {"dropout", "scale", "margin"}
_FOLDS = ("validation_fold", "test_fold")


class WeightFiles(Mapping):
    """Saved weights, {file: {variable: array}}, each read when it is asked for.

    Args:
      places: (folder, step) of each.
    """

    def __init__(self, places: Sequence[tuple[str, int]]):
        self.places = {f"{folder}/step-{step:08d}.npz": (folder, step) for folder, step in places}

    def __getitem__(self, file: str) -> dict[str, np.ndarray]:
        try:
            return checkpoints.load(*self.places[file])[0]
        except (ValueError, OSError) as error:
            raise ValueError(f"{file} is broken ({error}): take it away, or leave its run out.") from error

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def step(self, file: str) -> int:
        """The step of training that a file was saved at."""
        return self.places[file][1]


def snapshots(folder: RunFolder) -> WeightFiles:
    """The snapshots of a run, oldest first.

    Raises:
      FileNotFoundError: the folder holds no run.
      ValueError: there are fewer than two.
    """
    folder.config()
    steps = checkpoints.steps(folder / "snapshots")
    if len(steps) < 2:
        raise ValueError(
            f"{folder / 'snapshots'} holds {len(steps)}: an average needs 2 at least. Train with "
            "--schedule=cyclic_cosine --cycles=5, which keeps one at the end of each cycle, or average several runs "
            "with --runs."
        )
    return WeightFiles([(folder / "snapshots", step) for step in steps])


def newest(folder: RunFolder, places: Sequence[str]) -> WeightFiles:
    """The newest weights in each of those subfolders that hold any."""
    steps = {place: checkpoints.steps(folder / place) for place in places}
    return WeightFiles([(folder / place, found[-1]) for place, found in steps.items() if found])


def best_weights(folders: Sequence[RunFolder]) -> WeightFiles:
    """The best weights of each run.

    Raises:
      FileNotFoundError: a folder holds no run, or one without best weights.
    """
    places = []
    for folder in folders:
        folder.config()
        steps = checkpoints.steps(folder / "best")
        if not steps:
            raise FileNotFoundError(f"{folder / 'best'} has no weights: let training reach its first evaluation.")
        places.append((folder / "best", steps[-1]))
    return WeightFiles(places)


def check_alike(folders: Sequence[RunFolder]) -> None:
    """Refuses runs whose weights do not stand for the same function of the same inputs and classes.

    Raises:
      ValueError: a run differs from the first in architecture, pretrained weights, classes, folds or title inputs.
    """
    first, *others = folders
    for other in others:
        differing = _differing(first, other)
        if differing:
            raise ValueError(
                f"{first.path} and {other.path} cannot be averaged: {'; '.join(differing)}. Leave one out, or train "
                "it again with the other's flags."
            )


def begin(target: RunFolder, source: RunFolder) -> None:
    """Gives a folder all that makes weights an encoder: architecture, title inputs, flags; config.json comes last."""
    make_folder(target.path)
    classes = ["classes.json"] if files.exists(source / "classes.json") else []
    names = [*_files_of_titles(source), "encoder.json", *classes, "run.flags", "config.json"]
    for name in names:
        make_folder((target / name).rpartition("/")[0])
        write_whole(target / name, files.read(source / name))


def _differing(first: RunFolder, other: RunFolder) -> list[str]:
    here, there = first.config(), other.config()
    lines = _differing_flags(vars(here.model), vars(there.model), sorted(vars(here.model).keys() - _FREE))
    lines += _differing_flags(vars(here.run), vars(there.run), _FOLDS)
    if here.facts.records != there.facts.records:
        lines.append("trained on other records")
    if here.facts.num_classes != there.facts.num_classes:
        lines.append(f"{here.facts.num_classes} classes and {there.facts.num_classes}")
    elif first.class_names() and other.class_names() and first.class_names() != other.class_names():
        lines.append(f"{here.facts.num_classes} classes each, but not the same ones")
    if _fingerprints(first) != _fingerprints(other):
        lines.append("other title inputs (titles/): they are learned with --seed, give both the same")
    return lines


def _differing_flags(here: dict, there: dict, names: Sequence[str]) -> list[str]:
    return [f"--{name}={here[name]} and {there.get(name)}" for name in names if here[name] != there.get(name)]


def _files_of_titles(folder: RunFolder) -> list[str]:
    root = folder / "titles"
    found = []
    for path, _, names in tf.io.gfile.walk(root):
        within = path.rstrip("/").removeprefix(root).strip("/")
        found += ["/".join(part for part in ("titles", within, name) if part) for name in names]
    return sorted(found)


def _fingerprints(folder: RunFolder) -> dict[str, str]:
    return {name: hashlib.sha256(files.read(folder / name)).hexdigest() for name in _files_of_titles(folder)}
