"""Written lists of rows: classes of a certain size, classes cut to even sizes, and a catalogue cut to such a list."""

import csv
import io
from collections.abc import Iterable, Iterator

import numpy as np

from tfrecords_tools import deals, frames
from tfrecords_tools.product import Product

CAPS = (400, 200, 100)  # AliProducts' balance list


def balanced_size(rows: int) -> int:
    """Returns how many rows of a class of `rows` the balance list takes: the largest cap that it fills, else all.

    400 and more give 400, 200-399 give 200, 100-199 give 100.
    """
    return next((cap for cap in CAPS if rows >= cap), rows)


def left_out(name: str, rows: int, balance: bool = False, cap: int = 0, seed: int = 0) -> np.ndarray:
    """Returns which of a class's rows are not taken, int64; they depend on the class and `seed` alone.

    Args:
      name: of the class.
      rows: how many it has.
      balance: take `balanced_size` of them.
      cap: take so many at most; 0 = all.
    """
    taken = balanced_size(rows) if balance else min(rows, cap or rows)
    if taken == rows:
        return np.zeros(0, np.int64)
    return np.random.default_rng(deals.hash_of(name, seed)).permutation(rows)[taken:]


def check_any(found: bool, low: int, high: int, sizes: Iterable[int]) -> None:
    """Raises a ValueError that tells the sizes there are, where no class has been found in [low, high]."""
    if found:
        return
    sizes = sorted(sizes)
    there = f"the {len(sizes)} classes have {sizes[0]} to {sizes[-1]}" if sizes else "there is no labelled row"
    raise ValueError(f"No class has {low} to {high or 'any number of'} training rows: {there}.")


def choose(
    products: Iterable[Product], low: int = 1, high: int = 0, balance: bool = False, seed: int = 0, cap: int = 0
) -> list[Product]:
    """Returns the rows of the classes with `low` to `high` training rows, in the catalogue's order.

    Training rows are the labelled ones that no split of the catalogue's own puts elsewhere. The validation and test
    rows of a chosen class are all taken; unlabelled rows are left out.

    Args:
      products: the catalogue.
      low, high: the inclusive range of a class's training rows; high 0 = no bound.
      balance, seed, cap: how many of a class's training rows, and which, see `left_out`.

    Raises:
      ValueError: no class is so large; with the sizes there are.
    """
    labelled = [product for product in products if product.label_name]
    rows_of = {}
    for row, product in enumerate(labelled):
        if product.split in ("", "train"):
            rows_of.setdefault(product.label_name, []).append(row)
    chosen = {name: rows for name, rows in rows_of.items() if low <= len(rows) <= (high or len(rows))}
    check_any(bool(chosen), low, high, map(len, rows_of.values()))
    without = set()
    for name, rows in chosen.items():
        without.update(rows[i] for i in left_out(name, len(rows), balance, cap, seed))
    return [product for row, product in enumerate(labelled) if product.label_name in chosen and row not in without]


def text(products: Iterable[Product]) -> str:
    """Returns the list as CSV with the columns id and label."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(("id", "label"))
    rows.writerows((product.id, product.label_name) for product in products)
    return file.getvalue()


def only(products: Iterable[Product], path: str) -> Iterator[Product]:
    """Yields the products whose ids stand in the column `id` of the table `path`, in the catalogue's order.

    Raises:
      ValueError: the list has no such column, or names ids that the catalogue lacks; with their number.
    """
    listed = frames.read(path)
    if "id" not in listed.columns:
        raise ValueError(f"{path} (--only) has no column 'id'; it has {', '.join(listed.columns)}.")
    ids, found = set(listed["id"]), set()
    for product in products:
        if product.id in ids:
            found.add(product.id)
            yield product
    if ids - found:
        raise ValueError(
            f"{len(ids - found)} of the {len(ids)} ids in {path} (--only) are not in the catalogue, the first is "
            f"{min(ids - found)!r}. Is it a list of another catalogue, or of other columns?"
        )
