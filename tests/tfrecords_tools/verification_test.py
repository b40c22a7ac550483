"""Damage of every kind is found and named with its shard, record and byte offset; and a reader stops at it."""

import dataclasses
import os
import tempfile
from unittest import mock

import tensorflow as tf

from flags import data
from tests.tfrecords_tools import catalogue
from tfrecords_tools import conversion, reader, schema, verification, verify, writer
from tfrecords_tools.manifest import Manifest


class VerificationTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.enter_context(mock.patch("sys.stderr"))
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.folder = os.path.join(folder, "records")
        self.manifest = conversion.convert(catalogue.draw(folder), catalogue.records(self.folder))
        self.shard = self.manifest.shards[1]
        self.path = os.path.join(self.folder, self.shard.file)
        records = list(reader.read_shard(self.folder, self.shard))
        self.offsets = [offset for _, offset, _ in records]
        self.records = [record for _, _, record in records]
        self.ids = [row["id"].decode() for row in reader.read_records(self.folder, [1], ["id"])]

    def faults(self, decode=False, manifest=None):
        manifest = manifest or self.manifest
        return list(verification.faults(self.folder, manifest, verification.examine(self.folder, manifest, decode)))

    def change(self, edit):
        with open(self.path, "rb") as file:
            content = bytearray(file.read())
        with open(self.path, "wb") as file:
            file.write(edit(content))

    def rewrite(self, records):
        """Replaces the shard and its line in the manifest, so that only the records themselves can be at fault."""
        size, crc32c = writer.write_shard(self.path, records)
        shard = dataclasses.replace(self.shard, bytes=size, crc32c=crc32c, records=len(records))
        shards = [shard if shard.file == old.file else old for old in self.manifest.shards]
        manifest = dataclasses.replace(self.manifest, shards=shards, records=sum(shard.records for shard in shards))
        manifest.write(self.folder)
        return manifest

    def test_sound_records_have_no_fault(self):
        self.assertEqual(self.faults(decode=True), [])

    def flip(self, *positions):
        def edit(content):
            for position in positions:
                content[position] ^= 1
            return content

        self.change(edit)

    def test_flipped_data_bytes_are_each_named_and_hide_nothing(self):
        self.flip(self.offsets[2] + 400, self.offsets[5] + 400)
        crc32c, second, fifth = self.faults()
        self.assertIn("CRC-32C", crc32c)
        place = f"{self.path}, record 5 at byte {self.offsets[5]}: its checksum is wrong: some byte of it has changed"
        self.assertStartsWith(fifth, place)
        self.assertIn(f"record 2 at byte {self.offsets[2]}: its checksum is wrong", second)
        self.assertEndsWith(second, f"(its id seems to be {self.ids[2]!r})")
        place = f"record 2 at byte {self.offsets[2]}: .*python -m tfrecords_tools.verify --records="
        with self.assertRaisesRegex(reader.DamagedRecord, place):
            list(reader.read_records(self.folder))

    def test_a_flipped_length_byte_is_named_and_its_record_is_known_to_be_readable(self):
        self.flip(self.offsets[5] + 1, self.offsets[6] + 400)
        _, length, data = self.faults()
        self.assertIn(
            f"record 5 at byte {self.offsets[5]}: its length is wrong, but the record itself can be read", length
        )
        self.assertIn(f"record 6 at byte {self.offsets[6]}: its checksum is wrong", data)

    def test_a_truncated_shard_is_named_at_the_record_where_it_breaks(self):
        self.change(lambda content: content[: self.offsets[5] + 30])
        size, records = self.faults()
        self.assertIn(f"{self.offsets[5] + 30} bytes, the manifest says {self.shard.bytes}", size)
        self.assertIn(f"records 5-7 at byte {self.offsets[5]}: the file is cut off here, ", records)

    def test_swapped_shards_are_named_as_each_other(self):
        other = self.manifest.shards[2].file
        swap(self.path, os.path.join(self.folder, other))
        second, third = self.faults()
        self.assertIn(f"{self.path}, records 0-7 at byte 0: the file holds the bytes of {other}: the two were", second)
        self.assertIn(f"{other}, records 0-7 at byte 0: the file holds the bytes of {self.shard.file}", third)

    def test_a_stretch_of_zeros_is_said_to_span_the_records_that_are_gone(self):
        def wipe(content):
            start, stop = self.offsets[2] + 5, self.offsets[4] + 50
            content[start:stop] = bytes(stop - start)
            content[self.offsets[6] + 400] ^= 1
            return content

        self.change(wipe)
        _, stretch, data = self.faults()
        self.assertRegex(stretch, f"records 2-4 at byte {self.offsets[2]}: .* again begins at byte {self.offsets[5]}")
        self.assertIn(f"record 6 at byte {self.offsets[6]}: its checksum is wrong", data)

    def test_a_shard_cut_between_records_does_not_pass_as_whole(self):
        self.change(lambda content: content[: self.offsets[6]])
        self.assertIn(
            "records 6-7 at byte .*the file ends here, but the manifest counts 8 records", Matcher(self.faults())
        )

    def test_a_missing_shard_is_named(self):
        os.remove(self.path)
        self.assertEqual(self.faults(), [f"{self.path}, records 0-7 at byte 0: the file is missing"])
        with self.assertRaisesRegex(FileNotFoundError, "00001-of-00003.tfrecord is missing: run the same convert"):
            list(reader.read_records(self.folder))

    def test_a_record_of_another_schema_is_named_and_the_others_are_still_checked(self):
        wrong_fold = schema.encode(id="x", title="X", fold=7, label=99)
        manifest = self.rewrite([*self.records[:2], b"not an example", *self.records[3:7], wrong_fold])
        schema_fault, values = self.faults(manifest=manifest)
        self.assertRegex(schema_fault, "record 2 at byte .*: does not fit the schema")
        self.assertRegex(
            values, "record 7 at byte .*: it is of fold 7 in a shard of fold 1; its label 99 is outside -1..11"
        )
        with self.assertRaisesRegex(reader.DamagedRecord, "record 2 at byte .*: does not fit the schema"):
            list(reader.read_records(self.folder))

    def test_a_record_whose_label_name_is_another_s_is_named(self):
        record = schema.encode(id="x", title="X", fold=1, label=0, label_name="label5")
        manifest = self.rewrite([*self.records[:7], record])
        self.assertIn("record 7 .*: its label 0 is 'label0', not 'label5'", Matcher(self.faults(manifest=manifest)))

    def test_counts_that_differ_from_the_manifest_are_faults(self):
        manifest = dataclasses.replace(self.manifest, records=9, histogram={**self.manifest.histogram, "0": {"1": 8}})
        total, fold = self.faults(manifest=manifest)
        self.assertIn("counts 9 records in all, but 24 in its shards", total)
        self.assertIn("fold 0: its records per label are not those", fold)

    def test_a_picture_that_does_not_decode_is_found_when_asked(self):
        row = next(reader.read_records(self.folder, [1]))
        record = schema.encode(
            id="x", image=b"\xff\xd8\xff no jpeg", title="X", fold=1,
            label=int(row["label"]), label_name=row["label_name"].decode(),
        )  # fmt: skip
        manifest = self.rewrite([record, *self.records[1:]])
        self.assertEqual(self.faults(manifest=manifest), [])
        self.assertIn("record 0 at byte 0: its picture cannot be decoded: ", Matcher(self.faults(True, manifest)))

    def test_the_command_lists_faults_and_fails_and_says_how_to_mend(self):
        os.remove(self.path)
        with mock.patch("builtins.print") as said:
            with self.assertRaisesRegex(
                ValueError, "is damaged: the 1 lines above say where. Delete the shards named and run"
            ):
                verify.main(data.Records(records=self.folder), data.Verification())
        said.assert_any_call(f"{self.path}, records 0-7 at byte 0: the file is missing")

    def test_the_command_says_that_all_is_sound(self):
        with mock.patch("builtins.print") as said:
            verify.main(data.Records(records=self.folder), data.Verification())
        said.assert_any_call(Containing("is sound: 24 records, 3 shards"))

    def test_chosen_folds_and_keys_are_read_alone(self):
        rows = list(reader.read_records(self.folder, folds=[2], keys=["id"]))
        self.assertEqual((len(rows), list(rows[0])), (8, ["id"]))
        self.assertEqual(Manifest.read(self.folder).count([2]), 8)


class Containing(str):
    """Equal to any text that it is part of."""

    __hash__ = str.__hash__

    def __eq__(self, text):
        return str(self) in text


def swap(one, other):
    """Exchanges two files."""
    os.rename(one, one + ".away")
    os.rename(other, one)
    os.rename(one + ".away", other)


class Matcher:
    """Makes `assertIn(pattern, Matcher(texts))` search each text for a pattern."""

    def __init__(self, texts):
        self.texts = texts

    def __contains__(self, pattern):
        import re

        return any(re.search(pattern, text) for text in self.texts)

    def __repr__(self):
        return repr(self.texts)


if __name__ == "__main__":
    tf.test.main()
