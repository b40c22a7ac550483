"""Runs an encoder over records, every example once."""

import numpy as np
import pandas as pd
import tensorflow as tf

from tfrecords_tools.progress import Progress
from tfrecords_tools.reader import read_records

PRODUCT_KEYS = ("id", "title", "label", "label_name", "fold", "phash", "has_image", "has_title")


def embed(devices, embedder, batches: tf.data.Dataset, count: int, unit: str = "") -> dict[str, np.ndarray]:
    """Embeds the first `count` rows of `batches`; padding beyond them is cut off.

    Args:
      devices: what `training.devices.choose` gave.
      embedder: of these devices, for the encoder; it takes up the encoder's weights as they are now.
      batches: of the encoder's inputs.
      unit: what the rows are, for a progress line; empty for none.

    Returns:
      {space: float32 `[count, ...]`}.
    """
    parts: dict[str, list[np.ndarray]] = {}
    progress = Progress(count, unit) if unit else None
    embedder.load()
    for inputs in devices.batches(batches):
        found = embedder(inputs)
        for space, value in found.items():
            parts.setdefault(space, []).append(value)
        if progress:
            progress.advance(min(len(value), count - progress.done))
    if progress:
        progress.finish()
    return {space: np.concatenate(values)[:count].astype(np.float32) for space, values in parts.items()}


def product_table(folder: str, folds=None, keys=PRODUCT_KEYS) -> pd.DataFrame:
    """What records say of each product besides its picture, in the manifest's order.

    Columns, or those of them in `keys`: id, title, label, label_name, fold, phash (16 hex digits or ""), has_image,
    has_title.
    """
    table = pd.DataFrame(list(read_records(folder, folds, keys=keys)), columns=list(keys))
    for column in keys:
        if column in ("id", "title", "label_name"):
            table[column] = [value.decode("utf-8") for value in table[column]]
        elif column == "phash":
            table[column] = [value.hex() for value in table[column]]
        else:
            table[column] = table[column].astype(np.int64)
    return table
