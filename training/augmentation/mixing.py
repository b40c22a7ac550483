"""MixUp and CutMix: a picture takes a share of its partner, and the loss the same share of the partner's class.

Rows 2k and 2k + 1 of a batch are partners. Batches are shuffled, so any partner is as random as another, and this one
is the same on one replica and on many. An operation gives what a row keeps of itself: float32 `[batch, 6]`, a share
for the whole picture, a box (top, left, bottom, right as shares) that is the partner's, and the weight of its own
class.
"""

import tensorflow as tf
from keras import ops

KEPT_SHARE = 5  # the column with the weight of the row's own class


def mixup(draws, alpha=0.2):
    """Averages two pictures with a share from Beta(alpha, alpha). Source: Zhang et al., mixup, ICLR 2018."""
    share = draws.beta(alpha)
    none = tf.zeros_like(share)
    return tf.stack([share, none, none, none, none, share], axis=-1)


def cutmix(draws, alpha=1.0):
    """Pastes a box of the partner; its area is 1 - Beta(alpha, alpha). Source: Yun et al., CutMix, ICCV 2019."""
    half = tf.sqrt(1.0 - draws.beta(alpha)) / 2.0
    y, x = draws.uniform(0.0, 1.0), draws.uniform(0.0, 1.0)
    top, left, bottom, right = (tf.clip_by_value(edge, 0.0, 1.0) for edge in (y - half, x - half, y + half, x + half))
    kept = 1.0 - (bottom - top) * (right - left)
    return tf.stack([tf.ones_like(kept), top, left, bottom, right, kept], axis=-1)


OPERATIONS = {f.__name__: f for f in (mixup, cutmix)}
UNMIXED = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def combine(operations, draws) -> tf.Tensor:
    """What each row keeps, `[batch, 6]`: of several operations in a list the first whose gate opens is the one."""
    total = tf.constant([UNMIXED])
    for operation in reversed(operations):
        touched = draws.gate(operation.share)
        total = tf.where(touched[:, None], operation.function(draws, **operation.arguments), total)
    return total


def only_where_both(change: tf.Tensor, there: tf.Tensor) -> tf.Tensor:
    """Leaves pairs alone in which a row has no picture; `there` float32 `[batch]`, 1 where it has one."""
    return tf.where((there * _swapped_tf(there))[:, None] > 0, change, tf.constant([UNMIXED]))


def on_host(pictures: tf.Tensor, change: tf.Tensor) -> tf.Tensor:
    """Mixes the pairs of a batch, float32 `[batch, height, width, 3]`; `change` float32 `[batch, 6]`."""
    _, height, width, _ = pictures.shape
    share, top, left, bottom, right, _ = (change[:, i, None, None] for i in range(6))
    y = (tf.range(height, dtype=tf.float32)[None, :, None] + 0.5) / height
    x = (tf.range(width, dtype=tf.float32)[None, None, :] + 0.5) / width
    inside = (y > top) & (y < bottom) & (x > left) & (x < right)
    kept = tf.where(inside, 0.0, share)[..., None]
    return kept * pictures + (1.0 - kept) * _swapped_tf(pictures)


def on_device(pictures, change):
    """As `on_host`, for the step."""
    _, height, width, _ = pictures.shape
    share, top, left, bottom, right, _ = (change[:, i, None, None] for i in range(6))
    y = (ops.arange(height, dtype="float32")[None, :, None] + 0.5) / height
    x = (ops.arange(width, dtype="float32")[None, None, :] + 0.5) / width
    inside = (y > top) & (y < bottom) & (x > left) & (x < right)
    kept = ops.where(inside, 0.0, share)[..., None]
    return kept * pictures + (1.0 - kept) * swapped(pictures)


def swapped(rows):
    """Every row's partner, `[batch, ...]`."""
    pairs = ops.reshape(rows, (-1, 2, *rows.shape[1:]))
    return ops.reshape(ops.flip(pairs, axis=1), (-1, *rows.shape[1:]))


def _swapped_tf(rows):
    pairs = tf.reshape(rows, [-1, 2, *rows.shape[1:]])
    return tf.reshape(pairs[:, ::-1], [-1, *rows.shape[1:]])
