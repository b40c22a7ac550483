"""What happens to gradients between backpropagation and the optimizer, in keras.ops for both backends."""

import functools
from collections.abc import Collection, Iterator

from keras import ops, tree

from models import replicas


def change(gradients: list, options, split: Collection[int] = ()) -> list:
    """Centralises and clips the gradients of the global batch, as `options` (training.steps.step_options) says.

    Args:
      split: here and below, the places of gradients of which each replica has its own columns (a sharded head's).
    """
    if options.centralize:
        gradients = [centralized(gradient) for gradient in gradients]
    if options.clip_norm:
        gradients = clipped(gradients, options.clip_norm, split)
    return gradients


def centralized(gradient):
    """Takes the mean over all axes but the last off a gradient of two or more axes.

    Source: Yong et al., Gradient Centralization, arXiv:2004.01461.
    """
    axes = tuple(range(len(gradient.shape) - 1))
    return gradient - ops.mean(gradient, axis=axes, keepdims=True) if axes else gradient


def clipped(gradients: list, norm: float, split: Collection[int] = ()) -> list:
    """Scales all gradients together so that their global norm is at most `norm`."""
    factor = norm / ops.maximum(global_norm(gradients, split), norm)
    return [gradient * factor for gradient in gradients]


def global_norm(gradients: list, split: Collection[int] = ()):
    """The norm of all gradients as one vector, float32."""
    squares = [ops.sum(ops.square(ops.cast(gradient, "float32"))) for gradient in gradients]
    total = sum(square for place, square in enumerate(squares) if place not in split)
    if split:
        total += replicas.total(sum(squares[place] for place in split))
    return ops.sqrt(total)


def sharpness_moves(gradients: list, rho: float, split: Collection[int] = ()) -> list:
    """How far each weight goes uphill before the gradient that counts is taken.

    Source: Foret et al., Sharpness-Aware Minimization, arXiv:2010.01412, eq. 2.
    """
    factor = rho / (global_norm(gradients, split) + 1e-12)
    return [gradient * factor for gradient in gradients]


def average_share(step, momentum: float):
    """What a moving average of weights keeps of itself after `step` updates: less at first, then `momentum`."""
    step = ops.cast(step, "float32")
    return ops.minimum(momentum, (1.0 + step) / (10.0 + step))


def parts(batch: dict, count: int, together: int = 1) -> Iterator[dict]:
    """Splits a batch into `count` batches of equal size, dealt as `dealt` says."""
    if count == 1:
        yield batch
        return
    for i in range(count):
        yield tree.map_structure(functools.partial(_rows, i, count, together), batch)


def dealt(rows, count: int, together: int = 1):
    """Deals rows to `count` parts in turn, some at a time: `[batch / count / size, count, size, ...]`.

    Dealt so, every device keeps its rows, and a part holds the same rows on any number of devices.

    Args:
      together: rows that stay together, which is the size.
    """
    return ops.reshape(rows, (-1, count, together, *rows.shape[1:]))


def _rows(i: int, count: int, together: int, tensor):
    return ops.reshape(dealt(tensor, count, together)[:, i], (-1, *tensor.shape[1:]))
