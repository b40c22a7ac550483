"""Query-product pairs as batches, every pair once, or every query and every product once. Training adds to it in
training/recall/pair_input.py."""

import os
from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from tfrecords_tools.manifest import PairManifest
from training.inputs import record_stream
from training.inputs.input_pipeline import CORES, check_sizes, padded
from training.recall import pair_table, region_inputs
from training.recall.pair_table import PairTable

READ_WINDOW = 256  # records of different products fetched at a time


class PairEvaluation:
    """Batches of a folder of pairs, in the manifest's order; the last batch of each data set is padded.

    Args:
      folder, manifest: the records.
      titles: training.inputs.tokens.TokenTitles or another title input, of the queries.
      region_boxes: regions kept per product.

    Raises:
      ValueError: a shard is not there, or not as long as the manifest says.
    """

    def __init__(self, folder: str, manifest: PairManifest, titles, region_boxes: int):
        check_sizes(folder, manifest)
        self.folder, self.manifest, self.titles, self.region_boxes = folder, manifest, titles, region_boxes
        self._tables, self._tensors_of = {}, {}

    def table_of(self, folds: Iterable[int]) -> PairTable:
        """The table of some folds, read once; queries and products are numbered within these folds."""
        folds = tuple(folds)
        if folds not in self._tables:
            self._tables[folds] = pair_table.read(self.folder, self.manifest, folds)
        return self._tables[folds]

    def evaluation(self, folds: Iterable[int], batch_size: int) -> tf.data.Dataset:
        """Every pair of `folds` once.

        Yields {"inputs": {"token_ids", "padding_mask": int32 `[rows, tokens]`, and what region_inputs.parse gives},
        "label": int32 `[rows, 2]`, numbers of query and product in `table_of(folds)`, "place": int32 `[rows]`, the row
        of that table, -1 where padded; all else is 0 there}.
        """
        table = self.table_of(folds)
        tensors = self._tensors(table)
        records = tf.data.TFRecordDataset(self._paths(table)).batch(batch_size)
        places = tf.data.Dataset.range(len(table)).batch(batch_size)
        pairs = lambda place, serialized: self._pairs(tensors, place, serialized, training=False)  # noqa: E731
        return _whole(tf.data.Dataset.zip(places, records), pairs, batch_size, "place")

    def distinct_queries(self, folds: Iterable[int], batch_size: int) -> tf.data.Dataset:
        """Every query of `folds` once, whatever the number of its candidates.

        Yields {"inputs": {"token_ids", "padding_mask"}, "number": int32 `[rows]`, of `table_of(folds)`, -1 where
        padded}.
        """
        texts, *_ = self._tensors(self.table_of(folds))
        numbers = tf.data.Dataset.range(len(texts)).batch(batch_size)
        queries = lambda number: {"inputs": self.titles(tf.gather(texts, number), training=False)}  # noqa: E731
        return _whole(numbers, queries, batch_size, "number")

    def distinct_products(self, folds: Iterable[int], batch_size: int) -> tf.data.Dataset:
        """Every product of `folds` once, by its first record, so that its regions are encoded once.

        Yields {"inputs": what region_inputs.parse gives, "number": int32 `[rows]`, of `table_of(folds)`, -1 where
        padded}.
        """
        table = self.table_of(folds)
        first = _first_records(table)
        number = tf.constant(table.products[first])
        records = record_stream.stream(self._paths(table), first, READ_WINDOW, table.shards, table.offsets)
        records = records.rebatch(batch_size).map(lambda place, serialized: (tf.gather(number, place), serialized))
        products = lambda number, serialized: {"inputs": self._regions(serialized)}  # noqa: E731
        return _whole(records, products, batch_size, "number")

    def product_order(self, folds: Iterable[int]) -> np.ndarray:
        """int32 `[products]`: the numbers of the products in the order in which `distinct_products` gives them."""
        table = self.table_of(folds)
        return table.products[_first_records(table)]

    def _paths(self, table: PairTable) -> list[str]:
        return [os.path.join(self.folder, shard.file) for shard in self.manifest.shards_of(table.folds)]

    def _tensors(self, table: PairTable) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Texts of the queries, and the query and the product of each record; made outside of any graph."""
        if table.folds not in self._tensors_of:
            self._tensors_of[table.folds] = tuple(map(tf.constant, (table.texts, table.queries, table.products)))
        return self._tensors_of[table.folds]

    def _pairs(self, tensors, records, serialized, training: bool):
        texts, queries, products = tensors
        query, product = tf.gather(queries, records), tf.gather(products, records)
        asked = self.titles(tf.gather(texts, query), training=training)
        return {"inputs": {**asked, **self._regions(serialized)}, "label": tf.stack([query, product], axis=1)}

    def _regions(self, serialized):
        return region_inputs.parse(serialized, self.region_boxes, self.manifest.feature_width)


def _first_records(table: PairTable) -> np.ndarray:
    return np.sort(np.unique(table.products, return_index=True)[1])


def _whole(batches: tf.data.Dataset, parse, batch_size: int, key: str) -> tf.data.Dataset:
    """Maps batches by `parse` and pads the last one; their first component stands under `key`, -1 where padded."""

    def whole(number, *rest):
        batch = parse(number, *rest)
        known = padded({key: tf.cast(number, tf.int32) + 1}, batch_size)[key] - 1
        inputs = padded(batch.pop("inputs"), batch_size)
        return {"inputs": inputs, **padded(batch, batch_size), key: known}

    return batches.map(whole, CORES).prefetch(tf.data.AUTOTUNE)
