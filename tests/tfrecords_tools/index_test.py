"""The index of a shard: where records begin and what label they have."""

import os
import shutil

import numpy as np
import tensorflow as tf

from tests import tiny_catalogue
from tfrecords_tools import index
from tfrecords_tools.manifest import Manifest
from tfrecords_tools.reader import read_records, read_shard


class IndexTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = os.path.join(self.get_temp_dir(), self.id(), "records")
        shutil.copytree(tiny_catalogue.records(), self.folder)
        self.manifest = Manifest.read(self.folder)
        self.shard = self.manifest.shards[0]

    def expected(self):
        offsets = [offset for _, offset, _ in read_shard(self.folder, self.shard)]
        rows = list(read_records(self.folder, [self.shard.fold], ["label", "phash"]))
        hashes = [int.from_bytes(row["phash"], "big", signed=True) if row["phash"] else -1 for row in rows]
        return np.array([[*offsets, self.shard.bytes], [*(row["label"] for row in rows), -1], [*hashes, -1]])

    def test_conversion_writes_it(self):
        self.assertTrue(os.path.exists(index.path_of(self.folder, self.shard)))
        self.assertAllEqual(index.read(self.folder, self.shard), self.expected())

    def test_is_made_again_where_it_is_missing_damaged_or_of_another_shard(self):
        path = index.path_of(self.folder, self.shard)
        os.remove(path)
        self.assertAllEqual(index.read(self.folder, self.shard), self.expected())
        for content in (b"", b"no array", open(path, "rb").read()[:-20]):
            with open(path, "wb") as file:
                file.write(content)
            self.assertAllEqual(index.read(self.folder, self.shard), self.expected())
        np.save(path, np.zeros((3, self.shard.records + 1), np.int64))
        self.assertAllEqual(index.read(self.folder, self.shard), self.expected())

    def test_read_all_joins_the_shards_of_folds(self):
        numbers, offsets, labels, hashes = index.read_all(self.folder, self.manifest, [2, 3])
        rows = list(read_records(self.folder, [2, 3], ["label"]))
        self.assertAllEqual(labels, [row["label"] for row in rows])
        self.assertAllEqual(offsets[numbers == 1][0], 0)
        self.assertNotAllEqual(hashes, index.NO_HASH)
        self.assertLen(offsets, self.manifest.count([2, 3]))
