"""Re-ranking with k-reciprocal neighbours: products that see one another among their nearest are alike.

Source: Zhong et al., Re-ranking Person Re-identification with k-reciprocal Encoding, CVPR 2017 (arXiv:1701.08398).
Everything is sparse but the scores returned: memory grows with (queries + products) * k1 * k1 at most.
"""

import numpy as np
import scipy.sparse

from inference.ranking.smoothing import unit
from models.host_top_k import host_top_k

BLOCK = 4096  # rows of neighbours that are expanded together


def re_rank(queries, products, k1: int = 20, k2: int = 6, share: float = 0.3) -> np.ndarray:
    """Scores every product for every query by shared neighbours and by distance.

    d* = (1 - share) * Jaccard distance of the two sets of k-reciprocal neighbours + share * d, where d is the squared
    Euclidean distance of unit vectors divided by the largest of the query.

    Args:
      queries: float `[queries, dim]`; products: float `[products, dim]`, in one space; any length but NaN.
      k1: neighbours that may be reciprocal. k2: neighbours whose sets are averaged into one's own; 1 for none.
      share: lambda, 0..1; 1 ranks as the embeddings do.

    Returns:
      float32 `[queries, products]`, 1 - d*, 0..1: higher is better.

    Raises:
      ValueError: widths differ, a value is not finite, or k1, k2 or share lies outside its range.
    """
    queries, products = unit(queries, "queries"), unit(products, "products")
    if queries.shape[1] != products.shape[1]:
        raise ValueError(f"queries {queries.shape} and products {products.shape} are not of one width.")
    if not (1 <= k2 <= k1 + 1 and 0 <= share <= 1):
        raise ValueError(f"k1={k1}, k2={k2}, share={share}: expected 1 <= k2 <= k1 + 1 and a share from 0 to 1.")
    vectors = np.concatenate([queries, products])
    nearest = host_top_k(vectors, vectors, min(k1 + 1, len(vectors)))[1]
    farthest = 1 + host_top_k(vectors, -vectors, 1)[0][:, 0]  # 1 - the lowest cosine
    farthest = np.where(farthest > 0, farthest, 1).astype(np.float32)
    sets = _encoded(vectors, nearest, farthest, k1)
    if k2 > 1:
        near = nearest[:, :k2]
        sets = (_listed(near, len(vectors)).astype(np.float32) / near.shape[1]) @ sets
    shared = _shared(sets[: len(queries)].tocsr(), sets[len(queries) :].tocsc())
    distance = np.clip((1 - queries @ products.T) / farthest[: len(queries), None], 0, 1)
    return (1 - (1 - share) * (1 - shared / (2 - shared)) - share * distance).astype(np.float32)


def _encoded(vectors, nearest, farthest, k1: int) -> scipy.sparse.csr_matrix:
    """The expanded k-reciprocal sets as weights exp(-d) that sum to 1: float32 `[rows, rows]`."""
    rows = len(vectors)
    whole, half = (_reciprocal(nearest[:, :k]) for k in (k1 + 1, round(k1 / 2) + 1))
    sizes = np.asarray(half.sum(axis=1)).ravel()
    parts = []
    for start in range(0, rows, BLOCK):
        own = whole[start : start + BLOCK]
        common = own.multiply(own @ half.T).tocoo()  # |the candidate's half set, shared with the own set|
        kept = 3 * common.data > 2 * sizes[common.col]
        joined = np.ones(kept.sum(), np.int32), (common.row[kept], common.col[kept])
        found = (own + scipy.sparse.csr_matrix(joined, own.shape) @ half).tocoo()
        cosine = _cosines(vectors, found.row + start, found.col)
        weight = np.exp(-(1 - cosine) / farthest[found.row + start])
        total = np.bincount(found.row, weight, own.shape[0])
        weight = (weight / total[found.row]).astype(np.float32)
        parts.append(scipy.sparse.csr_matrix((weight, (found.row, found.col)), own.shape))
    return scipy.sparse.vstack(parts, format="csr")


def _reciprocal(nearest) -> scipy.sparse.csr_matrix:
    """1 where two rows are among each other's nearest, and for each row itself; int32."""
    listed = _listed(nearest, len(nearest))
    return listed.multiply(listed.T).maximum(scipy.sparse.identity(len(nearest), np.int32, format="csr")).tocsr()


def _listed(nearest, columns: int) -> scipy.sparse.csr_matrix:
    starts = np.arange(len(nearest) + 1) * nearest.shape[1]
    ones = np.ones(nearest.size, np.int32)
    return scipy.sparse.csr_matrix((ones, nearest.ravel(), starts), (len(nearest), columns))


def _cosines(vectors, left, right):
    found = np.empty(len(left), np.float32)
    block = max(1, 2**23 // vectors.shape[1])
    for start in range(0, len(left), block):
        part = slice(start, start + block)
        found[part] = np.einsum("pd,pd->p", vectors[left[part]], vectors[right[part]])
    return found


def _shared(queries: scipy.sparse.csr_matrix, products: scipy.sparse.csc_matrix) -> np.ndarray:
    """The sum over rows j of min(query's weight of j, product's), float32 `[queries, products]`."""
    found = np.zeros((queries.shape[0], products.shape[0]), np.float32)
    for row in range(queries.shape[0]):
        own = slice(queries.indptr[row], queries.indptr[row + 1])
        columns = products[:, queries.indices[own]]
        weight = np.minimum(columns.data, np.repeat(queries.data[own], np.diff(columns.indptr)))
        found[row] = np.bincount(columns.indices, weight, products.shape[0])
    return found
