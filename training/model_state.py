"""The trainable whole: an encoder, its heads, and every variable of theirs by name."""

import contextlib
from collections.abc import Iterator

import keras
import numpy as np

from models import column_shards, heads
from training.weights import pretrained


def build(model, titles, classes: heads.Classes, architecture: str = "", seed: int = 0) -> tuple:
    """An encoder and one head per space it is trained in, before any checkpoint.

    Args:
      model: flags.model.Model or what a run folder kept of it.
      titles: title inputs; None if the model sees no titles.
      classes: of every head that has any.
      architecture: the encoder's JSON from a run folder; empty to build it anew, with its pretrained weights.
      seed: see models.heads.build.

    Returns:
      encoder (keras.Model), heads {space: models.heads.Head}.
    """
    if architecture:
        encoder = from_architecture(architecture)
    else:
        encoder = pretrained.build_encoder(model, titles)
    spaces = list(encoder.output) if model.branch_heads else [model.modality]
    made = {space: heads.build(model, classes, f"{space}_head", seed) for space in spaces}
    for space, head in made.items():
        head.build(encoder.output[space].shape)
    return encoder, made


def from_architecture(architecture: str):
    """An encoder of what a run folder kept of it, before any checkpoint.

    Args:
      architecture: JSON.
    """
    return keras.models.model_from_json(architecture)


def variables_of(encoder, heads, optimizer=None) -> dict:
    """Every variable that a run must keep, by a unique name; with `optimizer`, its slots too."""
    parts = {"encoder": encoder, **{f"head_{space}": head for space, head in heads.items()}}
    variables = {
        f"{part}/{place:04d}/{v.name}": v for part, owner in parts.items() for place, v in enumerate(owner.variables)
    }
    if optimizer is not None:
        # Slots are named after layers, which Keras numbers anew in every process.
        variables |= {f"optimizer/{place:04d}": v for place, v in enumerate(optimizer.variables)}
    return variables


def restore(variables: dict, arrays: dict) -> None:
    """Assigns saved values to the variables of the same name.

    Raises:
      ValueError: a variable has no value, or one of another shape.
    """
    for name, variable in variables.items():
        if name not in arrays or arrays[name].shape != column_shards.whole_shape(variable):
            found = f"shape {arrays[name].shape}" if name in arrays else "nothing"
            raise ValueError(
                f"Checkpoint has {found} for {name} of shape {column_shards.whole_shape(variable)}: another model's?"
            )
        column_shards.assign(variable, arrays[name])


def values_of(variables: dict) -> dict[str, np.ndarray]:
    """The variables' values on the host."""
    return {name: column_shards.values(variable) for name, variable in variables.items()}


@contextlib.contextmanager
def holding(variables: list, others: list) -> Iterator[None]:
    """Gives variables the values of others while the block runs."""
    own = [np.array(column_shards.values(v)) for v in variables]
    for variable, other in zip(variables, others, strict=True):
        column_shards.assign(variable, np.array(column_shards.values(other)))
    try:
        yield
    finally:
        for variable, value in zip(variables, own, strict=True):
            column_shards.assign(variable, value)
