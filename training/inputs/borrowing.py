"""Keeps blank pictures and titles out of BatchNorm's statistics: in training a row without a side borrows one.

A catalogue's postings may lack a picture or a title. Fed as blanks they would pull the mean and variance of every
BatchNorm towards the blank: with half of the pictures missing, all statistics would describe black squares. A mask
cannot reach the BatchNorms inside a published backbone, so a blank row gets the picture or title of another row of the
global batch. The statistics then see real products only; the encoder multiplies the borrowed rows' embeddings by 0, so
they neither count in the loss nor send a gradient.
"""

import tensorflow as tf

INPUTS = {"image": ("image",), "title": ("title_features", "token_ids", "padding_mask")}


def filled(inputs: dict, side: str) -> dict:
    """The inputs of a batch with every row of one side taken from a row that has it.

    Args:
      inputs: model inputs `[batch, ...]` by name, with `has_<side>` `[batch]`, 0 where a row lacks the side.
      side: "image" or "title". Where no row has it, all stay blank.
    """
    rows = donors(inputs[f"has_{side}"])
    taken = {name: tf.gather(inputs[name], rows) for name in INPUTS[side] if name in inputs}
    return {**inputs, **taken}


def donors(present: tf.Tensor) -> tf.Tensor:
    """Chooses for each row the row to take from: itself where present, else the present rows in turn.

    Args:
      present: `[batch]`, nonzero where the row has the side.

    Returns:
      int32 `[batch]`, row numbers. [0, 1, 0, 1, 0] -> [1, 1, 3, 3, 1].
    """
    present = tf.cast(present, tf.bool)
    row, having = tf.range(tf.size(present)), tf.cast(tf.where(present)[:, 0], tf.int32)
    turn = tf.maximum(tf.cumsum(tf.cast(~present, tf.int32)) - 1, 0)
    having = tf.cond(tf.size(having) > 0, lambda: having, lambda: row)
    return tf.where(present, row, tf.gather(having, turn % tf.size(having)))
