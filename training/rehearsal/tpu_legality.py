"""What a TPU cannot run, by the name of the layer or the augmentation that it came from."""

import traceback
from collections.abc import Iterator

import jax
import keras

CALLBACKS = ("pure_callback", "io_callback", "debug_callback")
WIDE = ("int64", "uint64", "float64", "complex128")


def trace(name: str, function, arguments: tuple):
    """Traces a jitted function on shapes alone.

    Returns:
      jax.stages.Traced.

    Raises:
      ValueError: it cannot be traced (a string, a shape that depends on values, an op of another library), or it calls
        the host, or it computes in 64 bits; names where.
    """
    try:
        traced = function.trace(*arguments)
    except Exception as error:
        raise ValueError(f"{name}: {place_of(error)} cannot be compiled for a TPU: {_first_line(error)}") from error
    refused = list(dict.fromkeys(refusals(traced.jaxpr.jaxpr)))
    if refused:
        raise ValueError(f"{name}: {'; '.join(refused)}.")
    return traced


def refusals(jaxpr) -> Iterator[str]:
    """What of a jaxpr no TPU runs as it stands, though its compiler says nothing: calls of the host, 64 bits."""
    for equation in jaxpr.eqns:
        if equation.primitive.name in CALLBACKS:
            yield f"{_where(equation)} calls the host ({equation.primitive.name}), which a TPU step cannot wait for"
        wide = [v.aval.dtype.name for v in equation.outvars if getattr(v.aval, "dtype", None) is not None]
        for dtype in set(wide).intersection(WIDE):
            yield f"{_where(equation)} computes in {dtype} ({equation.primitive.name}), which a TPU only emulates"
        for inner in jax.core.jaxprs_in_params(equation.params):
            yield from refusals(inner)


def place_of(error: Exception) -> str:
    """The innermost layers that an error came through, outermost first, else the function of ours it was raised in."""
    layers, ours = [], ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        owner = frame.f_locals.get("self")
        if isinstance(owner, keras.layers.Layer) and owner.name not in layers:
            layers.append(owner.name)
        module = frame.f_globals.get("__name__", "")
        if module.startswith(("training.augmentation.", "models.", "training.steps.objective")):
            ours = f"{module}.{frame.f_code.co_name} (line {line})"
        if module.startswith("training.augmentation."):
            layers = []
    return f"layer {'/'.join(layers)}" if layers else ours or "the step"


def _where(equation) -> str:
    """The layer path that Keras leaves in the name of every op, and the file of ours that asked for it."""
    stack = str(equation.source_info.name_stack)
    files = [frame for frame in equation.source_info.traceback.frames if "/training/augmentation/" in frame.file_name]
    if files:
        return f"augmentation {files[0].file_name.rpartition('/')[2]}, {files[0].function_name}"
    return f"layer {stack}" if stack else "an op outside of all layers"


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
