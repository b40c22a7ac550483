"""What train and the held-out folds share is said after a conversion, with examples."""

import os
import shutil
import tempfile
from unittest import mock

import tensorflow as tf

from flags.data import Source
from tests.tfrecords_tools import catalogue
from tfrecords_tools import conversion, convert, leaks
from tfrecords_tools.manifest import Manifest

NONE = "Leak check: train shares no label and no picture hash with validation or test."


class LeaksTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.enter_context(mock.patch("sys.stderr"))
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.source = catalogue.draw(self.folder)
        self.records = os.path.join(self.folder, "records")

    def table(self, *rows):
        catalogue.write_table(self.folder, ["id,title,label,split,phash", *rows])
        return Source(input=self.source.input, image_column="", split_column="split", phash_column="phash")

    def report(self, source, **options):
        manifest = conversion.convert(source, catalogue.records(self.records, **options))
        return leaks.report(self.records, manifest)

    def test_whole_groups_of_different_pictures_share_nothing(self):
        self.assertEqual(self.report(self.source), [NONE])

    def test_labels_in_both_are_counted_and_named(self):
        rows = ["1,T,mug,train,", "2,T,mug,test,", "3,T,bag,validation,", "4,T,bag,test,", "5,T,cap,train,"]
        self.assertEqual(
            self.report(self.table(*rows)),
            ["Leak check: 1 of 2 labels in validation or test are in train too, such as 'mug': right for recognising "
             "classes, a leak for matching products."],
        )  # fmt: skip

    def test_a_stratified_split_means_to_share_labels(self):
        text = open(self.source.input).read()
        for i in range(12):
            text = text.replace(f"label{i}\n", f"class{i % 3}\n")
        open(self.source.input, "w").write(text)
        self.assertEqual(self.report(self.source, split="stratified"), [NONE])
        shutil.rmtree(os.path.join(self.records, "journal"))
        [line] = leaks.report(self.records, Manifest.read(self.records))
        self.assertIn("3 of 3 labels", line)

    def test_equal_hashes_are_counted_in_pairs_and_unhashed_records_are_not(self):
        hashes = {"a": "0" * 16, "b": "f" * 16, "c": "1" * 16, "-": ""}
        held_out = [("h0", "a", "test"), ("h1", "c", "validation"), ("h2", "a", "validation")]
        train = [("t0", "b", "train"), ("t1", "a", "train"), ("t2", "a", "train")]
        unhashed = [(f"{split}{i}", "-", split) for split in ("train", "validation", "test") for i in range(5)]
        rows = [f"{id},T,{id},{split},{hashes[name]}" for id, name, split in held_out + train + unhashed]
        [line] = self.report(self.table(*rows))
        self.assertIn("2 of 3 pictures in validation or test have the perceptual hash of a picture in train", line)
        self.assertRegex(line, r"\(pairs: 4\), such as 'h2' and 't[12]', 'h0' and 't[12]'\.")

    def test_without_held_out_or_train_records_there_is_nothing_to_say(self):
        self.assertEqual(self.report(Source(input=self.source.input, label_column="")), [])

    def test_a_damaged_record_is_said_with_the_command_that_finds_it(self):
        rows = [("h0", "test"), ("h1", "validation"), ("t0", "train"), ("t1", "train")]
        self.report(self.table(*(f"{id},T,{id},{split},{'a' * 16}" for id, split in rows)))
        manifest = Manifest.read(self.records)
        with open(os.path.join(self.records, manifest.shards[-1].file), "r+b") as file:
            file.seek(60)
            file.write(b"????")
        with self.assertRaisesRegex(ValueError, "record 0 at byte 0: .* run python -m tfrecords_tools.verify"):
            leaks.report(self.records, manifest)

    def test_convert_prints_it(self):
        with mock.patch("builtins.print") as said:
            convert.main(self.source, catalogue.records(self.records))
        self.assertIn(mock.call(NONE), said.call_args_list)


if __name__ == "__main__":
    tf.test.main()
