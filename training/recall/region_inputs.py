"""The product side of a pair: regions in static shapes, as encoders take them."""

import tensorflow as tf

from tfrecords_tools.pairs import pair_schema


def parse(serialized: tf.Tensor, region_boxes: int, feature_width: int) -> dict[str, tf.Tensor]:
    """Unpacks the regions of a batch of records; works inside tf.data.

    Args:
      serialized: string `[rows]`.
      region_boxes: regions kept of each product, the first ones.
      feature_width: that of the manifest.

    Returns:
      {"boxes": float32 `[rows, region_boxes, 4]` in 0..1, "features": float16 `[rows, region_boxes, feature_width]`,
      "box_mask": float32 `[rows, region_boxes]`, 1 where there is a region, "box_labels": int32
      `[rows, region_boxes]`, -1 where there is none or its class is unknown}.
    """
    keys = ["boxes", "features", "box_labels", "mask"]
    parsed = pair_schema.parse(serialized, region_boxes, feature_width, keys)
    mask, labels = parsed.pop("mask"), parsed.pop("box_labels")
    return {**parsed, "box_mask": tf.cast(mask, tf.float32), "box_labels": tf.cast(labels, tf.int32)}
