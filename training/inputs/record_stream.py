"""Serialized records in any order: fetched window by window in file order, then put into the order asked for."""

import numpy as np
import tensorflow as tf

from tfrecords_tools import files
from training.inputs import order as orders

OPEN_RUNS = 8  # runs of neighbours that are read at once from remote storage; local files are faster one by one
READ_BYTES = 1 << 18


def stream(paths, order: np.ndarray, window: int, shards: np.ndarray, offsets: np.ndarray, start: int = 0):
    """Reads the records of an order from position `start` on; what lies before is never touched.

    Args:
      paths: of the shards.
      order: int64 `[positions]`, record numbers.
      window: records fetched at a time; two windows are held in memory.
      shards, offsets: int64 `[records]`, where each record lies: the number of its shard, its first byte.

    Returns:
      a dataset of (position int64, serialized string), a window at a time: `[window]` each.
    """
    plan = orders.plan_reading(order[start:], window, shards, offsets)
    rising = bool((np.diff(order[start:]) > 0).all())  # then a window is read in the order asked for
    is_remote = any(files.is_remote(path) for path in paths)
    paths = tf.constant(paths)
    shard, offset, length, runs, places, counts = map(
        tf.constant, (plan.shard, plan.offset, plan.length, plan.runs, plan.places, plan.counts)
    )

    def fetch(number):
        first, last = runs[number], runs[number + 1]
        begin = number * window
        end = tf.minimum(begin + window, len(order) - start)
        pieces = tf.data.Dataset.from_tensor_slices((shard[first:last], offset[first:last], length[first:last]))
        run = lambda s, o, n: _run(paths[s], o).take(n)  # noqa: E731
        if is_remote:
            records = pieces.interleave(run, OPEN_RUNS, window, OPEN_RUNS, deterministic=True)
        else:
            records = pieces.flat_map(run)
        records = records.batch(counts[number])
        asked = lambda read: read if rising else tf.gather(read, places[begin:end])  # noqa: E731
        return records.map(lambda read: (start + tf.range(begin, end), asked(read)))

    return tf.data.Dataset.range(len(plan.counts)).flat_map(fetch).prefetch(1)


def _run(path: tf.Tensor, offset: tf.Tensor) -> tf.data.Dataset:
    # tf.data.TFRecordDataset has no argument for the place to begin at; the op beneath it has.
    variant = tf.raw_ops.TFRecordDatasetV2(
        filenames=path, compression_type="", buffer_size=READ_BYTES, byte_offsets=offset
    )
    return tf.data.experimental.from_variant(variant, tf.TensorSpec((), tf.string))
