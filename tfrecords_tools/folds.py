"""Deals products to folds so that no product group is in two of them."""

import heapq
from collections import Counter
from collections.abc import Sequence

import numpy as np

from tfrecords_tools.product import Product

UNLABELLED, VALIDATION, TEST, TRAIN = -1, 0, 1, 2


def assign(products: Sequence[Product], folds: int, seed: int = 0) -> list[int]:
    """Returns the fold of every product: 0 = validation, 1 = test, 2 and above = train, -1 = unlabelled.

    Without splits the label groups are dealt to folds 0..folds-1. With splits, validation goes to 0, test to 1 and
    train to 2; where no product is marked validation, the train groups are dealt to 0 and 2..folds-1.

    Raises:
      ValueError: fewer label groups than folds, or some labelled products have a split and others none.
    """
    labelled = [product for product in products if product.label_name]
    splits = Counter(product.split for product in labelled)
    if splits[""] == len(labelled):
        dealt = deal(labelled, list(range(folds)), seed)
        return [dealt.get(product.label_name, UNLABELLED) for product in products]
    _refuse_partial(labelled, splits)
    if splits["validation"]:
        fold_of = {"validation": VALIDATION, "test": TEST, "train": TRAIN}
        return [fold_of[product.split] if product.label_name else UNLABELLED for product in products]
    train = [product for product in labelled if product.split == "train"]
    dealt = deal(train, [VALIDATION, *range(TRAIN, folds)], seed)
    return [_fold_without_validation(product, dealt) for product in products]


def deal(labelled: Sequence[Product], folds: list[int], seed: int) -> dict[str, int]:
    """Returns the fold of each label group: the largest group first, always to the fold with fewest products.

    Fold sizes are those of scikit-learn's GroupKFold; groups of equal size are shuffled by `seed`.
    """
    sizes = Counter(product.label_name for product in labelled)
    if sizes and len(sizes) < len(folds):
        raise ValueError(
            f"There are {len(sizes)} label groups for {len(folds)} folds, and a group cannot be split: "
            "lower --folds, or name a --split_column."
        )
    names = sorted(sizes)
    order = np.random.default_rng(seed).permutation(len(names))
    names = sorted((names[i] for i in order), key=lambda name: -sizes[name])
    heap = [(0, position) for position in range(len(folds))]
    fold_of = {}
    for name in names:
        size, position = heapq.heappop(heap)
        fold_of[name] = folds[position]
        heapq.heappush(heap, (size + sizes[name], position))
    return fold_of


def _fold_without_validation(product: Product, dealt: dict[str, int]) -> int:
    if not product.label_name:
        return UNLABELLED
    return TEST if product.split == "test" else dealt[product.label_name]


def _refuse_partial(labelled: Sequence[Product], splits: Counter) -> None:
    if splits[""]:
        first = next(product.id for product in labelled if not product.split)
        raise ValueError(
            f"{splits['']} of {len(labelled)} labelled products have no split, the first is {first!r}: "
            "mark every one train, validation or test, or none."
        )
