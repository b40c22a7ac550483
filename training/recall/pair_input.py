"""Query-product pairs for training: every positive once an epoch with its negatives beside it, in an order that is a
function of (seed, epoch), and a position that is one integer."""

from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from tfrecords_tools.pairs import pair_schema
from training.inputs import order as orders
from training.inputs import record_stream
from training.inputs.input_pipeline import CORES
from training.recall import mined
from training.recall.negative_sampler import Negatives, NegativeSampler
from training.recall.pair_evaluation import PairEvaluation


class PairInput(PairEvaluation):
    """Batches of tuples: a relevant pair and its negatives, row by row.

    Args:
      folder, manifest: the records, a PairManifest's.
      recall: region_boxes (regions kept per product), negatives (n, beside each positive), negatives_from ("random",
        "mined" or "tfidf"), mined (the folder that training.mine wrote), rows_together (a multiple of 1 + n).
      titles: see PairEvaluation.
      folds: the folds to train on; their relevant pairs are the positives.
      optimization: flags.optimizer.Optimization: batch_size (in rows, over all replicas), shuffle_buffer (rows; twice
        as many are in memory).
      seed: of the order and of the negatives.

    Attributes:
      table: pair_table.PairTable of `folds`.
      steps_per_epoch: whole batches; what is left of an epoch is dropped.

    Raises:
      ValueError: no relevant pair, fewer tuples than one batch, a batch of no whole tuples, a shard that is not as the
        manifest says, or a mined folder of other records.
      FileNotFoundError: there is no mined folder.
    """

    def __init__(self, folder, manifest, recall, titles, *, folds: Iterable[int], optimization, seed: int):
        super().__init__(folder, manifest, titles, recall.region_boxes)
        self.recall, self.folds, self.optimization, self.seed = recall, tuple(folds), optimization, seed
        self.batch_size, self.rows_together = optimization.batch_size, 1 + recall.negatives
        self.table = self.table_of(self.folds)
        self.positives = self.table.positives()
        self._check_batch()
        self.steps_per_epoch = len(self.positives) * self.rows_together // self.batch_size
        self.sampler = NegativeSampler(
            self.table.queries[self.positives],
            self.table.products[self.positives],
            mined.draw(recall, self.table, manifest.source_fingerprint),
        )
        self._drawn = -1, None

    def _check_batch(self) -> None:
        together, rows = self.rows_together, len(self.positives) * self.rows_together
        if self.recall.rows_together % together:
            raise ValueError(
                f"A positive and its {together - 1} negatives (--negatives_per_positive) are {together} rows, but the "
                f"matcher takes {self.recall.rows_together} together, no multiple of it."
            )
        if self.batch_size % together:
            raise ValueError(
                f"--batch_size={self.batch_size} is no whole number of tuples of {together} rows, a positive and its "
                f"{together - 1} negatives: give a multiple of {together}."
            )
        if rows < self.batch_size:
            raise ValueError(
                f"{self.folder}: folds {list(self.folds)} hold {len(self.positives)} relevant pairs, {rows} rows with "
                f"their negatives, fewer than one batch of {self.batch_size}. Lower --batch_size."
            )

    @property
    def window(self) -> int:
        """Rows fetched at a time: --shuffle_buffer in whole batches."""
        return max(1, self.optimization.shuffle_buffer // self.batch_size) * self.batch_size

    def rows(self, epoch: int) -> Negatives:
        """The record numbers of an epoch, tuple by tuple, and whether each counts: a function of (seed, epoch)."""
        if self._drawn[0] != epoch:  # held, as an epoch is taken up again after every evaluation
            random = np.random.default_rng([self.seed, epoch])
            order = orders.shuffled(len(self.positives), self.window // self.rows_together, random)
            order = order[: self.steps_per_epoch * self.batch_size // self.rows_together]
            places, kept = self.sampler.epoch(order, self.rows_together - 1, self.seed, epoch)
            self._drawn = epoch, Negatives(self.positives[places], kept)
        return self._drawn[1]

    def epoch(self, epoch: int, first_step: int = 0) -> tf.data.Dataset:
        """Batches of one epoch from `first_step` on; the rows of a tuple lie side by side, the positive first.

        Yields {"inputs": {"token_ids", "padding_mask": int32 `[rows, tokens]`, and what region_inputs.parse gives},
        "label": int32 `[rows, 2]`, numbers of query and product in `table`, "present": {"match": float32 `[rows]`, 0
        where no negative was found}}.
        """
        rows = self.rows(epoch)
        records, kept = tf.constant(rows.records), tf.constant(rows.kept)
        tensors = tuple(map(tf.constant, (self.table.texts, self.table.queries, self.table.products)))

        def batch(positions, serialized):
            here = tf.gather(records, positions), tf.gather(kept, positions)
            return self._labelled(tensors, *here, serialized)

        return self._read(rows, first_step).map(batch, CORES).prefetch(tf.data.AUTOTUNE)

    mixes = False  # of neighbours' pictures, of which there are none

    def on_device(self, batch: dict) -> dict:
        """Gives the batch as it is: nothing is left to the device."""
        return batch

    def ids(self, epoch: int, step: int) -> list[str]:
        """The ids of the pairs of one batch, found again from the order alone."""
        _, serialized = next(iter(self._read(self.rows(epoch), step)))
        parsed = pair_schema.parse(serialized, 1, self.manifest.feature_width, ["id"])
        return [id.decode() for id in parsed["id"].numpy()]

    def _read(self, rows: Negatives, first_step: int) -> tf.data.Dataset:
        """(position int64, serialized string), `[batch]` each."""
        start, table = first_step * self.batch_size, self.table
        records = record_stream.stream(
            self._paths(table), rows.records, self.window, table.shards, table.offsets, start
        )
        return records.rebatch(self.batch_size, drop_remainder=True)

    @tf.function  # traced once, not for every epoch and every place that one is taken up at
    def _labelled(self, tensors, records, kept, serialized):
        texts, queries, products = tensors
        query, product = tf.gather(queries, records), tf.gather(products, records)
        return {
            "inputs": {**self.titles(tf.gather(texts, query), training=True), **self._regions(serialized)},
            "label": tf.stack([query, product], axis=1),
            "present": {"match": tf.cast(kept, tf.float32)},
        }
