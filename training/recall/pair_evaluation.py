"""The queries and products of pairs as batches, each once. Training adds to it in training/recall/pair_input.py."""

import os
from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from tfrecords_tools.manifest import PairManifest
from training.inputs import record_stream
from training.inputs.input_pipeline import CORES, check_sizes, padded
from training.recall import pair_table, region_inputs
from training.recall.pair_table import PairTable

READ_WINDOW = 512  # records of different products fetched at a time


class PairEvaluation:
    """Batches of a folder of pairs; the last batch of each data set is padded.

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
        self._tables = {}

    def table_of(self, folds: Iterable[int]) -> PairTable:
        """The table of some folds, read once; queries and products are numbered within these folds."""
        folds = tuple(folds)
        if folds not in self._tables:
            self._tables[folds] = pair_table.read(self.folder, self.manifest, folds)
        return self._tables[folds]

    def distinct_queries(self, folds: Iterable[int], batch_size: int) -> tf.data.Dataset:
        """Every query of `folds` once, whatever the number of its candidates.

        Yields {"token_ids", "padding_mask": int32 `[rows, tokens]`}, in the order of `table_of(folds)`.
        """
        batches = tf.data.Dataset.from_tensor_slices(self.table_of(folds).texts).batch(batch_size)
        return _whole(batches, lambda some: self.titles(some, training=False), batch_size)

    def distinct_products(self, folds: Iterable[int], batch_size: int) -> tf.data.Dataset:
        """Every product of `folds` once, by its first record, so that its regions are encoded once.

        Yields what region_inputs.parse gives, in the order of `product_order(folds)`.
        """
        table = self.table_of(folds)
        first = _first_records(table)
        records = record_stream.stream(self._paths(table), first, READ_WINDOW, table.shards, table.offsets)
        return _whole(records.rebatch(batch_size), lambda _, serialized: self._regions(serialized), batch_size)

    def product_order(self, folds: Iterable[int]) -> np.ndarray:
        """int32 `[products]`: the numbers of the products in the order in which `distinct_products` gives them."""
        table = self.table_of(folds)
        return table.products[_first_records(table)]

    def _paths(self, table: PairTable) -> list[str]:
        return [os.path.join(self.folder, shard.file) for shard in self.manifest.shards_of(table.folds)]

    def _regions(self, serialized):
        return region_inputs.parse(serialized, self.region_boxes, self.manifest.feature_width)


def _first_records(table: PairTable) -> np.ndarray:
    return np.sort(np.unique(table.products, return_index=True)[1])


def _whole(batches: tf.data.Dataset, parse, batch_size: int) -> tf.data.Dataset:
    """Maps batches by `parse` and pads the last one with zeros."""
    return batches.map(lambda *batch: padded(parse(*batch), batch_size), CORES).prefetch(tf.data.AUTOTUNE)
