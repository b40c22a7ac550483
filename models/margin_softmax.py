"""The parts of a margin softmax that its replicated, sharded and sampled heads share, in keras.ops and float32.

Written for a million classes: the largest temporaries are a few `[batch, classes]` and, in the gradient, two of the
size of the centres. Normalised centres are never made.
"""

import keras
from keras import ops

EPSILON = 1e-6  # a centre shorter than this is divided by it instead of by its length


def cosines(unit, centres):
    """The cosine of every row with every column.

    Args:
      unit: float32 `[batch, dim]`, rows of length 1, or 0 for a product without this side.
      centres: float32 `[dim, classes]`, columns of any length.

    Returns:
      float32 `[batch, classes]` in [-1, 1], up to rounding.
    """
    # Reshaped, because a custom gradient takes a variable's value, not the variable.
    return _cosines(unit, ops.reshape(centres, centres.shape))


@ops.custom_gradient
def _cosines(unit, centres):
    # By hand, because automatic differentiation keeps six arrays of the size of the centres where two do.
    squared_length = ops.sum(ops.square(centres), axis=0)
    per_length = ops.rsqrt(ops.maximum(squared_length, EPSILON**2))
    cosine = ops.matmul(unit, centres) * per_length

    def gradient(*args, upstream=None):
        upstream = args[0] if upstream is None else upstream
        along = ops.sum(upstream * cosine, axis=0) * ops.square(per_length)
        along = ops.where(squared_length > EPSILON**2, along, 0.0)
        upstream = upstream * per_length
        to_centres = ops.matmul(ops.transpose(unit), upstream) - centres * along
        return ops.matmul(upstream, ops.transpose(centres)), to_centres

    return cosine, gradient


def with_margin(cosine, margin):
    """cos(theta + margin) of cos(theta), continued by a straight line where the cosine would rise again.

    Source: Deng et al., ArcFace, arXiv:1801.07698, eq. 3; the straight line is that of the authors' code.

    Args:
      cosine: float32 of any shape; what rounding left outside [-1, 1] is brought back.
      margin: float32 scalar or of cosine's shape, radians.
    """
    cosine = ops.clip(cosine, -1.0, 1.0)
    # The root's gradient is infinite at |cosine| = 1: there the sine is held at its value 1e-7 short of it.
    sine = ops.sqrt(ops.maximum(1.0 - ops.square(cosine), 2e-7))
    moved = cosine * ops.cos(margin) - sine * ops.sin(margin)
    line = cosine - margin * ops.sin(margin)
    return ops.where(cosine > -ops.cos(margin), moved, line)


def move_targets(cosine, label, margin):
    """Puts the margin on each row's own class.

    Args:
      cosine: float32 `[batch, classes]`.
      label: int `[batch]`; outside [0, classes) the row has no class of its own here.
      margin: float32 scalar or `[batch]`, radians.

    Returns:
      float32 `[batch, classes]`.
    """
    is_target = is_own_class(cosine, label)
    moved = with_margin(_sum_where(is_target, cosine), margin)
    return ops.where(is_target, moved[:, None], cosine)


def target_logits(logits, label):
    """The logit of each row's own class, float32 `[batch]`; 0 where it has none here."""
    return _sum_where(is_own_class(logits, label), logits)


def is_own_class(logits, label):
    """Where each row's own class is, bool of the shape of `logits`."""
    # Compared, not scattered: XLA fuses it, and splits it where the classes are split over devices.
    return ops.equal(ops.arange(logits.shape[-1], dtype="int32"), ops.cast(label, "int32")[:, None])


def is_class(label, classes: int):
    """Which labels are one of so many classes (-1: no label), bool `[batch]`."""
    return ops.logical_and(label >= 0, label < classes)


def cross_entropy(logits, label, label_smoothing: float):
    """Softmax cross-entropy against the label, from logits that are all in one place.

    Args:
      logits: float32 `[batch, classes]`.
      label: int `[batch]`; a row whose label is outside [0, classes) (-1: no label) has loss 0.
      label_smoothing: share of the target given to all classes.

    Returns:
      float32 `[batch]`.
    """
    has_target = is_class(label, logits.shape[-1])
    known = ops.where(has_target, label, 0)
    loss = keras.losses.sparse_categorical_crossentropy(known, logits, from_logits=True)
    if label_smoothing:
        loss += label_smoothing * (target_logits(logits, known) - ops.mean(logits, axis=-1))
    return ops.where(has_target, loss, 0.0)


def _sum_where(is_target, logits):
    return ops.sum(ops.where(is_target, logits, 0.0), axis=-1)
