"""Records of every kind are examined one by one, and the one that is at fault does not hide the others."""

import os
import tempfile
from unittest import mock

import tensorflow as tf

from flags import data
from tests.tfrecords_tools import catalogue, kddcup_folder
from tfrecords_tools import conversion, reader, schema, verify
from tfrecords_tools.manifest import PairManifest
from tfrecords_tools.pairs import pair_conversion, pair_reader
from tfrecords_tools.record_examination import examine_products


class ExamineProductsTest(tf.test.TestCase):
    def test_each_record_of_a_batch_has_its_own_faults(self):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        with mock.patch("sys.stderr"):
            manifest = conversion.convert(catalogue.draw(folder), catalogue.records(os.path.join(folder, "records")))
        shard = manifest.shards[0]
        (_, _, sound), *_ = reader.read_shard(os.path.join(folder, "records"), shard)
        no_jpeg = schema.encode(id="x", image=b"\xff\xd8\xff no jpeg", title="X", fold=shard.fold)
        no_picture = schema.encode(id="y", title="Y", fold=shard.fold)
        examined = examine_products([sound, b"no example", no_jpeg, no_picture], shard, manifest, decode=True)
        self.assertEqual([one.faults for one in examined[::3]], [[], []])
        self.assertRegex(examined[1].faults[0], "^does not fit the schema")
        self.assertRegex(examined[2].faults[0], "^its picture cannot be decoded: ")
        self.assertEqual([one.id for one in examined[1:]], ["", "x", "y"])
        self.assertEqual((len(examined[0].kinds), examined[3].kinds, examined[3].without_image), (1, [], True))


class ExaminePairsTest(tf.test.TestCase):
    def test_a_folder_of_pairs_is_verified_and_salvaged_like_one_of_products(self):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        source, records = kddcup_folder.draw(os.path.join(folder, "kddcup")), os.path.join(folder, "records")
        with mock.patch("sys.stderr"), mock.patch("builtins.print") as said:
            pair_conversion.run(source, data.Records(records=records, workers=1, max_rejects=1.0))
            verify.main(data.Records(records=records), data.Verification(decode=True))
            before = [pair.id for pair in pair_reader.read_pairs(records)]
            shard = PairManifest.read(records).shards[0]
            with open(os.path.join(records, shard.file), "r+b") as file:
                file.seek(200)
                byte = file.read(1)[0]
                file.seek(200)
                file.write(bytes([byte ^ 1]))
            verify.main(data.Records(records=records), data.Verification(salvage=True))
            verify.main(data.Records(records=records), data.Verification())
        said = "\n".join(str(call.args[0]) for call in said.call_args_list)
        self.assertRegex(said, f"{shard.file}, record 0 at byte 0: its checksum is wrong")
        self.assertRegex(said, f"{shard.records - 1} records saved, 1 lost")
        self.assertEqual([pair.id for pair in pair_reader.read_pairs(records)], before[1:])


if __name__ == "__main__":
    tf.test.main()
