"""Exact nearest neighbours by blocked matrix products: no score matrix of queries x gallery is ever held."""

import contextlib

import keras
import numpy as np
from keras import ops

from models.host_top_k import host_top_k


def top_k(queries, gallery, k, there=None):
    """Finds, for each query, the k gallery rows with the largest inner product.

    On unit vectors the inner product is the cosine. Where Keras has an accelerator it computes, with float32 products
    (no TF32), and holds the gallery; else NumPy on all cores. One block of scores and the best k before it are held at
    a time, whatever the gallery. (70,000 x 70,000 scores at once would take 19.6 GB.)

    Args:
      queries: float `[n, dim]`, NumPy array or tensor.
      gallery: float `[m, dim]`.
      k: neighbours per query, 1 to m. A query that is itself in the gallery is among its own neighbours.
      there: bool `[m]`, rows that may be found, at least k of them; None for all.

    Returns:
      scores: float32 `[n, k]`, largest first. NumPy array.
      indices: int32 `[n, k]`, rows of the gallery; of equal scores the lower index first. NumPy array.

    Raises:
      ValueError: k is below 1 or above the rows that are there, or the widths of queries and gallery differ.
    """
    queries, gallery = np.asarray(queries, "float32"), np.asarray(gallery, "float32")
    if queries.ndim != 2 or gallery.ndim != 2 or queries.shape[1] != gallery.shape[1]:
        raise ValueError(f"queries {queries.shape} and gallery {gallery.shape} must be [n, dim] and [m, dim].")
    most = len(gallery) if there is None else int(np.count_nonzero(there))
    if not 1 <= k <= most:
        raise ValueError(f"k={k} neighbours of a gallery of {most} rows: give k from 1 to {most}.")
    if on_accelerator():
        return device_top_k(queries, gallery, k, there)
    return host_top_k(queries, gallery, k, there)


def on_accelerator() -> bool:
    """Whether Keras's backend computes on a GPU or TPU."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.default_backend() != "cpu"
    import tensorflow as tf

    return any(tf.config.list_logical_devices(kind) for kind in ("GPU", "TPU"))


def device_top_k(queries, gallery, k, there=None, block=1024, gallery_block=16384):
    """`top_k` by Keras's backend, which holds the gallery and `[block, gallery_block]` scores: 64 MB."""
    hidden = np.zeros(len(gallery), np.float32)
    if there is not None:
        hidden[~there] = -np.inf
    starts = range(0, len(gallery), gallery_block)
    parts = [
        (ops.convert_to_tensor(gallery[i : i + gallery_block]), ops.convert_to_tensor(hidden[i : i + gallery_block]), i)
        for i in starts
    ]
    scores, indices = np.zeros((len(queries), k), np.float32), np.zeros((len(queries), k), np.int32)
    with _float32_products():
        for start in range(0, len(queries), block):
            rows = slice(start, start + block)
            scores[rows], indices[rows] = _best_of_gallery(ops.convert_to_tensor(queries[rows]), parts, k)
    return scores, indices


def _best_of_gallery(queries, parts, k):
    scores = indices = None
    for part, hidden, start in parts:
        products = ops.matmul(queries, ops.transpose(part)) + hidden
        part_scores, part_indices = ops.top_k(products, min(k, part.shape[0]))
        part_indices = ops.cast(part_indices, "int32") + start
        if scores is not None:
            # The earlier rows stand first, and top_k takes the first of equals: the lower index wins.
            part_scores = ops.concatenate([scores, part_scores], axis=1)
            part_indices = ops.concatenate([indices, part_indices], axis=1)
            part_scores, places = ops.top_k(part_scores, min(k, part_scores.shape[1]))
            part_indices = ops.take_along_axis(part_indices, ops.cast(places, "int32"), axis=1)
        scores, indices = part_scores, part_indices
    return ops.convert_to_numpy(scores), ops.convert_to_numpy(indices)


@contextlib.contextmanager
def _float32_products():
    """GPUs and TPUs may shorten float32 factors to 10 or 7 bits: cosines off by a thousandth, and other neighbours."""
    if keras.backend.backend() == "jax":
        import jax

        with jax.default_matmul_precision("highest"):
            yield
        return
    from tensorflow import config

    before = config.experimental.tensor_float_32_execution_enabled()
    config.experimental.enable_tensor_float_32_execution(False)
    try:
        yield
    finally:
        config.experimental.enable_tensor_float_32_execution(before)
