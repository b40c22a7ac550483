"""Flips, rotation, shear, zoom, shift and crops: a run of them is one matrix and one interpolation.

An operation gives float32 matrices `[batch, 3, 3]` that lead from a place in the new picture to one in the old, in
coordinates that run from -1 to 1 across the picture. Pictures are square, so an angle stays an angle. What lies
outside repeats the border.
"""

import math

import tensorflow as tf
from keras import ops


def flip(draws):
    """Mirrors left and right, half of the time."""
    return _matrix(tf.where(draws.gate(0.5), -1.0, 1.0), 0.0, 0.0, 0.0, 1.0, 0.0)


def vflip(draws):
    """Mirrors top and bottom, half of the time."""
    return _matrix(1.0, 0.0, 0.0, 0.0, tf.where(draws.gate(0.5), -1.0, 1.0), 0.0)


def affine(draws, rotate=0.0, shear=0.0, zoom=0.0, shift=0.0):
    """Rotates and shears by up to so many degrees, zooms and shifts by up to such shares of the side."""
    return _affine([draws.uniform(-1.0, 1.0) for _ in range(6)], rotate, shear, zoom, shift)


def affine_normal(draws, rotate=15.0, shear=8.0, zoom=0.1, shift=0.1):
    """As affine, with normal draws of these standard deviations (Shopee Code League, 7th place)."""
    return _affine([draws.normal() for _ in range(6)], rotate, shear, zoom, shift)


def crop(draws, smallest=0.8, aspect=1.33):
    """Cuts a random box of `smallest` to 1 of the area, `aspect` times as wide as high or less, and stretches it back.

    Source: RandomResizedCrop; Szegedy et al., Going deeper with convolutions, CVPR 2015.
    """
    top, left, height, width = tf.unstack(window(draws, smallest, aspect), axis=-1)
    return _matrix(width, 0.0, 2.0 * left + width - 1.0, 0.0, height, 2.0 * top + height - 1.0)


def window(draws, smallest=0.8, aspect=1.33) -> tf.Tensor:
    """The box of `crop`: float32 `[batch, 4]` of top, left, height, width as shares of the side."""
    area = draws.uniform(smallest, 1.0)
    ratio = tf.exp(draws.uniform(-1.0, 1.0) * math.log(aspect))
    height, width = tf.minimum(tf.sqrt(area / ratio), 1.0), tf.minimum(tf.sqrt(area * ratio), 1.0)
    top, left = draws.uniform(0.0, 1.0) * (1.0 - height), draws.uniform(0.0, 1.0) * (1.0 - width)
    return tf.stack([top, left, height, width], axis=-1)


OPERATIONS = {f.__name__: f for f in (flip, vflip, affine, affine_normal, crop)}


def matrix(operations, draws) -> tf.Tensor:
    """The product of a run of operations, each drawn and gated: float32 `[batch, 3, 3]`."""
    total = tf.eye(3)[None]
    for operation in operations:
        touched = draws.gate(operation.share)
        one = operation.function(draws, **operation.arguments)
        total = total @ tf.where(touched[:, None, None], one, tf.eye(3))
    return total


def combine(operations, draws) -> tf.Tensor:
    """The upper two rows of the matrix of a run: float32 `[batch, 6]`."""
    return tf.reshape(matrix(operations, draws)[:, :2], [-1, 6])


def on_host(picture: tf.Tensor, change: tf.Tensor) -> tf.Tensor:
    """Warps one picture, float32 `[size, size, 3]`; `change` float32 `[6]`."""
    unchanged = tf.reduce_all(tf.equal(change, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]))
    return tf.cond(unchanged, lambda: picture, lambda: _warp(picture, change))


def _warp(picture, change):
    half = tf.cast(tf.shape(picture)[0], tf.float32) / 2.0
    a, b, u, c, d, v = tf.unstack(change)
    centre = half - 0.5  # of the first and the last pixel's centres, whose distance is 2 centre
    offset_x = centre - (a + b) * centre + u * half
    offset_y = centre - (c + d) * centre + v * half
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=picture[None],
        transforms=tf.stack([a, b, offset_x, c, d, offset_y, 0.0, 0.0])[None],
        output_shape=tf.shape(picture)[:2],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )[0]


def on_device(pictures, change):
    """Warps a batch, float32 `[batch, size, size, 3]`, by gathers that XLA compiles; `change` float32 `[batch, 6]`."""
    batch, size = ops.shape(pictures)[0], pictures.shape[1]
    place = (ops.arange(size, dtype="float32") + 0.5) * (2.0 / size) - 1.0
    a, b, u, c, d, v = (change[:, i, None, None] for i in range(6))
    x = ((a * place[None, None, :] + b * place[None, :, None] + u) + 1.0) * (size / 2) - 0.5
    y = ((c * place[None, None, :] + d * place[None, :, None] + v) + 1.0) * (size / 2) - 0.5
    x, y = ops.clip(x, 0.0, size - 1.0), ops.clip(y, 0.0, size - 1.0)
    left, top = ops.floor(x), ops.floor(y)
    right, bottom = ops.minimum(left + 1.0, size - 1.0), ops.minimum(top + 1.0, size - 1.0)
    pixels = ops.reshape(pictures, (-1, pictures.shape[-1]))
    first = ops.arange(batch, dtype="int32")[:, None, None] * (size * size)

    def at(row, column):
        return ops.take(pixels, first + ops.cast(row, "int32") * size + ops.cast(column, "int32"), axis=0)

    across, down = (x - left)[..., None], (y - top)[..., None]
    upper = at(top, left) * (1.0 - across) + at(top, right) * across
    lower = at(bottom, left) * (1.0 - across) + at(bottom, right) * across
    return upper * (1.0 - down) + lower * down


def _affine(draw, rotate, shear, zoom, shift):
    angle, slant = draw[0] * math.radians(rotate), draw[1] * math.radians(shear)
    zoom_x, zoom_y = (1.0 / tf.maximum(1.0 + amount * zoom, 0.1) for amount in draw[2:4])
    return _matrix(
        zoom_x * tf.cos(angle), -zoom_y * tf.sin(angle + slant), 2.0 * shift * draw[4],
        zoom_x * tf.sin(angle), zoom_y * tf.cos(angle + slant), 2.0 * shift * draw[5],
    )  # fmt: skip


def _matrix(*rows) -> tf.Tensor:
    batch = tf.shape(sum(rows))
    cells = [tf.broadcast_to(cell, batch) for cell in (*rows, 0.0, 0.0, 1.0)]
    return tf.reshape(tf.stack(cells, axis=-1), [-1, 3, 3])
