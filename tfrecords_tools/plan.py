"""What a conversion will write, settled from the table alone before any picture is read."""

import dataclasses
import hashlib
from collections.abc import Iterable

import numpy as np

from tfrecords_tools import folds, phash
from tfrecords_tools.product import Product
from tfrecords_tools.rejects import Reject


@dataclasses.dataclass(frozen=True)
class PlannedShard:
    """The rows of one shard, in the order in which they are written; all are of one fold.

    `labels` and `levels` are those of each product; with them a shard can be written without the rest of the plan.
    """

    file: str
    fold: int
    products: list[Product]
    labels: list[int]
    levels: list[list[int]]


@dataclasses.dataclass(frozen=True)
class Plan:
    """The rows that are fit to be written, their folds, labels and categories.

    Attributes:
      rows: number of rows of the catalogue, rejected ones included.
      products_of_fold: products per fold in the order in which they are written.
      label_of: label by label_name.
      level_names: category names per level, sorted.
      levels_of_label: category ids per label, -1 = none.
      rejects: rows that the table alone shows to be unfit.
      fingerprint: SHA-256 of all rows.
    """

    rows: int
    products_of_fold: dict[int, list[Product]]
    label_of: dict[str, int]
    level_names: list[list[str]]
    levels_of_label: list[list[int]]
    rejects: list[Reject]
    fingerprint: str

    def products(self) -> list[Product]:
        """Returns all rows that will be written, fold by fold."""
        return [product for _, members in sorted(self.products_of_fold.items()) for product in members]

    def shards(self, records_per_shard: int) -> list[PlannedShard]:
        """Cuts every fold into shards of about `records_per_shard` records, evenly."""
        parts = []
        for fold, products in sorted(self.products_of_fold.items()):
            bounds = np.linspace(0, len(products), -(-len(products) // records_per_shard) + 1).astype(int)
            parts += [(fold, products[start:stop]) for start, stop in zip(bounds, bounds[1:], strict=False)]
        return [
            self._shard(f"products-{i:05d}-of-{len(parts):05d}.tfrecord", fold, products)
            for i, (fold, products) in enumerate(parts)
        ]

    def _shard(self, file: str, fold: int, products: list[Product]) -> PlannedShard:
        labels = [self.label(product) for product in products]
        return PlannedShard(file, fold, products, labels, [self.levels(label) for label in labels])

    def label(self, product: Product) -> int:
        """Returns the label of a product, -1 = unlabelled."""
        return self.label_of.get(product.label_name, -1)

    def levels(self, label: int) -> list[int]:
        """Returns the category ids of a label, one per level."""
        return self.levels_of_label[label] if self.level_names and label >= 0 else [-1] * len(self.level_names)


def make(products: Iterable[Product], num_folds: int, seed: int = 0, root: str = "", split: str = "group") -> Plan:
    """Checks every row, deals folds, numbers labels and shuffles within folds; the same plan for the same input.

    Args:
      products: the catalogue in its order.
      num_folds, seed: see `folds.assign`; the seed also shuffles the order inside each fold.
      root: folder that is left out of the fingerprint, so that a moved catalogue keeps it.
      split: how labelled products are dealt, see `folds.assign`.
    """
    accepted, rejects, fingerprint = _check(products, root)
    label_of = {name: i for i, name in enumerate(sorted({p.label_name for p in accepted if p.label_name}))}
    level_names, levels_of_label = _levels(accepted, label_of)
    products_of_fold = {}
    for product, fold in zip(accepted, folds.assign(accepted, num_folds, seed, split), strict=True):
        products_of_fold.setdefault(fold, []).append(product)
    for fold, members in products_of_fold.items():
        order = np.random.default_rng([seed, fold + 1]).permutation(len(members))
        products_of_fold[fold] = [members[i] for i in order]
    rows = len(accepted) + len(rejects)
    return Plan(rows, products_of_fold, label_of, level_names, levels_of_label, rejects, fingerprint)


def _check(products: Iterable[Product], root: str) -> tuple[list[Product], list[Reject], str]:
    accepted, rejects, seen, sha256, has_levels = [], [], set(), hashlib.sha256(), None
    for product in products:
        sha256.update(_row_text(product, root))
        reason = _fault(product, seen)
        seen.add(product.id)
        if reason:
            rejects.append(Reject(product.id, product.image, reason))
        else:
            accepted.append(product)
            has_levels = has_levels or bool(product.levels)
    if has_levels:
        outside = [p for p in accepted if p.label_name and not p.levels]
        rejects += [Reject(p.id, p.image, f"label not in the hierarchy: {p.label_name}") for p in outside]
        accepted = [p for p in accepted if p.levels or not p.label_name]
    return accepted, rejects, sha256.hexdigest()


def _fault(product: Product, seen: set[str]) -> str:
    if not product.id:
        return "empty id"
    if product.id in seen:
        return "duplicate id"
    if not product.image and not product.title:
        return "neither picture nor title"
    try:
        phash.parse(product.phash)
    except ValueError as error:
        return f"bad perceptual hash: {error}"
    return ""


def _row_text(product: Product, root: str) -> bytes:
    image = product.image.removeprefix(root).lstrip("/")
    cells = (product.id, image, product.title, product.label_name, product.split, *product.levels, product.phash)
    return ("\x1f".join(cells) + "\x1e").encode("utf-8", "surrogatepass")


def _levels(products: list[Product], label_of: dict[str, int]) -> tuple[list[list[str]], list[list[int]]]:
    levels_of_name = {p.label_name: p.levels for p in products if p.levels}
    depth = max(map(len, levels_of_name.values()), default=0)
    names = [sorted({levels[i] for levels in levels_of_name.values() if levels[i]}) for i in range(depth)]
    ids = [{name: i for i, name in enumerate(level)} for level in names]
    if not depth:
        return [], []
    return names, [[ids[i].get(levels_of_name[name][i], -1) for i in range(depth)] for name in label_of]
