"""Each thing that must be true of a pair is missed when it is not, and verify takes a folder of pairs as any other."""

import csv
import dataclasses
import os
import tempfile
from unittest import mock

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.data import Verification
from tests.tfrecords_tools import catalogue, kddcup_folder
from tests.tfrecords_tools.pairs.pair_schema_test import pair
from tfrecords_tools import reader, verify, writer
from tfrecords_tools.manifest import PairManifest, Shard
from tfrecords_tools.pairs import pair_conversion, pair_reader, pair_record, pair_schema, pair_verification

SHARD = Shard("pairs-00000-of-00001.tfrecord", 2, 1, 1, "")
MANIFEST = PairManifest("f", 3, 3, 1, 0, ["shoes", "bags"], [SHARD], {})


def faults(record):
    return list(pair_verification.value_faults(record, SHARD, MANIFEST))


class ValueFaultsTest(tf.test.TestCase, parameterized.TestCase):
    def test_sound_pairs_with_and_without_regions_have_none(self):
        self.assertEqual(faults(pair()), [])
        self.assertEqual(faults(pair(0)), [])
        self.assertEqual(faults(pair(box_labels=np.array([1, -1]))), [])

    @parameterized.parameters(
        ({"fold": 0}, "it is of fold 0 in a shard of fold 2"),
        ({"query_id": 8}, "its id train/7/5 is not its split, query_id 8 and product_id 5"),
        ({"answer": 3}, "its answer 3 is none of 1"),
        ({"image_width": 0}, "its picture has 100 x 0 pixels"),
        ({"boxes": np.array([[0, 0, 1, 1], [0, 0, 2, 1]], "f4")}, "its box 1 is .0.0, 0.0, 2.0, 1.0., outside 0..1"),
        ({"boxes": np.full((2, 4), np.nan, "f4")}, "its box 0 is .nan, "),
        ({"features": np.array([[1, 2, 3], [0, np.inf, 0]], "f2")}, "the features of its box 1 are not finite"),
        ({"box_labels": np.array([0, 2])}, "its box label 2 is outside -1..1"),
    )
    def test_a_wrong_value_is_named(self, changed, message):
        [fault] = faults(dataclasses.replace(pair(), **changed))
        self.assertRegex(fault, message)

    def test_more_boxes_than_the_manifest_allows_are_named(self):
        [fault] = faults(pair(4, box_labels=np.zeros(4, int)))
        self.assertEqual(fault, "it has 4 boxes, the manifest says at most 3")


class VerifyTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.enter_context(mock.patch("sys.stderr"))
        self.records = catalogue.records(os.path.join(folder, "records"))
        self.source = kddcup_folder.draw(os.path.join(folder, "kddcup"))
        self.manifest = pair_conversion.convert(self.source, self.records)
        self.shard = self.manifest.shards[1]
        self.path = os.path.join(self.records.records, self.shard.file)

    def verify(self, **options):
        with mock.patch("builtins.print") as said:
            verify.main(self.records, Verification(**options))
        return "\n".join(str(text) for call in said.call_args_list for text in call.args)

    def faults(self):
        with mock.patch("builtins.print") as said, self.assertRaisesRegex(ValueError, "records is damaged"):
            verify.main(self.records, Verification())
        return [call.args[0] for call in said.call_args_list]

    def frames(self):
        return list(reader.read_shard(self.records.records, self.shard))

    def flip(self, record):
        offset = self.frames()[record][1] + 100
        with open(self.path, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 1]))

    def test_a_sound_folder_is_called_sound(self):
        self.assertIn("is sound: 36 records, 3 shards", self.verify())

    def test_a_flipped_byte_is_found_with_record_and_offset(self):
        offset = self.frames()[2][1]
        self.flip(2)
        self.assertIn(f"{self.shard.file}, record 2 at byte {offset}: ", "\n".join(self.faults()))

    def test_values_that_cannot_be_are_found_behind_sound_checksums(self):
        pairs = [pair_schema.decode(record, self.manifest.feature_width) for _, _, record in self.frames()]
        pairs[4] = dataclasses.replace(pairs[4], fold=2, features=pairs[4].features + np.float16("nan"))
        writer.write_shard(self.path, [pair_record.encode(one) for one in pairs[:5]] + [b"no record"])
        text = "\n".join(self.faults())
        self.assertRegex(text, "record 4 at byte .* fold 2 in a shard of fold 0; the features of its box 0 are not f")
        self.assertRegex(text, "record 5 at byte .*: does not fit the schema .it ")

    def test_what_can_be_read_is_salvaged_and_convert_restores_the_rest(self):
        before = catalogue.contents(self.records.records)
        self.flip(2)
        self.assertRegex(self.verify(salvage=True), "5 records saved, 1 lost")
        self.assertIn("is sound: 35 records", self.verify())
        self.assertLen(list(pair_reader.read_pairs(self.records.records)), 35)
        with open(os.path.join(self.records.records, "lost.csv"), newline="") as file:
            self.assertEqual([row["record"] for row in csv.DictReader(file)], ["2"])
        pair_conversion.convert(self.source, self.records)
        after = catalogue.contents(self.records.records)
        self.assertEqual({name: after.get(name) for name in before}, before)
        [kept] = after.keys() - before.keys()
        self.assertStartsWith(kept, self.shard.file + ".damaged-")


if __name__ == "__main__":
    tf.test.main()
