"""Keeps blank pictures and titles out of BatchNorm's statistics."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("shelflens")
class BorrowMissing(keras.layers.Layer):
    """In training, gives a row without this side the picture (or feature) of another row of the batch.

    A catalogue's postings may lack a picture or a title. Fed as blanks they would pull the mean and variance of every
    BatchNorm towards the blank: with half of the pictures missing, all statistics would describe black squares. A mask
    cannot reach the BatchNorms inside a published backbone, so the blank rows borrow from the rows that have the side,
    each in turn. The statistics then see real products only. The encoder multiplies the borrowed rows' embeddings by 0
    afterwards, so they neither count in the loss nor send a gradient.

    In inference nothing is borrowed: BatchNorm then uses its stored statistics and rows do not see each other.
    A batch in which no row has the side stays as it is; its blanks then move the stored statistics by one step (1 -
    momentum). Under data parallelism each replica borrows within its own part of the batch.

    Call arguments:
      rows: tensor `[batch, ...]`.
      present: float or int tensor `[batch]`, nonzero where the row has this side.
      training: bool.

    Returns:
      tensor of rows' shape and dtype.
    """

    def __init__(self, **kwargs):
        super().__init__(**{"autocast": False, **kwargs})

    def call(self, rows, present, training=False):
        if not training:
            return rows
        return ops.take(rows, donors(present), axis=0)

    def compute_output_shape(self, rows_shape, present_shape):
        return rows_shape

    def compute_output_spec(self, rows, present, training=False):
        return keras.KerasTensor(rows.shape, dtype=rows.dtype)


def donors(present):
    """Chooses for each row the row to take from: itself where present, else the present rows in turn.

    Args:
      present: float or int tensor `[batch]`, nonzero where the row has the side.

    Returns:
      int32 tensor `[batch]` of row indices. [0, 1, 0, 1, 0] -> [1, 1, 3, 3, 1].
    """
    present = ops.cast(ops.not_equal(present, 0), "int32")
    row = ops.cumsum(ops.ones_like(present)) - 1
    count = ops.sum(present)
    # Present rows first, each part in its own order: the keys are distinct, so any sort gives the same.
    order = ops.argsort(row - present * ops.size(present))
    turn = ops.maximum(ops.cumsum(1 - present) - 1, 0)
    borrowed = ops.take(order, turn % ops.maximum(count, 1), axis=0)
    keeps_own = ops.logical_or(present > 0, count == 0)
    return ops.cast(ops.where(keeps_own, row, ops.cast(borrowed, "int32")), "int32")
