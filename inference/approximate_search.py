"""Approximate nearest neighbours on CPUs: FAISS's inverted file of 4-bit product codes, then exact scores.

Vectors are turned to their 256 principal directions, k-means parts them into cells, and each is kept in 64 bytes of
product code. A query looks at the codes of the nearest cells (Jegou et al., https://hal.inria.fr/inria-00514462) by
table look-ups in registers (Andre et al., https://arxiv.org/abs/1812.09162). The best of these get their true score.
"""

import numpy as np

from inference.near_ties import SPARE, settle
from models.host_top_k import in_threads, pack, unpack

# Chosen for a recall of .99 on drawn embeddings, see docs/performance.md. Many small cells find more at equal work:
# CELLS is times the root of the rows, PROBED a share of the cells, CANDIDATES times the neighbours wanted.
DIRECTIONS, NUMBERS_PER_CODE, CELLS, PROBED, CANDIDATES = 256, 2, 12, 0.08, 5
TRAINED_PER_CELL, ROUNDS = 15, 3
# Fewer are always searched exactly, in a moment.
FEWEST = 5000
BLOCK = 1024


class ApproximateSearch:
    """Searches unit vectors, missing some neighbours; the scores of those it finds are exact.

    Args:
      gallery: float32 `[items, dim]`, of unit or zero rows: zero rows are nobody's neighbour.
        At least FEWEST unit rows. It is kept, not copied; codes take 72 bytes a row.

    Raises:
      ValueError: FAISS is not installed; says how to install it.
    """

    def __init__(self, gallery):
        faiss = _faiss()
        self.gallery = np.ascontiguousarray(gallery, np.float32)
        rows = np.flatnonzero(self.gallery.any(axis=1))
        self.shape = self.gallery.shape
        cells = int(CELLS * len(rows) ** 0.5)
        draw = np.random.default_rng(0)
        sample = self.gallery[np.sort(draw.choice(rows, min(len(rows), TRAINED_PER_CELL * cells), replace=False))]
        before = faiss.omp_get_max_threads()
        # Training is many short steps: threads that wait for each other made it up to 100 times slower on busy cores.
        faiss.omp_set_num_threads(1)
        try:
            self.turn, self.index = _trained(faiss, sample, cells)
        finally:
            faiss.omp_set_num_threads(before)
        for start in range(0, len(rows), 2**16):
            part = rows[start : start + 2**16]
            self.index.add_with_ids(self.turn.apply(self.gallery[part]), part)

    @staticmethod
    def is_exact() -> bool:
        """False: some neighbours are missed."""
        return False

    def __call__(self, queries, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Finds k near ones: scores float32 and indices int32, `[queries, k]`. A zero query has none."""
        queries = np.ascontiguousarray(queries, np.float32)
        scores = np.full((len(queries), k), -np.inf, np.float32)
        indices = np.full((len(queries), k), -1, np.int32)

        def work(start: int) -> None:
            rows = slice(start, start + BLOCK)
            scores[rows], indices[rows] = self._find(queries[rows], k)

        in_threads(work, range(0, len(queries), BLOCK))
        missing = ~queries.any(axis=1)
        scores[missing], indices[missing] = -np.inf, -1
        return scores, indices

    def _find(self, queries, k):
        faiss = _faiss()
        faiss.omp_set_num_threads(1)  # of this thread, beside the others of in_threads
        _, found = self.index.search(self.turn.apply(queries), CANDIDATES * k)
        exact = np.empty(found.shape, np.float32)
        faiss.fvec_inner_products_by_idx(
            *(faiss.swig_ptr(of) for of in (exact, queries, self.gallery, found)),
            queries.shape[1],
            len(queries),
            found.shape[1],
        )
        exact[found < 0] = -np.inf
        keys = pack(exact, np.where(found < 0, 2**31 - 1, found))
        keys = -np.partition(-keys, min(k + SPARE, keys.shape[1] - 1), axis=1)[:, : k + SPARE]
        keys.sort(axis=1)
        scores, indices = unpack(keys[:, ::-1])
        indices[scores == -np.inf] = -1
        scores, indices = settle(queries, self.gallery, scores, indices)
        return scores[:, :k], indices[:, :k]


def installed() -> bool:
    """Whether FAISS can be imported."""
    import importlib.util

    return importlib.util.find_spec("faiss") is not None


def _trained(faiss, sample, cells):
    """The turn to principal directions, and an empty index of turned vectors."""
    dim = min(DIRECTIONS, sample.shape[1] // NUMBERS_PER_CODE * NUMBERS_PER_CODE)
    turn = faiss.PCAMatrix(sample.shape[1], dim, 0, True)
    turn.train(sample)
    quantizer = faiss.IndexFlatIP(dim)
    index = faiss.IndexIVFPQFastScan(quantizer, dim, cells, dim // NUMBERS_PER_CODE, 4, faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = index.pq.cp.niter = ROUNDS
    index.cp.min_points_per_centroid = 1
    index.train(turn.apply(sample))
    index.nprobe = max(8, int(PROBED * cells))
    return turn, index


def _faiss():
    try:
        import faiss
    except ImportError as error:
        raise ValueError("--search=approximate needs FAISS: pip install '.[search]', or use --search=exact.") from error
    return faiss
