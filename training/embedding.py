"""Runs an encoder over records, every example once."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import tensorflow as tf

from tfrecords_tools.progress import Progress
from tfrecords_tools.reader import read_records

PRODUCT_KEYS = ("id", "title", "label", "label_name", "fold", "phash", "has_image", "has_title")


def make_embed(strategy: tf.distribute.Strategy, encoder) -> Callable:
    """Compiles `encoder` in inference mode: inputs of a global batch -> {space: [batch, dim]} on the host."""

    @tf.function(reduce_retracing=True)
    def run(inputs):
        return strategy.run(lambda values: encoder(values, training=False), (inputs,))

    def gather(inputs):
        embeddings = run(inputs)
        if strategy.num_replicas_in_sync > 1:
            embeddings = {space: strategy.gather(value, axis=0) for space, value in embeddings.items()}
        return {space: value.numpy() for space, value in embeddings.items()}

    return gather


def embed(
    strategy, embed_batch: Callable, batches: tf.data.Dataset, count: int, say: bool = False
) -> dict[str, np.ndarray]:
    """Embeds the first `count` rows of `batches`; padding beyond them is cut off.

    Args:
      embed_batch: what `make_embed` gave.
      batches: from ProductInput.evaluation.
      say: show a progress line.

    Returns:
      {space: float32 [count, dim]}.
    """
    parts: dict[str, list[np.ndarray]] = {}
    progress = Progress(count, "products") if say else None
    for inputs in strategy.experimental_distribute_dataset(_unsharded(batches)):
        found = embed_batch(inputs)
        for space, value in found.items():
            parts.setdefault(space, []).append(value)
        if progress:
            progress.advance(min(len(value), count - progress.done))
    if progress:
        progress.finish()
    return {space: np.concatenate(values)[:count].astype(np.float32) for space, values in parts.items()}


def product_table(folder: str, folds=None) -> pd.DataFrame:
    """What records say of each product besides its picture, in the manifest's order.

    Columns: id, title, label, label_name, fold, phash (16 hex digits or ""), has_image, has_title.
    """
    rows = list(read_records(folder, folds, keys=PRODUCT_KEYS))
    table = pd.DataFrame(rows, columns=list(PRODUCT_KEYS))
    for column in ("id", "title", "label_name"):
        table[column] = [value.decode("utf-8") for value in table[column]]
    table["phash"] = [value.hex() for value in table["phash"]]
    for column in ("label", "fold", "has_image", "has_title"):
        table[column] = table[column].astype(np.int64)
    return table


def _unsharded(dataset: tf.data.Dataset) -> tf.data.Dataset:
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return dataset.with_options(options)
