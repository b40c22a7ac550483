"""Reads the records of query-product pairs: one as it was written, or a batch padded to static shapes."""

import math

import numpy as np
import tensorflow as tf

from tfrecords_tools.pairs.pair import Pair
from tfrecords_tools.pairs.pair_record import REGIONS, SCALARS

KEYS = (*SCALARS, *REGIONS, "mask")


def decode(record: bytes, feature_width: int) -> Pair:
    """Unpacks one record as it was packed, without padding.

    Raises:
      ValueError: it is no Example, lacks a feature, or its regions do not fit its num_boxes.
    """
    try:
        stored = tf.train.Example.FromString(record).features.feature
    except Exception as error:  # protobuf's own, whose place depends on its version
        raise ValueError(f"it is no Example ({error})") from error
    values = {key: _value(stored, key, kind) for key, kind in SCALARS.items()}
    num_boxes = values.pop("num_boxes")
    for key in REGIONS:
        values[key] = _regions(key, _content(stored, key), num_boxes, feature_width)
    return Pair(**values, mended=tuple(text.decode() for text in stored["mended"].bytes_list.value))


def parse(serialized, max_boxes: int, feature_width: int, keys=None) -> dict[str, tf.Tensor]:
    """Unpacks a batch of records with static shapes; works inside tf.data.

    Args:
      serialized: string tensor `[batch]`.
      max_boxes: regions per pair; fewer are padded, of more the first are taken.
      feature_width: that of the manifest.
      keys: which features to unpack; None = all of `KEYS`.

    Returns:
      Tensors `[batch]`: string id, split, query; int64 fold, query_id, product_id, answer, image_height, image_width,
      num_boxes (as stored). And float32 boxes `[batch, max_boxes, 4]` in 0..1, float16 features
      `[batch, max_boxes, feature_width]`, both 0 where padded, int64 box_labels `[batch, max_boxes]`, -1 where padded,
      bool mask `[batch, max_boxes]`, true where there is a region.

    Raises:
      ValueError: a key that records do not have.
      tf.errors.InvalidArgumentError: a record that is no Example or lacks a feature.
    """
    keys = KEYS if keys is None else keys
    unknown = [key for key in keys if key not in KEYS]
    if unknown:
        raise ValueError(f"Records of pairs have no feature {unknown[0]!r}; they have {', '.join(KEYS)}.")
    read = {"num_boxes", *keys} - {"mask"}
    dtypes = {key: tf.int64 if SCALARS.get(key) is int else tf.string for key in sorted(read)}
    row = tf.io.parse_example(serialized, {key: tf.io.FixedLenFeature([], dtype) for key, dtype in dtypes.items()})
    for key in REGIONS.keys() & keys:
        row[key] = _padded(key, row[key], max_boxes, feature_width)
    row["mask"] = tf.range(max_boxes, dtype=tf.int64) < row["num_boxes"][:, None]
    if "box_labels" in row:
        row["box_labels"] = tf.where(row["mask"], row["box_labels"], tf.constant(-1, tf.int64))
    return {key: row[key] for key in keys}


def _shape(key: str, num_boxes: int, feature_width: int) -> tuple[int, ...]:
    return {"boxes": (num_boxes, 4), "features": (num_boxes, feature_width), "box_labels": (num_boxes,)}[key]


def _padded(key: str, content: tf.Tensor, max_boxes: int, feature_width: int) -> tf.Tensor:
    dtype, shape = np.dtype(REGIONS[key]), _shape(key, max_boxes, feature_width)
    read_as = tf.uint16 if key == "features" else tf.as_dtype(dtype)  # decode_raw pads no float16
    values = tf.io.decode_raw(content, read_as, fixed_length=math.prod(shape) * dtype.itemsize)
    return tf.bitcast(tf.reshape(values, (-1, *shape)), tf.as_dtype(dtype))


def _regions(key: str, content: bytes, num_boxes: int, feature_width: int) -> np.ndarray:
    dtype, shape = np.dtype(REGIONS[key]), _shape(key, num_boxes, feature_width)
    if len(content) != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"its {key} have {len(content)} bytes, which does not fit {num_boxes} boxes")
    return np.frombuffer(content, dtype).reshape(shape)


def _value(stored, key: str, kind: type) -> int | str:
    return _only(stored[key].int64_list.value, key) if kind is int else _content(stored, key).decode()


def _content(stored, key: str) -> bytes:
    return _only(stored[key].bytes_list.value, key)


def _only(values, key: str):
    if len(values) != 1:
        raise ValueError(f"it lacks {key!r}")
    return values[0]
