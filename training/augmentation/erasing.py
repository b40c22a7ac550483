"""Black boxes: Cutout and CoarseDropout.

An operation gives float32 `[batch, boxes, 4]`: centre y and x, height and width, as shares of the side. Boxes may
reach over the border.
"""

import tensorflow as tf
from keras import ops


def cutout(draws, low=0.4, high=0.6):
    """One rectangle whose sides are `low` to `high` of the picture's.

    Source: DeVries and Taylor, Improved regularization of convolutional networks with Cutout, 2017.
    """
    return _boxes(draws, 1, low, high)


def dropout(draws, holes=8.0, low=0.05, high=0.15):
    """`holes` rectangles whose sides are `low` to `high` of the picture's (CoarseDropout)."""
    return _boxes(draws, int(holes), low, high)


OPERATIONS = {f.__name__: f for f in (cutout, dropout)}


def combine(operations, draws) -> tf.Tensor:
    """The boxes of a run of operations, row by row: float32 `[batch, 4 * boxes]`; an untouched box has no size."""
    boxes = []
    for operation in operations:
        touched = draws.gate(operation.share)
        one = operation.function(draws, **operation.arguments)
        boxes.append(tf.where(touched[:, None, None], one, 0.0))
    boxes = tf.concat(boxes, axis=1)
    return tf.reshape(boxes, [-1, 4 * boxes.shape[1]])


def on_host(picture: tf.Tensor, change: tf.Tensor) -> tf.Tensor:
    """Blackens boxes of one picture, float32 `[height, width, 3]`; `change` float32 `[4 * boxes]`."""
    boxes = tf.reshape(change, [-1, 4])
    height, width = tf.unstack(tf.cast(tf.shape(picture)[:2], tf.float32))

    def blackened():
        rows = tf.abs((tf.range(height) + 0.5) / height - boxes[:, :1]) < boxes[:, 2:3] / 2
        columns = tf.abs((tf.range(width) + 0.5) / width - boxes[:, 1:2]) < boxes[:, 3:] / 2
        inside = tf.matmul(tf.cast(rows, tf.float32), tf.cast(columns, tf.float32), transpose_a=True)
        return picture * tf.cast(inside < 0.5, tf.float32)[..., None]  # where would take four times as long

    return tf.cond(tf.reduce_any(boxes[:, 2] > 0), blackened, lambda: picture)


def on_device(pictures, change):
    """Blackens boxes of a batch, float32 `[batch, height, width, 3]`; `change` float32 `[batch, 4 * boxes]`."""
    _, height, width, _ = pictures.shape
    boxes = ops.reshape(change, (-1, change.shape[1] // 4, 4))
    rows = (ops.arange(height, dtype="float32") + 0.5) / height
    columns = (ops.arange(width, dtype="float32") + 0.5) / width
    rows = ops.abs(rows - boxes[:, :, :1]) < boxes[:, :, 2:3] / 2
    columns = ops.abs(columns - boxes[:, :, 1:2]) < boxes[:, :, 3:] / 2
    inside = ops.any(ops.logical_and(rows[:, :, :, None], columns[:, :, None, :]), axis=1)
    return ops.where(inside[..., None], 0.0, pictures)


def _boxes(draws, count, low, high):
    boxes = [
        tf.stack([*(draws.uniform(0.0, 1.0) for _ in range(2)), *(draws.uniform(low, high) for _ in range(2))], axis=-1)
        for _ in range(count)
    ]
    return tf.stack(boxes, axis=1)
