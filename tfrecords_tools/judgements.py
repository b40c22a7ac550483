"""Judgements of which products answer a query: a table of marks, joined with the products of a catalogue."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from tfrecords_tools import frames
from tfrecords_tools.rejects import Reject, counts
from tfrecords_tools.table import SPLITS

COLUMNS = ("query_id", "query", "product_id", "rating")  # and split, which may be absent
TOP_RATING = 3


class BadMark(ValueError):
    """A row that cannot be a mark; the message is its kind, then after a colon the details."""


@dataclasses.dataclass(frozen=True)
class Judgements:
    """Marks of query-product pairs; a pair that bears none is unknown, not irrelevant.

    Attributes:
      query_ids, queries: id and text of each query, in the order in which they first come.
      splits: "train", "validation", "test" or, of a table without splits, "" of each query.
      query: int32 `[marks]`, the place of its query in `queries`.
      product: int32 `[marks]`, the place of its product in the catalogue.
      rating: int8 `[marks]`, 0 = does not answer it .. 3 = answers it in full.
      rejects: rows left out, with their reasons (tfrecords_tools/rejects.py writes them).
    """

    query_ids: tuple[str, ...]
    queries: tuple[str, ...]
    splits: tuple[str, ...]
    query: np.ndarray
    product: np.ndarray
    rating: np.ndarray
    rejects: tuple[Reject, ...] = ()

    def of_queries(self, places) -> "Judgements":
        """The marks of some queries, by their places in `queries`; these are numbered anew, in the order given."""
        places = np.asarray(places, np.int32)
        number = np.full(len(self.queries), -1, np.int32)
        number[places] = np.arange(len(places))
        kept = number[self.query] >= 0
        texts = (tuple(values[i] for i in places) for values in (self.query_ids, self.queries, self.splits))
        return Judgements(*texts, number[self.query[kept]], self.product[kept], self.rating[kept])

    def of_split(self, split: str) -> "Judgements":
        """The marks of one split's queries."""
        return self.of_queries([place for place, name in enumerate(self.splits) if name == split])

    def summary(self) -> str:
        """ "3668 marks of 135 queries; 2 rows left out: 1 unknown product, 1 duplicate pair"."""
        found = f"{len(self.rating)} marks of {len(self.queries)} queries"
        left_out = f"; {len(self.rejects)} rows left out: {counts(self.rejects)}" if self.rejects else ""
        return found + left_out


def read(path: str, product_ids: Sequence[str]) -> Judgements:
    """Reads a table (.csv, .tsv or .parquet) with the columns query_id, query, product_id, rating and perhaps split.

    Args:
      product_ids: of the catalogue, each once.

    Returns:
      the marks; a row that cannot be one is in `rejects`: an empty query or id, a product that the catalogue lacks, a
      rating that is no whole number of 0..3, a pair marked before, or a query whose text or split was another before.

    Raises:
      FileNotFoundError: there is no such table.
      ValueError: it cannot be read, lacks a column, or has no good row; or the catalogue has an id twice.
    """
    return of_frame(frames.read(path), path, product_ids)


def of_frame(frame: pd.DataFrame, path: str, product_ids: Sequence[str]) -> Judgements:
    """As `read`, of a table of text that is read already; `path` is what messages call it."""
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise ValueError(
            f"{path} has no column {missing[0]!r}; it has {', '.join(frame.columns)}. Judgements need "
            f"{', '.join(COLUMNS)}, and may have split."
        )
    marks, rejects = _Marks(_places(product_ids)), []
    splits = frame["split"] if "split" in frame.columns else [""] * len(frame)
    for row, cells in enumerate(zip(*(frame[name] for name in COLUMNS), splits, strict=True), start=1):
        try:
            marks.add(row, *cells)
        except BadMark as bad:
            rejects.append(Reject(f"{cells[0]}/{cells[2]}", f"{path}, row {row}", str(bad)))
    if not marks.row_of_pair:
        raise ValueError(
            f"{path}: none of {len(frame)} rows is a mark of a product of the catalogue: {counts(rejects)}; the first "
            f"is {rejects[0].id}, {rejects[0].reason}. Is it the table of another catalogue?"
        )
    return marks.judgements(tuple(rejects))


def _places(product_ids: Sequence[str]) -> dict[str, int]:
    places = {}
    for place, id in enumerate(product_ids):
        if places.setdefault(id, place) != place:
            raise ValueError(f"The catalogue has the product {id!r} twice, as rows {places[id] + 1} and {place + 1}.")
    return places


class _Marks:
    """The good rows so far. `place_of_product` maps a product's id to its place in the catalogue."""

    def __init__(self, place_of_product: dict[str, int]):
        self.place_of_product = place_of_product
        self.queries: dict[str, tuple[int, str, str]] = {}  # id -> place, text, split
        self.row_of_pair: dict[tuple[int, int], int] = {}
        self.ratings: list[int] = []

    def add(self, row: int, query_id: str, query: str, product_id: str, rating: str, split: str) -> None:
        for name, value in (("query_id", query_id), ("query", query), ("product_id", product_id)):
            if not value:
                raise BadMark(f"empty {name}")
        if product_id not in self.place_of_product:
            raise BadMark(f"unknown product: {product_id!r} is not in the catalogue")
        number, name = _rating(rating), _split(split)
        known = self.queries.get(query_id, (len(self.queries), query, name))
        if known[1:] != (query, name):
            raise BadMark(f"another query of that id: {(query, name)}, before {known[1:]} (text, split)")
        pair = known[0], self.place_of_product[product_id]
        if pair in self.row_of_pair:
            raise BadMark(f"duplicate pair: marked in row {self.row_of_pair[pair]} already")
        self.queries[query_id] = known
        self.row_of_pair[pair] = row
        self.ratings.append(number)

    def judgements(self, rejects: tuple[Reject, ...]) -> Judgements:
        _, queries, splits = zip(*self.queries.values(), strict=True)
        query, product = np.array(list(self.row_of_pair), np.int32).T
        return Judgements(
            tuple(self.queries), queries, splits, query, product, np.array(self.ratings, np.int8), rejects
        )


def _rating(text: str) -> int:
    if not text.isdecimal():
        raise BadMark(f"rating is no whole number: {text!r}, expected 0..{TOP_RATING}")
    if int(text) > TOP_RATING:
        raise BadMark(f"rating out of range: {text}, expected 0..{TOP_RATING}")
    return int(text)


def _split(text: str) -> str:
    if text and text.lower() not in SPLITS:
        raise BadMark(f"unknown split: {text!r}, expected one of {', '.join(SPLITS)}")
    return SPLITS[text.lower()] if text else ""
