"""Changes of light and colour: a run of them is one matrix per picture.

Every operation maps a pixel x to A x + d + E m, where m is the mean pixel of the picture (which contrast needs), and
two of them in a row are again of that form. An operation gives A `[batch, 3, 3]`, d `[batch, 3]`, E `[batch, 3, 3]`.
Pixels are 0..255; values outside are clipped when all changes are done.
"""

import numpy as np
import tensorflow as tf
from keras import ops

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
YIQ = np.array([LUMA, [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
_BACK = np.linalg.inv(YIQ)
# Turning hue by t is P0 + cos t P1 + sin t P2. Source: Haeberli, Matrix operations for image processing, 1993.
_PARTS = np.zeros((3, 3, 3))
_PARTS[0, 0, 0] = _PARTS[1, 1, 1] = _PARTS[1, 2, 2] = _PARTS[2, 2, 1] = 1
_PARTS[2, 1, 2] = -1
HUE = (_BACK @ _PARTS @ YIQ).astype(np.float32)


def brightness(draws, amount=0.5):
    """Multiplies by 1 ± `amount`."""
    return _linear(_scaled(draws.uniform(1.0 - amount, 1.0 + amount)))


def contrast(draws, low=0.8, high=1.3):
    """Moves pixels away from the picture's mean by a factor between `low` and `high`."""
    factor = draws.uniform(low, high)
    return _scaled(factor), tf.zeros_like(factor)[:, None] * tf.zeros(3), _scaled(1.0 - factor)


def saturation(draws, low=0.8, high=2.3):
    """Moves colours away from grey by a factor between `low` and `high`."""
    return _linear(_away_from_grey(draws.uniform(low, high)))


def hue(draws, turn=0.05):
    """Turns colours by up to `turn` of the colour circle."""
    angle = draws.uniform(-turn, turn)[:, None, None] * (2.0 * np.pi)
    return _linear(HUE[0] + tf.cos(angle) * HUE[1] + tf.sin(angle) * HUE[2])


def grey(draws):
    """Drops the colours."""
    return _linear(_away_from_grey(tf.zeros([1])))


def channels(draws):
    """Deals red, green and blue anew: another colour, the same shape."""
    order = tf.argsort(tf.stack([draws.uniform(0.0, 1.0) for _ in range(3)], axis=-1))
    return _linear(tf.one_hot(order, 3))


def invert(draws):
    """Turns light to dark and dark to light."""
    return _linear(-tf.eye(3)[None], 255.0 * tf.ones([1, 3]))


def color(draws, amount=0.15, saturation_low=0.8, saturation_high=2.3, contrast_low=0.8, contrast_high=1.3):
    """Adds ± `amount` of white, then saturation, then contrast (Shopee Code League, 7th place)."""
    light = _linear(tf.eye(3)[None], 255.0 * draws.uniform(-amount, amount)[:, None] * tf.ones(3))
    both = _then(light, saturation(draws, saturation_low, saturation_high))
    return _then(both, contrast(draws, contrast_low, contrast_high))


OPERATIONS = {f.__name__: f for f in (brightness, contrast, saturation, hue, grey, channels, invert, color)}


def combine(operations, draws) -> tf.Tensor:
    """What a run of operations comes to: float32 `[batch, 21]`, A, d and E row by row."""
    total = _linear(tf.eye(3)[None])
    for operation in operations:
        touched = draws.gate(operation.share)[:, None, None]
        matrix, offset, mean = operation.function(draws, **operation.arguments)
        one = (tf.where(touched, matrix, tf.eye(3)), tf.where(touched[:, 0], offset, 0.0), tf.where(touched, mean, 0.0))
        total = _then(total, one)
    matrix, offset, mean = total
    return tf.concat([tf.reshape(matrix, [-1, 9]), offset, tf.reshape(mean, [-1, 9])], axis=1)


UNCHANGED = np.concatenate([np.eye(3).ravel(), np.zeros(12)]).astype(np.float32)


def on_host(picture: tf.Tensor, change: tf.Tensor) -> tf.Tensor:
    """Recolours one picture, float32 `[height, width, 3]`; `change` float32 `[21]`."""

    def recoloured():
        matrix, mean = tf.reshape(change[:9], [3, 3]), tf.reshape(change[12:], [3, 3])
        pixels = tf.reshape(picture, [-1, 3])
        offset = change[9:12] + tf.linalg.matvec(mean, tf.reduce_mean(pixels, axis=0))
        return tf.reshape(tf.matmul(pixels, matrix, transpose_b=True) + offset, tf.shape(picture))

    return tf.cond(tf.reduce_all(tf.equal(change, UNCHANGED)), lambda: picture, recoloured)


def on_device(pictures, change):
    """Recolours a batch, float32 `[batch, height, width, 3]`; `change` float32 `[batch, 21]`."""
    matrix, mean = ops.reshape(change[:, :9], (-1, 3, 3)), ops.reshape(change[:, 12:], (-1, 3, 3))
    middle = ops.mean(pictures, axis=(1, 2))
    offset = change[:, 9:12] + ops.einsum("bij,bj->bi", mean, middle)
    return ops.einsum("bhwj,bij->bhwi", pictures, matrix) + offset[:, None, None, :]


def _then(first, second):
    """`second` after `first`."""
    matrix, offset, mean = second
    return (
        matrix @ first[0],
        tf.linalg.matvec(matrix + mean, first[1]) + offset,
        matrix @ first[2] + mean @ (first[0] + first[2]),
    )


def _linear(matrix, offset=None):
    if offset is None:
        offset = tf.zeros_like(matrix[:, 0])
    return matrix, offset, tf.zeros_like(matrix)


def _scaled(factor):
    return factor[:, None, None] * tf.eye(3)


def _away_from_grey(factor):
    to_grey = np.tile(LUMA, (3, 1))
    return to_grey + factor[:, None, None] * (np.eye(3, dtype=np.float32) - to_grey)
