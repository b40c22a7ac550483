"""The ways to deal labelled products to folds: whole labels evenly, whole labels by hash, or each label over all."""

import hashlib
import heapq
from collections import Counter
from collections.abc import Sequence

import numpy as np

from tfrecords_tools.product import Product

TRAIN = 2  # this fold and those above it train


def group(products: Sequence[Product], folds: list[int], seed: int) -> list[int]:
    """Keeps a label group in one fold: the largest group first, always to the fold with fewest products.

    Fold sizes are those of scikit-learn's GroupKFold; groups of equal size are shuffled by `seed`.
    """
    sizes = Counter(product.label_name for product in products)
    names = sorted(sizes)
    order = np.random.default_rng(seed).permutation(len(names))
    names = sorted((names[i] for i in order), key=lambda name: -sizes[name])
    heap = [(0, position) for position in range(len(folds))]
    fold_of = {}
    for name in names:
        size, position = heapq.heappop(heap)
        fold_of[name] = folds[position]
        heapq.heappush(heap, (size + sizes[name], position))
    return [fold_of[product.label_name] for product in products]


def by_hash(products: Sequence[Product], folds: list[int], seed: int) -> list[int]:
    """Keeps a label group in the fold that SHA-256 of seed and name gives it, whatever else joins the catalogue.

    That holds for one number of folds. Fold sizes are even by chance alone.
    """
    fold_of = {name: folds[hash_of(name, seed) % len(folds)] for name in {product.label_name for product in products}}
    return [fold_of[product.label_name] for product in products]


def stratified(products: Sequence[Product], folds: list[int], seed: int) -> list[int]:
    """Spreads the products of every label over all folds, whose shares of a label differ by one product at most.

    What is over after even shares goes to the folds with fewest products so far. A label with fewer products than
    there are folds gives the first to a train fold: what is tested was always seen in training.
    """
    rows_of = {}
    for row, product in enumerate(products):
        rows_of.setdefault(product.label_name, []).append(row)
    dealt, filled = [0] * len(products), dict.fromkeys(folds, 0)
    for name, rows in sorted(rows_of.items()):
        emptiest = sorted(folds, key=filled.get)
        if len(rows) < len(folds):
            first = next(fold for fold in emptiest if fold >= TRAIN)
            emptiest = [first, *(fold for fold in emptiest if fold != first)]
        order = np.random.default_rng(hash_of(name, seed)).permutation(len(rows))
        for place, i in enumerate(order):
            fold = emptiest[place % len(folds)]
            dealt[rows[i]] = fold
            filled[fold] += 1
    return dealt


def hash_of(name: str, seed: int) -> int:
    """Returns a number in [0, 2**64) that depends on a name and a seed alone: the head of their SHA-256."""
    return int.from_bytes(hashlib.sha256(f"{seed}\x1f{name}".encode()).digest()[:8], "big")


DEALS = {"group": group, "stratified": stratified, "hash": by_hash}
