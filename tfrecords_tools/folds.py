"""Gives every product its fold: the split that its catalogue says, or one dealt by `--split`."""

from collections import Counter
from collections.abc import Sequence

from tfrecords_tools import deals
from tfrecords_tools.product import Product

UNLABELLED, VALIDATION, TEST, TRAIN = -1, 0, 1, deals.TRAIN
NAMES = {"validation": VALIDATION, "test": TEST, "train": TRAIN}  # as catalogues call them


def name(fold: int) -> str:
    """ "validation", "test", "train", "unjudged", or the number of another fold."""
    return {number: name for name, number in {**NAMES, "unjudged": UNLABELLED}.items()}.get(fold, str(fold))


def assign(products: Sequence[Product], folds: int, seed: int = 0, split: str = "group") -> list[int]:
    """Returns the fold of every product: 0 = validation, 1 = test, 2 and above = train, -1 = unlabelled.

    Without splits of the catalogue's own, the products are dealt to folds 0..folds-1. With them, validation goes to 0,
    test to 1 and train to 2; where no product is marked validation, the train rows are dealt to 0 and 2..folds-1.

    Args:
      products: the catalogue.
      folds: number of folds, at least 3.
      seed: seed of the deal.
      split: how to deal, a key of `deals.DEALS`.

    Raises:
      ValueError: a fold would stay empty, or some labelled products have a split and others none.
    """
    labelled = [product for product in products if product.label_name]
    splits = Counter(product.split for product in labelled)
    if splits[""] == len(labelled):
        fold_of_labelled = deal(labelled, list(range(folds)), seed, split)
    else:
        _refuse_partial(labelled, splits)
        fold_of_labelled = _given(labelled, folds, seed, split)
    left = iter(fold_of_labelled)
    return [next(left) if product.label_name else UNLABELLED for product in products]


def deal(products: Sequence[Product], folds: list[int], seed: int, split: str) -> list[int]:
    """Deals labelled products to `folds` and refuses a deal that leaves one of them empty."""
    dealt = deals.DEALS[split](products, folds, seed)
    empty = sorted(set(folds) - set(dealt)) if products else []
    if empty:
        groups = len({product.label_name for product in products})
        raise ValueError(
            f"There are {len(products)} products in {groups} label groups for {len(folds)} folds, and --split={split} "
            f"leaves fold {', '.join(map(str, empty))} empty: lower --folds, or name a --split_column."
        )
    return dealt


def _given(labelled: Sequence[Product], folds: int, seed: int, split: str) -> list[int]:
    """The folds of products that are all marked; train rows give the validation fold where none is marked so."""
    if any(product.split == "validation" for product in labelled):
        return [NAMES[product.split] for product in labelled]
    train = [product for product in labelled if product.split == "train"]
    dealt = iter(deal(train, [VALIDATION, *range(TRAIN, folds)], seed, split))
    return [next(dealt) if product.split == "train" else TEST for product in labelled]


def _refuse_partial(labelled: Sequence[Product], splits: Counter) -> None:
    if splits[""]:
        first = next(product.id for product in labelled if not product.split)
        raise ValueError(
            f"{splits['']} of {len(labelled)} labelled products have no split, the first is {first!r}: "
            "mark every one train, validation or test, or none."
        )
