"""Whether a product answers a query, for millions of pairs at once."""

import numpy as np

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: Knuth's multiplicative hashing
_SPACES_PER_PAIR = 16


class KnownPairs:
    """A set of pairs (query, product).

    Sorted keys answer exactly; a table of hashed ones in front of them says at once that most pairs are not in the set.

    Args:
      queries, products: int `[pairs]`, numbers of at least 0; a pair may come several times.
    """

    def __init__(self, queries: np.ndarray, products: np.ndarray):
        self.stride = 1 + int(products.max(initial=0))
        self.keys = np.unique(self._key(queries, products))
        bits = int(np.ceil(np.log2(_SPACES_PER_PAIR * max(len(self.keys), 1))))
        self.shift = np.uint64(64 - bits)
        self.maybe = np.zeros(1 << bits, bool)
        self.maybe[self._space(self.keys)] = True

    def contains(self, queries: np.ndarray, products: np.ndarray) -> np.ndarray:
        """bool `[pairs]`: whether each pair is known; no product is above the highest of the set."""
        queries, products = np.broadcast_arrays(queries, products)
        keys = self._key(queries, products)
        found = self.maybe[self._space(keys)]
        places = np.flatnonzero(found)
        near = np.searchsorted(self.keys, keys[places]).clip(max=len(self.keys) - 1)
        found[places] = self.keys[near] == keys[places] if len(places) else False
        return found

    def _key(self, queries, products):
        return np.asarray(queries, np.int64) * self.stride + products

    def _space(self, keys):
        return (keys.view(np.uint64) * _MIX) >> self.shift
