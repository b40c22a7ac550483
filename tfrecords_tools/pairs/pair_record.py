"""The one declaration of what a record of a query-product pair holds, and its writer, which does without TensorFlow.

Worker processes encode the pairs: TensorFlow would cost each of them 800 MB and 4 seconds.
"""

import numpy as np

from tfrecords_tools.example_bytes import example, integers, texts
from tfrecords_tools.pairs.pair import Pair

SCALARS = {
    "id": bytes,
    "split": bytes,
    "fold": int,
    "query": bytes,
    "query_id": int,
    "product_id": int,
    "answer": int,
    "image_height": int,
    "image_width": int,
    "num_boxes": int,
}
REGIONS = {"boxes": "<f4", "features": "<f2", "box_labels": "<i8"}  # stored as raw bytes, row by row


def encode(pair: Pair) -> bytes:
    """Packs a pair into the bytes of a tf.train.Example, the same bytes for the same pair every time."""
    features = {key: _scalar(getattr(pair, key)) for key in SCALARS}
    for key, dtype in REGIONS.items():
        features[key] = texts([np.ascontiguousarray(getattr(pair, key), dtype).tobytes()])
    return example({**features, "mended": texts(reason.encode() for reason in pair.mended)})


def _scalar(value: str | int) -> bytes:
    return texts([value.encode()]) if isinstance(value, str) else integers([value])
