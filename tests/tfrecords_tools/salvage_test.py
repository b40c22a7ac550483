"""Salvage keeps every record that can be read, says which are lost, and leaves a folder that all commands accept."""

import csv
import dataclasses
import os
import tempfile
from unittest import mock

import tensorflow as tf

from flags import data
from tests.tfrecords_tools import catalogue
from tfrecords_tools import conversion, files, reader, schema, verify, writer
from tfrecords_tools.manifest import Manifest
from tfrecords_tools.salvage import COLUMNS


class SalvageTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.enter_context(mock.patch("sys.stderr"))
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.folder = os.path.join(folder, "records")
        self.source = catalogue.draw(folder)
        self.manifest = conversion.convert(self.source, catalogue.records(self.folder))
        self.before = catalogue.contents(self.folder)
        self.first, self.shard, self.last = self.manifest.shards
        self.offsets = [offset for _, offset, _ in reader.read_shard(self.folder, self.shard)]
        self.ids = self.ids_of(self.shard)

    def path(self, shard):
        return os.path.join(self.folder, shard.file)

    def ids_of(self, shard):
        return [row["id"].decode() for row in reader.read_records(self.folder, [shard.fold], ["id"])]

    def change(self, edit):
        with open(self.path(self.shard), "rb") as file:
            content = edit(bytearray(file.read()))
        with open(self.path(self.shard), "wb") as file:
            file.write(content)
        return bytes(content)

    def flip(self, position):
        def edit(content):
            content[position] ^= 1
            return content

        return self.change(edit)

    def salvage(self):
        """Runs the command and returns what it printed; afterwards the folder must be sound by itself."""
        said = self.verify(salvage=True)
        self.assertIn("is sound: ", self.verify(decode=True))
        return said

    def verify(self, **options):
        with mock.patch("builtins.print") as said:
            verify.main(data.Records(records=self.folder), data.Verification(**options))
        return "\n".join(str(text) for call in said.call_args_list for text in call.args)

    def lost(self):
        with open(os.path.join(self.folder, "lost.csv"), newline="") as file:
            return list(csv.DictReader(file))

    def assert_convert_restores_all(self):
        """The same convert command, given again, ends in the bytes of before and no longer speaks of losses."""
        self.assertEqual(conversion.convert(self.source, catalogue.records(self.folder)), self.manifest)
        now = {name: digest for name, digest in catalogue.contents(self.folder).items() if ".damaged-" not in name}
        self.assertEqual(now, self.before)

    def test_a_flipped_data_byte_costs_one_record_which_is_named(self):
        damaged = self.flip(self.offsets[5] + 400)
        said = self.salvage()
        self.assertEqual(self.ids_of(self.shard), self.ids[:5] + self.ids[6:])
        self.assertRegex(said, f"{self.path(self.shard)}: 7 records saved, 1 lost; the damaged file is kept as")
        (row,) = self.lost()
        self.assertEqual(tuple(row), COLUMNS)
        self.assertEqual((row["shard"], row["record"], row["records"]), (self.shard.file, "5", "1"))
        self.assertEqual(row["offset"], str(self.offsets[5]))
        self.assertEqual(row["size"], str(self.offsets[6] - self.offsets[5]))
        self.assertEqual((row["id"], row["id_before"], row["id_after"]), (self.ids[5], self.ids[4], self.ids[6]))
        (kept,) = [name for name in os.listdir(self.folder) if ".damaged-" in name]
        with open(os.path.join(self.folder, kept), "rb") as file:
            self.assertEqual(file.read(), damaged)
        self.assertEqual(Manifest.read(self.folder).count(), 23)
        self.assert_convert_restores_all()

    def test_a_flipped_length_byte_costs_nothing(self):
        self.flip(self.offsets[5] + 2)
        self.assertIn("whole again, nothing is lost", self.salvage())
        self.assertEqual(Manifest.read(self.folder), self.manifest)
        self.assertNotIn("lost.csv", os.listdir(self.folder))
        self.assert_convert_restores_all()

    def test_a_truncated_file_costs_the_records_behind_the_cut(self):
        self.change(lambda content: content[: self.offsets[5] + 30])
        self.salvage()
        self.assertEqual(self.ids_of(self.shard), self.ids[:5])
        (row,) = self.lost()
        self.assertEqual((row["record"], row["records"], row["id_before"]), ("5", "3", self.ids[4]))
        self.assert_convert_restores_all()

    def test_exchanged_shards_are_put_back(self):
        swap(self.path(self.shard), self.path(self.last))
        self.assertIn("whole again, nothing is lost", self.salvage())
        self.assertEqual(Manifest.read(self.folder), self.manifest)
        self.assertEqual(self.ids_of(self.shard), self.ids)
        self.assert_convert_restores_all()

    def test_a_shard_overwritten_with_another_is_not_counted_twice(self):
        with open(self.path(self.last), "rb") as file:
            other = file.read()
        self.change(lambda content: other)
        self.assertIn("0 records saved, 8 lost", self.salvage())
        ids = [row["id"] for row in reader.read_records(self.folder, keys=["id"])]
        self.assertEqual((len(ids), len(set(ids))), (16, 16))
        self.assert_convert_restores_all()

    def test_a_missing_shard_becomes_an_empty_one_and_its_records_are_listed(self):
        os.remove(self.path(self.shard))
        self.assertIn("0 records saved, 8 lost", self.salvage())
        (row,) = self.lost()
        self.assertEqual((row["record"], row["records"], row["reason"]), ("0", "8", "the file is missing"))
        self.assertEqual(Manifest.read(self.folder).histogram["1"], {})
        self.assert_convert_restores_all()

    def test_a_shard_that_cannot_be_read_is_kept_all_the_same(self):
        read = files.read

        def broken_disk(path):
            if path == self.path(self.shard):
                raise OSError("Input/output error")
            return read(path)

        with mock.patch.object(files, "read", broken_disk):
            said = self.verify(salvage=True)
        self.assertIn("it cannot be read: Input/output error", said)
        self.assertIn(f"0 records saved, 8 lost; the damaged file is kept as {self.path(self.shard)}.damaged-un", said)
        self.assertIn(self.shard.file + ".damaged-unreadable", os.listdir(self.folder))
        self.assert_convert_restores_all()

    def test_a_picture_that_cannot_be_decoded_is_left_out_where_pictures_are_looked_at(self):
        records = [record for _, _, record in reader.read_shard(self.folder, self.shard)]
        bad = schema.encode(id="x", image=b"\xff\xd8\xff no jpeg", title="X", fold=1)
        size, crc32c = writer.write_shard(self.path(self.shard), [*records[:7], bad])
        shard = dataclasses.replace(self.shard, bytes=size, crc32c=crc32c)
        dataclasses.replace(self.manifest, shards=[self.first, shard, self.last]).write(self.folder)
        said = self.verify(salvage=True, decode=True)
        self.assertRegex(said, "record 7 at byte .*: its picture cannot be decoded: .*\\(its id seems to be 'x'\\)")
        self.assertIn("7 records saved, 1 lost", said)
        self.assertIn("is sound: 23 records", self.verify(decode=True))

    def test_losses_of_several_times_are_all_listed(self):
        self.flip(self.offsets[5] + 400)
        self.salvage()
        self.shard = self.last
        self.flip(400)
        self.salvage()
        self.assertEqual([row["shard"] for row in self.lost()], [self.manifest.shards[1].file, self.last.file])

    def test_stopped_before_the_shards_are_replaced_it_has_changed_nothing_that_counts(self):
        self.flip(self.offsets[5] + 400)
        damaged = catalogue.contents(self.folder)[self.shard.file]
        with mock.patch.object(files, "rename", side_effect=SystemExit("killed")), self.assertRaises(SystemExit):
            self.verify(salvage=True)
        self.assertEqual(catalogue.contents(self.folder)[self.shard.file], damaged)
        self.assertIn("7 records saved, 1 lost", self.salvage())
        self.assertLen(self.lost(), 1)


def swap(one, other):
    """Exchanges two files."""
    os.rename(one, one + ".away")
    os.rename(other, one)
    os.rename(one + ".away", other)


if __name__ == "__main__":
    tf.test.main()
