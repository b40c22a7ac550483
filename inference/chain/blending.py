"""Embeddings made of their neighbours': what a product looks like to those that look like it.

Every function takes a graph or neighbour lists of a gallery searched in itself, and gives unit vectors of its rows.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import scipy.sparse

from inference import graph
from inference.calibrate import matched
from inference.candidates import Candidates
from inference.search import Neighbours, search
from training.metrics import Threshold


def blended(vectors, matches: scipy.sparse.csr_matrix) -> np.ndarray:
    """The sum of every row's matches, weighted by their scores, as a unit vector: float32 `[items, dim]`.

    Args:
      vectors: float `[items, dim]`, unit or zero rows.
      matches: `[items, items]`, cosines; a row that matches nothing stays as it is.
    """
    vectors = np.asarray(vectors, np.float32)
    summed = np.asarray(matches.astype(np.float32) @ vectors)
    norms = np.linalg.norm(summed, axis=1, keepdims=True)
    return np.where(norms > 1e-6, summed / np.maximum(norms, 1e-6), vectors)


def expanded(vectors, neighbours: Neighbours, count: int, alpha: float) -> np.ndarray:
    """Alpha query expansion: a row and its `count` nearest, weighted by cosine to the power `alpha`.

    Applied to a gallery searched in itself this is database-side augmentation (DBA).

    Source: Radenovic et al., Fine-tuning CNN image retrieval with no human annotation, arXiv:1711.02512, section 3.4.
    """
    indices, scores = neighbours.indices[:, : count + 1], neighbours.scores[:, : count + 1]
    row, place = np.nonzero(indices >= 0)
    weights = np.clip(scores[row, place], 0.0, None) ** alpha
    shape = (len(indices), len(vectors))
    return blended(vectors, scipy.sparse.csr_matrix((weights, (row, indices[row, place])), shape=shape))


def neighbourhood_blending(
    vectors,
    candidates: Candidates,
    first: Mapping[str, Threshold],
    stages: Sequence[Threshold],
    k: int = 51,
    say=None,
    method: str = "exact",
) -> np.ndarray:
    """Iterative neighbourhood blending (INB): each stage blends the rows with their matches, then they are searched.

    Args:
      vectors: float32 `[items, dim]`, what is blended.
      candidates: of the same gallery searched in itself; the first stage's matches are the union of what its spaces
        match.
      first: {space: its thresholds} for the first stage.
      stages: thresholds in the blended space after each stage but the last; their number plus one is that of stages.
      k: neighbours looked at, the item itself counted.
      say: called with ("blended", queries done, queries in all).
      method: exact or approximate, see `inference.search.open_search`.

    Returns:
      float32 `[items, dim]`, the vectors after the last stage.

    Source: the winners of Shopee's Price Match Guarantee.
    """
    row, column = np.nonzero(matched(candidates, first))
    other = candidates.indices[row, column]
    # Weighted by cosines of one space: scores of several have no common measure.
    weights = np.clip(np.einsum("pd,pd->p", vectors[row], vectors[other]), 0.0, None)
    every = np.arange(len(vectors))
    vectors = blended(vectors, scipy.sparse.csr_matrix((weights, (row, other)), shape=(len(every),) * 2))
    progress = (lambda done, of: say("blended", done, of)) if say else None
    for threshold in stages:
        found = search(vectors, vectors, k, every, progress, method=method)
        near = graph.threshold(found, threshold.first, len(every)), graph.min2(found, threshold.second, len(every))
        vectors = blended(vectors, graph.union(*near))
    return vectors
