"""The index of a shard of pairs: what every record says beside its regions, and where it lies."""

import os
from unittest import mock

import numpy as np
import tensorflow as tf

from tests.training.recall import pair_folder
from tfrecords_tools import reader, writer
from tfrecords_tools.manifest import Shard
from tfrecords_tools.pairs import pair_index


class PairIndexTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.rows = [("Red  shoes", 7, 5, 1), ("", 8, 6, 0), ("botas ❤", 9, 4, -1)]
        self.folder, manifest = pair_folder.write({2: self.rows})
        [self.shard] = manifest.shards

    def test_it_says_what_the_records_say(self):
        index = pair_index.read(self.folder, self.shard)
        offsets = [offset for _, offset, _ in reader.read_shard(self.folder, self.shard)]
        self.assertAllEqual(index.numbers[0], [*offsets, self.shard.bytes])
        self.assertAllEqual(index.numbers[1:, :-1], [[7, 8, 9], [5, 6, 4], [1, 0, -1], [1, 2, 0]])
        self.assertEqual(list(index.texts()), [row[0] for row in self.rows])

    def test_the_shard_is_read_once(self):
        first = pair_index.read(self.folder, self.shard)
        with mock.patch.object(reader, "read_shard", side_effect=AssertionError("read again")):
            again = pair_index.read(self.folder, self.shard)
        self.assertAllEqual(first.numbers, again.numbers)
        self.assertEqual(list(first.texts()), list(again.texts()))

    def test_one_that_is_damaged_or_of_another_shard_is_made_again(self):
        first = pair_index.read(self.folder, self.shard)
        path = pair_index.path_of(self.folder, self.shard)
        content = open(path, "rb").read()
        for broken in (b"", b"no archive", content[:-30], content[:200]):
            with open(path, "wb") as file:
                file.write(broken)
            self.assertAllEqual(pair_index.read(self.folder, self.shard).numbers, first.numbers)
        other = first._replace(numbers=first.numbers + 1)
        np.savez(path.removesuffix(".npz"), **other._asdict())
        self.assertAllEqual(pair_index.read(self.folder, self.shard).numbers, first.numbers)

    def test_an_empty_shard_has_an_empty_index(self):
        size, crc = writer.write_shard(os.path.join(self.folder, "empty"), [])
        shard = Shard("empty", 2, 0, size, crc)
        self.assertEqual(list(pair_index.read(self.folder, shard).texts()), [])
        self.assertEqual(list(pair_index.read(self.folder, shard).texts()), [])

    def test_a_record_of_something_else_is_named(self):
        size, crc = writer.write_shard(os.path.join(self.folder, "other"), [b"\xff\xff"])
        with self.assertRaisesRegex(reader.DamagedRecord, "other, record 0 at byte 0: does not fit the schema"):
            pair_index.read(self.folder, Shard("other", 2, 1, size, crc))


if __name__ == "__main__":
    tf.test.main()
