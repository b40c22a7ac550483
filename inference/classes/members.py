"""The sets of weights of one run that predict together: the best, an average, or every snapshot."""

import dataclasses
import hashlib

from tfrecords_tools import files
from training import checkpoints, model_state
from training.run_folder import RunFolder

_MADE_BY = {
    "best": "best/ is written at the first evaluation of a training",
    "averaged": "averaged/ by python -m training.average or training.tau",
    "snapshots": "snapshots/ by a training with --schedule=cyclic_cosine --cycles=5",
}


@dataclasses.dataclass(frozen=True)
class Member:
    """An encoder and its head with one set of weights.

    Attributes:
      name: best, averaged, or snapshot <step>.
      fingerprint: SHA-256 of the weights' file.
      embedder: of the devices, with these weights.
      head: models.heads.Head of `space`.
    """

    name: str
    fingerprint: str
    embedder: object
    head: object
    space: str


def load(folder: RunFolder, weights: str, devices) -> tuple[list[Member], object]:
    """Builds one encoder for each set of weights: all look at a batch once it is decoded.

    Args:
      folder: the run's.
      weights: "best", "averaged" or "snapshots".
      devices: what `training.devices.choose` gave.

    Returns:
      the members, oldest weights first, and the title inputs (or None).

    Raises:
      FileNotFoundError: there are no such weights.
      ValueError: the run's head tells no classes apart.
    """
    config = folder.config()
    steps = checkpoints.steps(folder / weights)
    if not steps:
        raise FileNotFoundError(f"{folder / weights} has no weights: {_MADE_BY[weights]}.")
    members, titles, space = [], None, config.model.modality
    for step in steps if weights == "snapshots" else steps[-1:]:
        with devices.scope():
            encoder, heads, titles = folder.load(weights)
            arrays, _ = checkpoints.load(folder / weights, step)
            model_state.restore(model_state.variables_of(encoder, heads), arrays)
            _check(heads[space], folder)
        name = f"snapshot {step}" if weights == "snapshots" else weights
        digest = hashlib.sha256(files.read(folder / f"{weights}/step-{step:08d}.npz")).hexdigest()
        embedder = devices.embedder(encoder)
        embedder.load()
        members.append(Member(name, digest, embedder, heads[space], space))
    return members, titles


def _check(head, folder: RunFolder) -> None:
    if not head.num_classes:
        raise ValueError(
            f"{folder.path} was trained with --head=tuples, which tells no classes apart: classify with a run of "
            "--head=linear, or of a head with a margin."
        )
