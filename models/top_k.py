"""Exact nearest neighbours by blocked matrix products: no score matrix of queries x gallery is ever held."""

import numpy as np
from keras import ops


def top_k(queries, gallery, k, block=1024, gallery_block=16384):
    """Finds, for each query, the k gallery rows with the largest inner product.

    On unit vectors the inner product is the cosine. One block of scores `[block, gallery_block]` and the best k of the
    gallery blocks before it are held at a time: 64 MB at the defaults, whatever the gallery. (70,000 x 70,000 scores
    at once would take 19.6 GB.)

    Args:
      queries: float `[n, dim]`, NumPy array or tensor.
      gallery: float `[m, dim]`.
      k: neighbours per query, 1 to m. A query that is itself in the gallery is among its own neighbours.
      block: queries per block.
      gallery_block: gallery rows per block.

    Returns:
      scores: float32 `[n, k]`, largest first. NumPy array.
      indices: int32 `[n, k]`, rows of the gallery; of equal scores the lower index first. NumPy array.

    Raises:
      ValueError: k is below 1 or above m, or the widths of queries and gallery differ.
    """
    queries, gallery = np.asarray(queries, "float32"), np.asarray(gallery, "float32")
    if queries.ndim != 2 or gallery.ndim != 2 or queries.shape[1] != gallery.shape[1]:
        raise ValueError(f"queries {queries.shape} and gallery {gallery.shape} must be [n, dim] and [m, dim].")
    if not 1 <= k <= len(gallery):
        raise ValueError(f"k={k} neighbours of a gallery of {len(gallery)} rows: give k from 1 to {len(gallery)}.")
    starts = range(0, len(queries), block)
    found = [_best_of_gallery(queries[start : start + block], gallery, k, gallery_block) for start in starts]
    scores, indices = zip(*found, strict=True) if found else ([np.zeros((0, k))], [np.zeros((0, k))])
    return np.concatenate(scores).astype("float32"), np.concatenate(indices).astype("int32")


def _best_of_gallery(queries, gallery, k, gallery_block):
    queries = ops.convert_to_tensor(queries)
    scores = indices = None
    for start in range(0, len(gallery), gallery_block):
        part = ops.convert_to_tensor(gallery[start : start + gallery_block])
        part_scores, part_indices = ops.top_k(ops.matmul(queries, ops.transpose(part)), min(k, part.shape[0]))
        part_indices = ops.cast(part_indices, "int32") + start
        if scores is not None:
            # The earlier rows stand first, and top_k takes the first of equals: the lower index wins.
            part_scores = ops.concatenate([scores, part_scores], axis=1)
            part_indices = ops.concatenate([indices, part_indices], axis=1)
            part_scores, places = ops.top_k(part_scores, min(k, part_scores.shape[1]))
            part_indices = ops.take_along_axis(part_indices, ops.cast(places, "int32"), axis=1)
        scores, indices = part_scores, part_indices
    return ops.convert_to_numpy(scores), ops.convert_to_numpy(indices)
