"""The trainable whole: an encoder, its margin heads, and every variable of theirs by name."""

import contextlib
from collections.abc import Iterator

import keras
import numpy as np

from models.arc_margin import ArcMargin
from training.weights import pretrained


def build(model, titles, num_classes: int, architecture: str = "") -> tuple:
    """An encoder and one ArcMargin head per space it is trained in, before any checkpoint.

    Args:
      model: flags.model.Model or what a run folder kept of it.
      titles: title inputs; None if the model sees no titles.
      num_classes: classes of every head.
      architecture: the encoder's JSON from a run folder; empty to build it anew, with its pretrained weights.

    Returns:
      encoder (keras.Model), heads {space: ArcMargin}.
    """
    if architecture:
        encoder = keras.models.model_from_json(architecture)
    else:
        encoder = pretrained.build_encoder(model, titles)
    spaces = list(encoder.output) if model.branch_heads else [model.modality]
    heads = {space: ArcMargin(num_classes, model.scale, model.margin, name=f"{space}_head") for space in spaces}
    for space, head in heads.items():
        head.build(encoder.output[space].shape)
    return encoder, heads


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
        if name not in arrays or arrays[name].shape != tuple(variable.shape):
            found = f"shape {arrays[name].shape}" if name in arrays else "nothing"
            raise ValueError(f"Checkpoint has {found} for {name} of shape {tuple(variable.shape)}: another model's?")
        variable.assign(arrays[name])


def values_of(variables: dict) -> dict[str, np.ndarray]:
    """The variables' values on the host."""
    return {name: np.asarray(variable) for name, variable in variables.items()}


@contextlib.contextmanager
def holding(variables: list, others: list) -> Iterator[None]:
    """Gives variables the values of others while the block runs."""
    own = [np.array(v) for v in variables]
    for variable, other in zip(variables, others, strict=True):
        variable.assign(np.array(other))
    try:
        yield
    finally:
        for variable, value in zip(variables, own, strict=True):
            variable.assign(value)
