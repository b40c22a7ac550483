"""Mirroring alone: a run of flips needs no interpolation."""

import tensorflow as tf
from keras import ops

from training.augmentation import geometry

OPERATIONS = {name: geometry.OPERATIONS[name] for name in ("flip", "vflip")}


def combine(operations, draws) -> tf.Tensor:
    """What a run of flips comes to: float32 `[batch, 2]`, -1 where left and right, or top and bottom, change place."""
    return tf.linalg.diag_part(geometry.matrix(operations, draws))[:, :2]


def on_host(picture: tf.Tensor, change: tf.Tensor) -> tf.Tensor:
    """Mirrors one picture `[height, width, 3]`; `change` float32 `[2]`."""
    # A slice [::-1] would do, at more than ten times the cost of reverse.
    picture = tf.cond(change[0] < 0, lambda: tf.reverse(picture, [1]), lambda: picture)
    return tf.cond(change[1] < 0, lambda: tf.reverse(picture, [0]), lambda: picture)


def on_device(pictures, change):
    """Mirrors a batch `[batch, height, width, 3]`; `change` float32 `[batch, 2]`."""
    turned = change[:, :, None, None, None] < 0
    pictures = ops.where(turned[:, 0], ops.flip(pictures, axis=2), pictures)
    return ops.where(turned[:, 1], ops.flip(pictures, axis=1), pictures)
