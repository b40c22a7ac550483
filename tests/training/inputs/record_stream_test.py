"""Records in any order, from any position, each with the position it was asked for."""

import os

import numpy as np
import tensorflow as tf

from training.inputs import record_stream


class StreamTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.paths, shards, offsets = [], [], []
        for shard in range(3):
            path = os.path.join(self.get_temp_dir(), f"{shard}.tfrecord")
            with tf.io.TFRecordWriter(path) as file:
                begin = 0
                for record in range(20):
                    content = f"{shard}/{record}".encode() * (record + 1)
                    file.write(content)
                    shards.append(shard)
                    offsets.append(begin)
                    begin += len(content) + 16
            self.paths.append(path)
        self.shards, self.offsets = np.array(shards), np.array(offsets)

    def read(self, order, window, start=0):
        windows = record_stream.stream(self.paths, np.array(order), window, self.shards, self.offsets, start)
        return [
            (int(position), record.split(str(record[:1], "utf8").encode() + b"/")[1].decode(), int(record[:1]))
            for positions, records in windows.as_numpy_iterator()
            for position, record in zip(positions, records, strict=True)
        ]

    def test_records_come_in_the_order_asked_for(self):
        order = np.random.default_rng(0).permutation(60)
        found = self.read(order, 7)
        self.assertEqual(found, [(i, str(n % 20), n // 20) for i, n in enumerate(order)])

    def test_a_rising_order_is_kept_over_gaps_and_shards(self):
        order = [0, 3, 4, 5, 19, 20, 41, 59]
        self.assertEqual(self.read(order, 3), [(i, str(n % 20), n // 20) for i, n in enumerate(order)])

    def test_repeats_are_repeated(self):
        self.assertEqual(self.read([5, 5, 59, 5], 3), [(0, "5", 0), (1, "5", 0), (2, "19", 2), (3, "5", 0)])

    def test_starting_anywhere_gives_what_follows_there(self):
        order = np.random.default_rng(1).permutation(60)
        self.assertEqual(self.read(order, 8, start=21), self.read(order, 8)[21:])

    def test_what_lies_before_the_start_is_not_read(self):
        os.remove(self.paths[0])
        order = np.arange(60)
        self.assertLen(self.read(order, 10, start=20), 40)
