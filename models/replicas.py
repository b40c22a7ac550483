"""Rows and sums over replicas, with the gradients that a loss summed over replicas needs.

Under tf.distribute every replica runs the same code on its own rows, and these functions exchange values by all-reduce
alone, which every strategy has. Anywhere else (one replica; JAX, where one program sees the global batch) they return
what they are given.

TensorFlow's own gradient of `all_gather` averages or drops the parts of the other replicas' losses; here each gradient
is that of the sum of all replicas' losses.
"""

import keras
from keras import ops


def rows_of_all(x):
    """The rows of all replicas, in their order: `[batch, ...]` -> `[replicas * batch, ...]`, float or int32."""
    return _gathered(x) if _replica() else x


def own_rows(x):
    """This replica's rows of what `rows_of_all` gave."""
    replica = _replica()
    if not replica:
        return x
    parts = ops.reshape(x, (replica.num_replicas_in_sync, -1, *x.shape[1:]))
    return ops.take(parts, replica.replica_id_in_sync_group, axis=0)


def total(x):
    """The sum over replicas of a float tensor of one shape everywhere."""
    return _summed(x) if _replica() else x


def largest(x):
    """The elementwise maximum over replicas; without a gradient."""
    x = ops.stop_gradient(x)
    replica = _replica()
    return ops.max(_all_reduced(_placed(x[None], replica)), axis=0) if replica else x


def index():
    """This replica's number, an int or an int32 scalar."""
    replica = _replica()
    return replica.replica_id_in_sync_group if replica else 0


def _replica():
    """The replica's context if there are several, else None."""
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    replica = tf.distribute.get_replica_context()
    return replica if replica and replica.num_replicas_in_sync > 1 else None


@ops.custom_gradient
def _summed(x):
    return _all_reduced(x), lambda *args, upstream=None: _all_reduced(args[0] if upstream is None else upstream)


@ops.custom_gradient
def _gathered(x):
    replica = _replica()
    rows = ops.reshape(_all_reduced(_placed(x[None], replica)), (-1, *x.shape[1:]))
    return rows, lambda *args, upstream=None: own_rows(_all_reduced(args[0] if upstream is None else upstream))


def _placed(x, replica):
    """`[1, ...]` -> `[replicas, ...]`, zero but at this replica's place."""
    mine = ops.equal(ops.arange(replica.num_replicas_in_sync), replica.replica_id_in_sync_group)
    # Chosen, not multiplied: the largest of no columns is -inf.
    return ops.where(ops.reshape(mine, (-1,) + (1,) * (len(x.shape) - 1)), x, ops.zeros_like(x))


def _all_reduced(x):
    import tensorflow as tf

    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, x)
