"""A folder of a few dozen query-product pairs, written as records without a conversion."""

import os
import tempfile

import numpy as np

from tfrecords_tools import writer
from tfrecords_tools.manifest import PairManifest, Shard
from tfrecords_tools.pairs import pair_record
from tfrecords_tools.pairs.pair import Pair

WIDTH, PER_SHARD = 4, 16
COLOURS, TYPES = ("red", "blue", "green", "black"), ("shoes", "dress", "mug", "lamp")
SPLITS = {2: "train", 0: "valid", 1: "testA", -1: "testB"}

Row = tuple[str, int, int, int]  # query, query_id, product_id, answer


def train_rows(count: int = 48) -> list[Row]:
    """Relevant pairs of 16 queries such as "red shoes"; product i answers query i % 16."""
    texts = [f"{colour} {kind}" for kind in TYPES for colour in COLOURS]
    return [(texts[i % 16], i % 16, 100 + i, 1) for i in range(count)]


def valid_rows() -> list[Row]:
    """Four queries over five candidates each, of which the first answers."""
    return [(f"{COLOURS[q]} hat", 50 + q, 900 + (q + c) % 8, int(c == 0)) for q in range(4) for c in range(5)]


def pair(row: Row, fold: int) -> Pair:
    """A pair whose features are drawn from its product's number; it has product_id % 4 regions."""
    query, query_id, product_id, answer = row
    boxes, random = product_id % 4, np.random.default_rng(product_id)
    return Pair(
        f"{SPLITS[fold]}/{query_id}/{product_id}", SPLITS[fold], fold, query, query_id, product_id, answer, 100, 200,
        np.sort(random.random((boxes, 4), "float32")), random.normal(size=(boxes, WIDTH)).astype("float16"),
        random.integers(0, 3, boxes),
    )  # fmt: skip


def write(rows_of_fold: dict[int, list[Row]] | None = None, make=pair, width: int = WIDTH) -> tuple[str, PairManifest]:
    """Writes records of these rows, in shards of PER_SHARD; gives folder and manifest.

    Args:
      make: makes the pair of a row and its fold, with features of `width`.
    """
    folder, shards = tempfile.mkdtemp(), []
    for fold, rows in (rows_of_fold or {2: train_rows(), 0: valid_rows()}).items():
        for start in range(0, len(rows), PER_SHARD):
            some, name = rows[start : start + PER_SHARD], f"pairs-{len(shards):05d}.tfrecord"
            size, crc = writer.write_shard(
                os.path.join(folder, name), (pair_record.encode(make(r, fold)) for r in some)
            )
            shards.append(Shard(name, fold, len(some), size, crc))
    manifest = PairManifest("of a test", 4, width, sum(s.records for s in shards), 0, ["a", "b", "c"], shards, {})
    manifest.write(folder)
    return folder, manifest
