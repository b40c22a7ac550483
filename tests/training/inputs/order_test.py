"""The order of an epoch, and how its records are fetched."""

import numpy as np
import tensorflow as tf

from training.inputs import order


class ShuffledTest(tf.test.TestCase):
    def test_every_record_comes_once_and_the_seed_decides_where(self):
        first, again, other = (order.shuffled(1000, 100, np.random.default_rng(s)) for s in (1, 1, 2))
        self.assertAllEqual(np.sort(first), np.arange(1000))
        self.assertAllEqual(first, again)
        self.assertNotAllEqual(first, other)

    def test_a_window_mixes_records_from_all_over(self):
        found = order.shuffled(100_000, 1024, np.random.default_rng(0))
        self.assertGreater(np.ptp(found[:1024]), 80_000)
        self.assertLess(np.abs(np.corrcoef(found, np.arange(100_000))[0, 1]), 0.1)

    def test_a_window_as_large_as_the_data_is_a_full_shuffle(self):
        places = [np.flatnonzero(order.shuffled(64, 64, np.random.default_rng(s)) == 0)[0] for s in range(200)]
        self.assertGreater(len(set(places)), 50)


class PlanReadingTest(tf.test.TestCase):
    def test_neighbours_are_one_run_and_shards_and_repeats_are_minded(self):
        shards, offsets = np.array([0, 0, 0, 1, 1]), np.array([0, 10, 20, 0, 10])
        plan = order.plan_reading(np.array([2, 1, 3, 1, 4, 4]), 4, shards, offsets)
        self.assertAllEqual(plan.shard, [0, 1, 1])
        self.assertAllEqual(plan.offset, [10, 0, 10])
        self.assertAllEqual(plan.length, [2, 1, 1])
        self.assertAllEqual(plan.runs, [0, 2, 3])
        self.assertAllEqual(plan.places, [1, 0, 2, 0, 0, 0])
        self.assertAllEqual(plan.counts, [3, 1])
