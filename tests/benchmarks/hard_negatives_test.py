"""Wins of the right device over others: counted on planted scores, within its category and outside."""

import types

import numpy as np
import tensorflow as tf

from benchmarks import hard_negatives
from training.recall.pair_table import PairTable

DEVICES = 40  # twenty lamps, then twenty plugs


class PlantedScorer:
    """Puts a device's own query at 1, others of its category at `near`, and the rest at `far`."""

    def __init__(self, near, far):
        self.scorer, self.near, self.far = self, near, far
        zeros, numbers = np.zeros(DEVICES, np.int64), np.arange(DEVICES, dtype=np.int64)
        table = PairTable(
            (1,), zeros, zeros, numbers, numbers, numbers, numbers, np.ones(DEVICES, np.int8), zeros, [], numbers + 100
        )
        self.pairs = types.SimpleNamespace(table_of=lambda folds: table)

    def encode(self, folds):
        return {}, {}

    def pairwise(self, queries, products, query, product):
        return np.where(query == product, 1.0, np.where(query // 20 == product // 20, self.near, self.far))


class HardNegativesTest(tf.test.TestCase):
    def test_wins_within_the_category_and_outside(self):
        categories = {100 + i: "lamp" if i < 20 else "plug" for i in range(DEVICES)}
        for near, far, expected in ((0.0, 0.0, (1, 1)), (2.0, 0.0, (0, 1)), (1.0, 3.0, (0.5, 0))):
            self.assertAllClose(hard_negatives.wins(PlantedScorer(near, far), 1, categories), expected)

    def test_devices_of_unknown_category_are_left_out(self):
        categories = {100 + i: "lamp" for i in range(20)} | {130: "plug"}
        self.assertAllClose(hard_negatives.wins(PlantedScorer(0.0, 2.0), 1, categories), (1, 0))


if __name__ == "__main__":
    tf.test.main()
