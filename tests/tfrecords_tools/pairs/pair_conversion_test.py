"""Pairs come through a conversion whole, in the same bytes whatever happens to it, and no row vanishes."""

import base64
import csv
import dataclasses
import json
import os
import shutil
import tempfile
from unittest import mock

import numpy as np
import tensorflow as tf

from tests.tfrecords_tools import catalogue, kddcup_folder
from tests.tfrecords_tools.kddcup_folder import cell, row
from tfrecords_tools import convert, files, reader, writer
from tfrecords_tools.manifest import Manifest, PairManifest, name_of
from tfrecords_tools.pairs import pair_conversion, pair_plan, pair_reader


class PairConversionCase(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.source = kddcup_folder.draw(self.path("kddcup"))
        self.enter_context(mock.patch.object(pair_conversion, "_records_per_shard", return_value=8))
        self.enter_context(mock.patch("sys.stderr"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def convert(self, name="records", **options):
        return pair_conversion.convert(self.source, catalogue.records(self.path(name), **options))

    def train(self, *rows):
        kddcup_folder.write_tsv(self.source.input, "train", rows)

    def rejects(self):
        with open(self.path("records/rejects.csv"), newline="") as file:
            return list(csv.reader(file))[1:]


class ConvertTest(PairConversionCase):
    def test_every_row_is_read_back_once_with_its_regions_query_answer_and_fold(self):
        self.convert()
        pairs = {pair.id: pair for pair in pair_reader.read_pairs(self.path("records"))}
        self.assertLen(pairs, 36)
        pair = pairs["train/1003/7"]
        self.assertEqual((pair.query, pair.answer, pair.fold, pair.num_boxes), ("query 1003", 1, 2, 3))
        judged = {pair.id: pair.answer for pair in pair_reader.read_pairs(self.path("records"), [0])}
        relevant = [id for id, answer in judged.items() if answer == 1]
        self.assertEqual((len(judged), relevant), (6, ["valid/1/0", "valid/1/2", "valid/2/5"]))
        self.assertEqual({pair.answer for pair in pair_reader.read_pairs(self.path("records"), [-1])}, {-1})

    def test_the_manifest_counts_what_the_shards_hold(self):
        manifest = self.convert()
        self.assertEqual(PairManifest.read(self.path("records")), manifest)
        self.assertEqual((manifest.records, manifest.feature_width, manifest.max_boxes), (36, 8, 40))
        self.assertEqual([shard.records for shard in manifest.shards], [8, 8, 8, 6, 6])
        self.assertEqual([shard.without_image for shard in manifest.shards], [2, 2, 2, 0, 0])
        self.assertEqual(manifest.histogram["0"], {"irrelevant": 3, "relevant": 3})
        self.assertEqual(manifest.label_names, ["human face", "shoes", "top clothes"])

    def test_workers_and_another_place_of_the_files_do_not_change_a_byte(self):
        self.convert("one")
        shutil.move(self.source.input, self.path("moved"))
        moved = dataclasses.replace(self.source, input=self.path("moved"))
        pair_conversion.convert(moved, catalogue.records(self.path("two"), workers=2))
        one, two = (catalogue.contents(self.path(name)) for name in ("one", "two"))
        one.pop("journal/conversion.json"), two.pop("journal/conversion.json")
        self.assertEqual(one, two)

    def test_the_command_says_what_there_is(self):
        os.remove(self.path("kddcup/valid_answer.json"))
        self.train(*(row(i, 9, 41 if i == 9 else i % 4) for i in range(24)))
        with mock.patch("builtins.print") as said:
            convert.main(self.source, catalogue.records(self.path("records")))
        text = said.call_args.args[0]
        self.assertRegex(text, "holds 36 query-product pairs in 5 shards, up to 40 regions of 8 features each: ")
        self.assertIn(": 24 relevant, 12 unjudged, 1 with boxes cut, 6 without regions; 0 rows rejected.\n", text)
        self.assertIn("There is no validation fold: that takes valid.tsv and valid_answer.json.", text)

    def test_a_list_of_products_is_refused(self):
        source = dataclasses.replace(self.source, only="list.csv")
        with self.assertRaisesRegex(ValueError, "--only=list.csv lists products, .* leave it out"):
            convert.main(source, catalogue.records(self.path("records")))

    def test_a_rehearsal_says_counts_folds_and_problems_and_writes_nothing(self):
        self.train(row(1, 1, boxes="?"), row(2, 1))
        with mock.patch("builtins.print") as said:
            convert.main(self.source, catalogue.records(self.path("records"), dry_run=True))
        text = said.call_args.args[0]
        self.assertRegex(
            text, "14 rows would become about .* MB of records of query-product pairs in 3 shards. Nothing"
        )
        self.assertRegex(text, "fold  2: 2 rows of train\n  fold  0: 6 rows of valid\n  fold -1: 6 rows of testA\n")
        self.assertRegex(text, "Problems found: 1 boxes is no base64.\n  train/1/1  train.tsv line 2, byte")
        self.assertFalse(os.path.exists(self.path("records")))


class RejectsTest(PairConversionCase):
    def test_every_bad_row_is_listed_with_its_place_and_reason_and_the_others_are_kept(self):
        nan = row(2, 1, 1, features=cell([np.nan] + [0] * 7, "<f4"))
        wrong = row(3, 1, 2, features=cell(np.zeros(9), "<f4"))
        self.train(row(1, 1), nan, wrong, row(1, 1, seed=1), row(1, 2, query=""), row(4, 1)[:4], row(5, 1, 91))
        manifest = self.convert(max_rejects=0.3)
        self.assertEqual(
            [(id, reason.split(":")[0]) for id, _, reason in self.rejects()],
            [("train/1/2", "features not finite"), ("train/1/3", "features has the wrong length"),
             ("train/1/1", "duplicate row"), ("train/2/4", "wrong number of columns")],
        )  # fmt: skip
        place = self.rejects()[0][1]
        self.assertRegex(place, r"^train.tsv line 3, byte \d+$")
        with open(self.path("kddcup/train.tsv"), "rb") as file:
            file.seek(int(place.split()[-1]))
            self.assertEqual(file.readline(), "\t".join(nan).encode() + b"\n")
        kept = {pair.id: pair for pair in pair_reader.read_pairs(self.path("records"), [2])}
        self.assertEqual(set(kept), {"train/1/1", "train/2/1", "train/1/5"})
        self.assertAllClose(kept["train/1/1"].features, features_of(row(1, 1)), atol=1e-2)
        self.assertEqual((kept["train/1/5"].num_boxes, manifest.histogram["2"]), (40, {"boxes cut": 1, "relevant": 3}))
        self.assertEqual(sum(shard.without_title for shard in manifest.shards), 1)

    def test_a_file_cut_in_the_middle_of_a_line_loses_that_line_alone(self):
        path = self.path("kddcup/testA.tsv")
        os.truncate(path, os.path.getsize(path) - 30)
        manifest = self.convert(max_rejects=0.03)
        self.assertEqual((manifest.records, manifest.rejected), (35, 1))
        self.assertIn("testA.tsv line 7", self.rejects()[0][1])
        self.assertIn("wrong number of columns: 7, expected 9", self.rejects()[0][2])

    def test_too_many_rejects_stop_with_the_counts_and_leave_no_manifest(self):
        self.train(row(1, 1), row(1, 1))
        message = r"1 of 14 rows \(7.1%\) are rejected, more than --max_rejects=0.01: 1 duplicate row. .*=0.08"
        with self.assertRaisesRegex(ValueError, message):
            self.convert()
        self.assertNotIn("manifest.json", os.listdir(self.path("records")))
        self.assertEqual(self.convert(max_rejects=0.08).records, 13)

    def test_rows_that_are_all_bad_are_noticed_before_anything_is_written(self):
        for name in ("valid", "testA"):
            os.remove(self.path(f"kddcup/{name}.tsv"))
        self.train(*(row(i, 1, image_h="tall") for i in range(9)))
        with self.assertRaisesRegex(
            ValueError, "None of the 9 rows .* is a pair. train.tsv line 2, .* no number: 'tall'"
        ):
            self.convert()
        self.assertFalse(os.path.exists(self.path("records")))

    def test_rows_without_any_region_cannot_be_converted(self):
        for name in ("valid", "testA"):
            os.remove(self.path(f"kddcup/{name}.tsv"))
        self.train(row(num_boxes=0))
        with self.assertRaisesRegex(ValueError, "None of the first 100 rows of .*train.tsv has regions with features"):
            self.convert()


def features_of(cells):
    return np.frombuffer(base64.b64decode(cells[5]), "<f4").reshape(int(cells[3]), -1)


class InterruptionTest(PairConversionCase):
    def test_stopped_at_any_file_and_run_again_it_ends_in_the_same_bytes(self):
        self.convert("whole")
        rename = files.rename
        for moment in (0, 3, 6, 10):
            calls = []

            def stop(source, target, calls=calls, moment=moment):
                calls.append(target)
                if len(calls) > moment:
                    raise SystemExit("killed")
                rename(source, target)

            name = f"stopped{moment}"
            with mock.patch.object(files, "rename", stop), self.assertRaises(SystemExit):
                self.convert(name)
            self.convert(name)
            self.assertEqual(catalogue.contents(self.path(name)), catalogue.contents(self.path("whole")), moment)

    def test_a_deleted_shard_alone_is_written_again(self):
        before = self.convert()
        contents = catalogue.contents(self.path("records"))
        path = self.path("records/pairs-00002-of-00005.tfrecord")
        os.remove(path)
        with mock.patch.object(writer, "write_shard", wraps=writer.write_shard) as write:
            self.assertEqual(self.convert(), before)
        self.assertEqual([call.args[0] for call in write.call_args_list], [path])
        self.assertEqual(catalogue.contents(self.path("records")), contents)

    def test_a_complete_folder_is_left_alone_and_says_so(self):
        self.convert()
        with mock.patch("builtins.print") as said, mock.patch.object(writer, "write_shard") as write:
            self.convert()
        write.assert_not_called()
        self.assertIn("is complete already; nothing was written", said.call_args.args[0])

    def test_other_options_or_other_files_in_the_same_folder_are_refused(self):
        self.convert()
        with self.assertRaisesRegex(
            ValueError, "was begun with --max_boxes=40, now it is 39. Choose another --records"
        ):
            self.convert(max_boxes=39)
        with open(self.path("kddcup/valid_answer.json"), "w") as file:
            json.dump({"1": [0]}, file)
        with self.assertRaisesRegex(ValueError, "was begun from 36 rows of .*kddcup, which has changed since"):
            self.convert()


class TwoKindsTest(PairConversionCase):
    def test_readers_of_products_refuse_pairs_and_the_other_way_round(self):
        self.convert("pairs")
        products = self.path("products")
        Manifest("f", 32, "none", 90, 0, 0, 0, 0, [], [], [], [], {}).write(self.path(""))
        os.makedirs(products)
        shutil.move(self.path("manifest.json"), products)
        self.assertEqual((name_of(self.path("pairs")), name_of(products)), ("pairs", "products"))
        with self.assertRaisesRegex(
            ValueError, "pairs/manifest.json is of query-product pairs .*, but products are exp"
        ):
            next(reader.read_records(self.path("pairs")))
        with self.assertRaisesRegex(ValueError, "products/manifest.json is of products, but query-product pairs"):
            next(pair_reader.read_pairs(products))


class PlanTest(PairConversionCase):
    def test_shards_hold_whole_rows_of_one_file_and_cover_all(self):
        planned = pair_plan.make(self.source.input)
        shards = planned.shards(10)
        self.assertEqual([(shard.index.split.name, shard.last - shard.first) for shard in shards],
                         [("train", 8), ("train", 8), ("train", 8), ("valid", 6), ("testA", 6)])  # fmt: skip
        with mock.patch.object(pair_plan, "CHUNK", 5):
            chunks = [chunk for shard in shards[:3] for chunk in shard.chunks()]
        self.assertEqual([chunk.first_row for chunk in chunks], [0, 5, 8, 13, 16, 21])
        self.assertEqual([chunk.stop for chunk in chunks[:-1]], [chunk.start for chunk in chunks[1:]])
        self.assertEqual(chunks[-1].stop, os.path.getsize(self.path("kddcup/train.tsv")))

    def test_a_repeated_row_is_known_to_the_chunk_that_holds_it(self):
        self.train(*(row(i % 4, 1) for i in range(6)))
        shards = pair_plan.make(self.source.input).shards(3)
        duplicates = [chunk.duplicates for shard in shards[:2] for chunk in shard.chunks()]
        self.assertEqual(duplicates, [frozenset(), frozenset({4, 5})])


if __name__ == "__main__":
    tf.test.main()
