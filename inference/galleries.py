"""Which products ask and which answer: the gallery of use, and galleries like it for validation and test."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Galleries:
    """Row numbers of the product table, each array rising.

    Attributes:
      rows: "all", "test" or "unlabelled": what the gallery of use is.
      use: products to match, each with each.
      validation_queries, validation: labelled rows of the validation fold, and the gallery they search.
      test_queries, test: the same of the test fold; empty where there is none.
    """

    rows: str
    use: np.ndarray
    validation_queries: np.ndarray
    validation: np.ndarray
    test_queries: np.ndarray
    test: np.ndarray


def choose_galleries(
    label, fold, rows: str = "auto", validation_fold: int = 0, test_fold: int = 1, seed: int = 0
) -> Galleries:
    """Picks the products to match, and galleries of the same size to choose thresholds on and to measure with.

    The best threshold rises with the gallery (more strangers come near), so validation and test queries search as many
    products as the matches will: everything for "all", else their own fold filled up with other labelled rows, drawn by
    `seed`, training folds first.

    Args:
      label: int `[products]`, -1 for unlabelled.
      fold: int `[products]`, -1 for products to match only.
      rows: "all", "test", "unlabelled" (those of fold -1), or "auto": unlabelled where there are any, else all.
      test_fold: -1 for none.

    Raises:
      ValueError: nothing to match, or no pair to choose thresholds on; says what to do.
    """
    label, fold = np.asarray(label), np.asarray(fold)
    if rows == "auto":
        rows = "unlabelled" if (fold == -1).any() else "all"
    use = {"all": fold >= -1, "test": fold == test_fold, "unlabelled": fold == -1}.get(rows)
    if use is None:
        raise ValueError(f"match_rows={rows!r}: expected auto, all, test or unlabelled.")
    use = np.flatnonzero(use)
    if not len(use):
        raise ValueError(f"--match_rows={rows}: no product of that kind. Folds there are: {_counts(fold)}.")
    validation = np.flatnonzero((label >= 0) & (fold == validation_fold))
    _check_pairs(label, fold, validation_fold, validation)
    test = np.flatnonzero((label >= 0) & (fold == test_fold) & (test_fold >= 0))
    if rows == "all":
        return Galleries(rows, use, validation, use, test, use)
    order = _fillers(label, fold, (validation_fold, test_fold), seed)
    return Galleries(rows, use, validation, _filled(validation, order, len(use)), test, _filled(test, order, len(use)))


def _fillers(label, fold, held_out, seed):
    """Labelled rows in the order they fill a gallery: drawn, training folds first."""
    rows = np.random.default_rng(seed).permutation(np.flatnonzero(label >= 0))
    return rows[np.argsort(np.isin(fold[rows], held_out), kind="stable")]


def _filled(queries, order, size):
    if not len(queries):
        return queries
    others = order[~np.isin(order, queries)]
    return np.sort(np.concatenate([queries, others[: max(0, size - len(queries))]]))


def _check_pairs(label, fold, validation_fold, validation):
    if not (label >= 0).any():
        raise ValueError(
            f"None of the {len(label)} products has a label, so no threshold can be chosen. Label some of them, two or "
            "more of a product, convert, embed and match those together with the rest."
        )
    if len(np.unique(label[validation])) == len(validation):
        raise ValueError(
            f"--validation_fold={validation_fold} has {len(validation)} labelled products and no two of one label, so "
            f"no threshold can be chosen. Folds there are: {_counts(fold)}. Name another, or convert with fewer "
            "--folds."
        )


def _counts(fold):
    values, counts = np.unique(fold, return_counts=True)
    return ", ".join(f"{value} ({count} products)" for value, count in zip(values, counts, strict=True))
