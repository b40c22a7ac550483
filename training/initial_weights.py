"""The weights that another run ended with, to begin with: its encoder, and of its heads the classes both runs know."""

import itertools

import numpy as np

from models import column_shards
from training import checkpoints, model_state
from training.run_folder import RunFolder

BY_CLASS = ("kernel", "centres", "bias")  # a head's variables whose last axis is its classes
RANDOM_STATE = "/seed_generator_state"
SHOWN = 3


def take(options, encoder, heads: dict, names: dict) -> str:
    """Gives an encoder and heads the weights of `options.begins_from`.

    What a head has of classes that the run does not know, and heads that it does not have, stay as they are.

    Args:
      options: flags.run.Run.
      encoder: of the same architecture.
      heads: {space: models.heads.Head}, built.
      names: of the heads' classes, see training.classes.names_of.

    Returns:
      a line that says what was taken.

    Raises:
      FileNotFoundError: the folder holds no run, or one without such weights.
      ValueError: its encoder is another; names the first tensors that differ. Or it does not say what its classes are.
    """
    folder = RunFolder(options.begins_from)
    folder.config()
    found = checkpoints.latest(folder / options.initial_weights)
    if found is None:
        raise FileNotFoundError(
            f"{folder / options.initial_weights} has no weights (--initial_run={options.initial_run}): let that run "
            "reach its first evaluation, or name another."
        )
    arrays, _ = found
    taken = _take_encoder(folder.path, encoder, arrays)
    before = folder.class_names()
    if before is None:
        raise ValueError(
            f"{folder.path} has no classes.json: it was trained by an older version, and its classes are unknown. "
            "Train it again."
        )
    kept = [_take_head(space, head, arrays, before, names) for space, head in heads.items()]
    return f"began with {folder / options.initial_weights}: {taken} tensors of the encoder; " + "; ".join(kept)


def _take_encoder(path: str, encoder, arrays: dict) -> int:
    """Tensors are told apart by order and name; the state of dropout's random numbers is no weight."""
    here = {name: v for name, v in model_state.variables_of(encoder, {}).items() if not name.endswith(RANDOM_STATE)}
    names = sorted(name for name in arrays if name.startswith("encoder/") and not name.endswith(RANDOM_STATE))
    differing = []
    for name, other in itertools.zip_longest(here, names):
        shape = column_shards.whole_shape(here[name]) if name else "absent"
        there = arrays[other].shape if other else "absent"
        if shape != there or name.rpartition("/")[2] != other.rpartition("/")[2]:
            differing.append(f"{name or other} is {shape} here, {there} there")
    if differing:
        raise ValueError(
            f"--initial_run={path} has another encoder; {len(differing)} tensors differ: "
            f"{'; '.join(differing[:SHOWN])}. Give the flags of its encoder, or another run."
        )
    for name, other in zip(here, names, strict=True):
        column_shards.assign(here[name], arrays[other])
    return len(here)


def _take_head(space: str, head, arrays: dict, before: dict, names: dict) -> str:
    owned = {id(v): (names["labels"], before["labels"]) for v in head.variables}
    for number, level in enumerate(getattr(head, "levels", ())):
        there = before["levels"][number] if number < len(before["levels"]) else []
        owned |= {id(v): (names["levels"][number], there) for v in level.variables}
    taken = False
    for place, variable in enumerate(head.variables if head.num_classes else ()):
        stored = arrays.get(f"head_{space}/{place:04d}/{variable.name}")
        if stored is not None and variable.name in BY_CLASS:
            taken |= _take_columns(variable, stored, *owned[id(variable)])
    if not taken:
        return f"{space}: a head of another kind, or none, there"
    shared = len(_shared(names["labels"], before["labels"])[0])
    return f"{space}: {shared} of {head.num_classes} classes"


def _take_columns(variable, stored: np.ndarray, names: list[str], before: list[str]) -> bool:
    """Takes the last axis by name; the axis may hold several columns of each class, such as subcentres."""
    value = np.array(column_shards.values(variable))
    if not before or stored.shape[:-1] != value.shape[:-1]:
        return False
    each = value.shape[-1] // len(names)
    if stored.shape[-1] != each * len(before):
        return False
    here, there = _shared(names, before)
    columns = value.reshape(*value.shape[:-1], each, len(names))
    columns[..., here] = stored.reshape(*stored.shape[:-1], each, len(before))[..., there]
    column_shards.assign(variable, columns.reshape(value.shape))
    return True


def _shared(names: list[str], before: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Places of the names that both have, here and there."""
    place = {name: number for number, name in enumerate(before)}
    here = [number for number, name in enumerate(names) if name in place]
    return np.array(here, np.int64), np.array([place[names[number]] for number in here], np.int64)
