"""The k largest inner products on CPUs: blocks of scores, of which only what beats the k-th best so far is kept."""

import concurrent.futures
import os

import numpy as np
from threadpoolctl import threadpool_limits

# 16 MB of scores a thread, which stay in the processor's last cache. More cells a block were not faster.
BLOCK, GALLERY_BLOCK = 1024, 4096
LOW_BITS = np.int64(2**31 - 1)


def host_top_k(queries, gallery, k: int, there=None) -> tuple[np.ndarray, np.ndarray]:
    """Finds, for each query, the k gallery rows with the largest inner product, with all cores of this process.

    Args:
      queries: float32 `[n, dim]`.
      gallery: float32 `[m, dim]`.
      k: neighbours per query, from 1 to as many rows as are there.
      there: bool `[m]`, rows that may be found; None for all.

    Returns:
      scores float32 and indices int32, `[n, k]`; largest first, of equal scores the lower index first.
    """
    starts = range(0, len(queries), BLOCK)
    keys = np.empty((len(queries), k), np.int64)

    def work(start: int) -> None:
        keys[start : start + BLOCK] = _best_keys(queries[start : start + BLOCK], gallery, k, there)

    in_threads(work, starts)
    return unpack(keys)


def in_threads(work, parts) -> None:
    """Calls `work` with each part, on a thread for every core; BLAS keeps to the thread that calls it.

    NumPy's products, comparisons and partitions all release Python's lock, so that whole blocks run side by side;
    BLAS's own threads would leave the other cores idle while scores are compared.
    """
    with threadpool_limits(1), concurrent.futures.ThreadPoolExecutor(cores()) as pool:
        for _ in pool.map(work, parts):
            pass


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pack(scores: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Makes int64 keys that order as (score, then the lower index): what sorts and partitions fastest.

    Args:
      scores: float32, any but NaN; indices: int of the same shape, 0 to 2**31 - 1.
    """
    bits = scores.view(np.int32).astype(np.int64)
    bits = np.where(bits < 0, bits ^ LOW_BITS, bits)  # of negative floats the bits order backwards
    return (bits << 32) | (LOW_BITS - indices)


def unpack(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Takes keys apart: scores float32 and indices int32 of the same shape."""
    bits = (keys >> 32).astype(np.int32)
    bits = np.where(bits < 0, bits ^ np.int32(LOW_BITS), bits)
    return bits.view(np.float32), (LOW_BITS - (keys & 0xFFFFFFFF)).astype(np.int32)


def _best_keys(queries, gallery, k, there):
    cells = np.empty(len(queries) * min(GALLERY_BLOCK, len(gallery)), np.float32)
    best = np.full((len(queries), k), pack(np.float32([-np.inf]), 0)[0])
    for start in range(0, len(gallery), GALLERY_BLOCK):
        part = gallery[start : start + GALLERY_BLOCK]
        scores = cells[: len(queries) * len(part)].reshape(len(queries), len(part))
        np.matmul(queries, part.T, out=scores)
        if there is not None:
            scores[:, ~there[start : start + len(part)]] = -np.inf
        # Blocks come by rising index, so an equal score comes too late.
        floor = unpack(best[:, 0])[0]
        if start == 0 and len(part) > k:
            floor = np.nextafter(np.partition(scores, len(part) - k, axis=1)[:, len(part) - k], np.float32(-np.inf))
        found = np.flatnonzero(scores > floor[:, None])
        if len(found):
            best = _merged(best, found, scores.ravel()[found], start, len(part))
    best.sort(axis=1)
    return best[:, ::-1]


def _merged(best, found, scores, start, width):
    """The k best keys of each row and of the found cells, the least of them first, the rest in no order."""
    rows, columns = np.divmod(found, width)
    counts = np.bincount(rows, minlength=len(best))
    places = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    k, most = best.shape[1], counts.max()
    keys = np.full((len(best), most + k), np.iinfo(np.int64).min)
    keys[:, most:] = best
    keys[rows, places] = pack(scores, columns + start)
    keys.partition(most, axis=1)
    return keys[:, most:].copy()
