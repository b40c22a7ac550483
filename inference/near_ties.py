"""One order for scores that differ by rounding alone, whatever computed them."""

import numpy as np

# Inner products of unit vectors in float32 are off by some 1e-7, by how they are summed: scores as near as this are
# computed again, all in the same way.
NEAR = 2e-6
# Neighbours looked at beyond the k-th, for ties across it.
SPARE = 13
# Values gathered at a time: 32 MB.
GATHERED = 2**23


def settle(queries, gallery, scores, indices) -> tuple[np.ndarray, np.ndarray]:
    """Scores neighbours that nearly tie once more, pair by pair, and sorts them: of equals the lower index first.

    A product that is listed twice has one embedding, but a blocked matrix product may score the two differently in
    the last bit, and another library in another way. After this the order is the same for all.

    Args:
      queries: float32 `[n, dim]`; gallery: float32 `[m, dim]`.
      scores: float32 `[n, k]`, largest first; indices: int `[n, k]`, -1 beside a score of -inf.

    Returns:
      scores and indices, `[n, k]`, in the settled order.
    """
    finite = np.where(np.isfinite(scores), scores, np.float32(-4.0))
    near = (finite[:, :-1] - finite[:, 1:] <= NEAR) & (indices[:, 1:] >= 0)
    tied = np.zeros(scores.shape, bool)
    tied[:, :-1] |= near
    tied[:, 1:] |= near
    asks, places = np.nonzero(tied)
    scores = scores.copy()
    block = max(1, GATHERED // queries.shape[1])
    for start in range(0, len(asks), block):
        pairs = asks[start : start + block], places[start : start + block]
        scores[pairs] = np.einsum("pd,pd->p", queries[pairs[0]], gallery[indices[pairs]])
    rows = np.flatnonzero(tied.any(axis=1))
    order = np.lexsort((indices[rows], -scores[rows]), axis=1)
    indices = indices.copy()
    scores[rows], indices[rows] = (np.take_along_axis(of[rows], order, axis=1) for of in (scores, indices))
    return scores, indices
