"""Nearest neighbours by cosine, exact or approximate: dense embeddings and sparse TF-IDF behind one call shape."""

import dataclasses
from collections.abc import Callable

import numpy as np
import scipy.sparse

from inference.near_ties import SPARE, settle
from models.host_top_k import cores, in_threads
from training.metrics import self_first

Progress = Callable[[int, int], None]
# Queries that an approximate search is compared with an exact one on.
SAMPLED = 200


@dataclasses.dataclass(frozen=True)
class Neighbours:
    """The nearest gallery rows of every query, best first.

    Attributes:
      indices: int32 `[queries, k]`; of equal scores the lower index first; -1 where a query has fewer than k.
      scores: float32 `[queries, k]`, cosines in [-1, 1]; -inf beside an index of -1.
    """

    indices: np.ndarray
    scores: np.ndarray


class DenseSearch:
    """Searches unit vectors by blocked matrix products: on Keras's accelerator, else on all cores.

    Args:
      gallery: float `[items, dim]`; every row a unit vector, or zero where the item lacks this side: a zero row is
        nobody's neighbour. float32 is not copied.

    Raises:
      ValueError: a row is neither a unit vector nor zero.
    """

    def __init__(self, gallery):
        self.gallery = np.asarray(gallery, np.float32)
        self.shape = self.gallery.shape
        self.there = _check_norms(np.sqrt(np.einsum("id,id->i", self.gallery, self.gallery)))
        self.found = int(np.count_nonzero(self.there))

    @staticmethod
    def is_exact() -> bool:
        """True: no neighbour is missed."""
        return True

    def __call__(self, queries, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Finds the k nearest: scores float32 and indices int32, `[queries, k]`. A zero query has none."""
        from models.top_k import top_k

        queries = np.asarray(queries, np.float32)
        scores, indices = _empty(len(queries), k)
        asks = np.flatnonzero(queries.any(axis=1))
        width = min(k, self.found)
        if width and len(asks):
            there = None if self.found == len(self.there) else self.there
            found = top_k(queries[asks], self.gallery, min(k + SPARE, self.found), there)
            found_scores, found = settle(queries[asks], self.gallery, *found)
            scores[asks, :width], indices[asks, :width] = found_scores[:, :width], found[:, :width]
        return scores, indices


class SparseSearch:
    """Searches sparse unit vectors (TF-IDF) by blocked sparse products; items without a common term are no neighbours.

    Args:
      gallery: scipy sparse `[items, terms]`; every row a unit vector, or zero where the item has no known term.

    Raises:
      ValueError: a row is neither a unit vector nor zero.
    """

    # Scores held at a time: 8 bytes each with their index, so at most 134 MB.
    PRODUCT_CELLS = 2**24

    def __init__(self, gallery):
        gallery = scipy.sparse.csr_matrix(gallery, dtype=np.float32)
        _check_norms(np.sqrt(np.asarray(gallery.multiply(gallery).sum(axis=1)).ravel()))
        self.shape = gallery.shape
        self.terms_by_items = gallery.T.tocsr()

    @staticmethod
    def is_exact() -> bool:
        """True: no neighbour is missed."""
        return True

    def __call__(self, queries, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Finds the k nearest: scores float32 and indices int32, `[queries, k]`."""
        queries = scipy.sparse.csr_matrix(queries, dtype=np.float32)
        scores, indices = _empty(queries.shape[0], k)
        block = max(1, self.PRODUCT_CELLS // cores() // max(1, self.shape[0]))

        def work(start: int) -> None:
            product = queries[start : start + block] @ self.terms_by_items
            for row, (begin, end) in enumerate(zip(product.indptr[:-1], product.indptr[1:], strict=True), start):
                best = _largest(product.data[begin:end], product.indices[begin:end], k)
                scores[row, : len(best)] = product.data[begin:end][best]
                indices[row, : len(best)] = product.indices[begin:end][best]

        in_threads(work, range(0, queries.shape[0], block))
        return scores, indices


def open_search(gallery, method: str = "exact"):
    """Makes what `search` searches a gallery with, to be used for several calls.

    Args:
      gallery: as for `search`.
      method: "exact" or "approximate". Sparse galleries and those below approximate_search.FEWEST rows are always
        searched exactly.

    Raises:
      ValueError: a gallery row has another norm, the method is unknown, or it is approximate and FAISS not installed.
    """
    from inference import approximate_search

    if method not in ("exact", "approximate"):
        raise ValueError(f"search method {method!r}: expected exact or approximate.")
    if scipy.sparse.issparse(gallery):
        return SparseSearch(gallery)
    exact = DenseSearch(gallery)
    if method == "exact" or exact.found < approximate_search.FEWEST:
        return exact
    return approximate_search.ApproximateSearch(exact.gallery)


def search(
    queries,
    gallery,
    k: int,
    query_rows=None,
    progress: Progress | None = None,
    block: int | None = None,
    method: str = "exact",
    tell: Callable[[str], None] = print,
) -> Neighbours:
    """Finds every query's k nearest gallery rows, the query itself first where it is in the gallery.

    Args:
      queries, gallery: float arrays `[queries, dim]` and `[items, dim]`, or scipy sparse matrices of these shapes.
        Rows are unit vectors, or zero where a product lacks this side: such a row matches nothing but itself.
        The gallery may also be what `open_search` made of it.
      k: neighbours wanted, the query itself counted; may exceed the gallery.
      query_rows: int `[queries]`, where each query stands in the gallery, -1 where it does not; None: nowhere.
      progress: called with (queries done, queries in all) after each block.
      block: queries between two calls of `progress`; None: 2048 for each core.
      method: see `open_search`.
      tell: called with a line about what an approximate search has found of SAMPLED queries' neighbours.

    Raises:
      ValueError: k is below 1, or the widths of queries and gallery differ, or see `open_search`.
    """
    if k < 1 or queries.shape[1] != gallery.shape[1]:
        raise ValueError(
            f"search for k={k} neighbours of queries {queries.shape} in a gallery {gallery.shape}: k is at least 1 and "
            "both have one width."
        )
    count, block = queries.shape[0], block or 2048 * max(2, cores())
    find = gallery if callable(gallery) else open_search(gallery, method)
    scores, indices = _empty(count, k)
    query_rows = np.full(count, -1) if query_rows is None else np.asarray(query_rows)
    for start in range(0, count, block):
        part = slice(start, min(start + block, count))
        scores[part], indices[part] = self_first(*find(queries[part], k), query_rows[part])
        if progress:
            progress(part.stop, count)
    if not find.is_exact():
        sample = np.random.default_rng(0).choice(count, min(count, SAMPLED), replace=False)
        found = recall(queries[sample], find.gallery, indices[sample], query_rows[sample])
        tell(f"approximate search: {found:.4f} of the {k} nearest found, on {len(sample)} queries searched exactly too")
    return Neighbours(indices, scores)


def recall(queries, gallery, indices, query_rows) -> float:
    """The share of the nearest neighbours by exact search that are among `indices`.

    Args:
      queries, gallery: float32 `[queries, dim]` and `[items, dim]`.
      indices: int `[queries, k]`, as found; -1 for none.
      query_rows: int `[queries]`, see `search`.
    """
    exact = search(queries, gallery, indices.shape[1], query_rows, method="exact").indices
    shared = sum(len(np.intersect1d(a[a >= 0], b)) for a, b in zip(exact, indices, strict=True))
    return shared / max(1, np.count_nonzero(exact >= 0))


def _largest(values, indices, k):
    """Places of the k largest values, largest first, of equals the lower index first."""
    places = np.arange(len(values))
    if len(values) > k:
        places = np.flatnonzero(values >= np.partition(values, len(values) - k)[len(values) - k])
    return places[np.lexsort((indices[places], -values[places]))[:k]]


def _empty(count, k):
    return np.full((count, k), -np.inf, np.float32), np.full((count, k), -1, np.int32)


def _check_norms(norms):
    wrong = ~(np.isclose(norms, 1.0, atol=1e-2) | (norms == 0.0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"Row {row} of the gallery has norm {norms[row]:.4g}; expected 1, or 0 for a product without this side. "
            "Normalise the embeddings (python -m inference.embed does)."
        )
    return norms > 0.0
