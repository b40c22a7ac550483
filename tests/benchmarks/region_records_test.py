"""The records that benchmarks/region_records.py draws, and that both ways of reading see all of them."""

import os
import tempfile
from unittest import mock

import numpy as np
import tensorflow as tf
from absl import flags
from absl.testing import flagsaver

from benchmarks import region_records
from tfrecords_tools.manifest import PairManifest
from tfrecords_tools.pairs import pair_reader, pair_verification

ROWS, WIDTH = 150, 16


class RegionRecordsTest(tf.test.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        flags.FLAGS(["test"], known_only=True)
        cls.folder = region_records.write_records(os.path.join(tempfile.mkdtemp(), "records"), ROWS, WIDTH)

    def setUp(self):
        super().setUp()
        self.enter_context(mock.patch("sys.stderr"))

    def test_records_are_sound_and_as_large_as_promised(self):
        manifest, boxes = PairManifest.read(self.folder), []
        for pair in pair_reader.read_pairs(self.folder):
            self.assertEmpty(list(pair_verification.value_faults(pair, manifest.shards[0], manifest)))
            boxes.append(pair.num_boxes)
        self.assertLen(boxes, ROWS)
        self.assertAllInRange(boxes, 10, 40)
        self.assertNear(np.mean(np.array(boxes) < 20), 5 / 6, 0.1)

    def test_both_ways_see_every_record(self):
        batches = list(region_records.regions(self.folder))
        self.assertLen(batches, 3)
        self.assertEqual(batches[0]["features"].shape, (64, 40, WIDTH))
        seen = np.concatenate([batch["box_mask"] for batch in batches]).sum(axis=1)
        self.assertAllEqual(seen, [*(pair.num_boxes for pair in pair_reader.read_pairs(self.folder)), *[0] * 42])
        self.assertEqual(sum(len(batch) for batch in region_records.raw(self.folder)), ROWS)

    def test_figures_compare_with_the_limit(self):
        with flagsaver.flagsaver((region_records.ROUNDS, 1)):
            found = region_records.speed(self.folder, ROWS)
        self.assertEqual(found["name"], "regions/read_vs_raw")
        self.assertAllClose(found["ratio"], found["value"] / found["reference"])
        self.assertGreater(region_records.measure(self.folder, rows=300)["megabytes"], 1)


if __name__ == "__main__":
    tf.test.main()
