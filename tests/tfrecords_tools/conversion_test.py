"""A conversion gives the same bytes whatever happens to it, loses no row silently and leaves nothing half-written."""

import concurrent.futures
import csv
import dataclasses
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures.process import BrokenProcessPool
from unittest import mock

import tensorflow as tf
from absl.testing import parameterized

from tests.tfrecords_tools import catalogue
from tfrecords_tools import conversion, convert, files, reader, rehearsal, worker, writer
from tfrecords_tools.manifest import Manifest
from tfrecords_tools.progress import Progress


class ConversionCase(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.source = catalogue.draw(os.path.join(self.folder, "catalogue"))
        self.enter_context(mock.patch.object(rehearsal, "records_per_shard", return_value=4))
        self.enter_context(mock.patch("sys.stderr"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def convert(self, name="records", source=None, **options):
        return conversion.convert(source or self.source, catalogue.records(self.path(name), **options))

    def rows(self, *lines):
        catalogue.write_table(os.path.dirname(self.source.input), ["id,image,title,label", *lines])

    def rejects(self, name="records"):
        with open(os.path.join(self.path(name), "rejects.csv"), newline="") as file:
            return list(csv.reader(file))


class ConvertTest(ConversionCase):
    def test_every_row_is_read_back_once_with_its_picture_title_label_and_fold(self):
        manifest = self.convert()
        rows = {row["id"].decode(): row for row in reader.read_records(self.path("records"))}
        self.assertEqual(set(rows), {f"p{i}" for i in range(24)})
        row = rows["p5"]
        self.assertEqual(row["title"], b"Product 5")
        self.assertEqual(manifest.label_names[row["label"]], "label2")
        self.assertEqual(tf.io.decode_jpeg(row["image"]).shape, (32, 32, 3))
        self.assertLen(row["phash"], 8)
        self.assertEqual(rows["p4"]["fold"], row["fold"])

    def test_the_manifest_counts_what_the_shards_hold(self):
        manifest = self.convert()
        self.assertEqual(Manifest.read(self.path("records")), manifest)
        self.assertEqual((manifest.records, manifest.folds, manifest.num_labels, manifest.rejected), (24, 3, 12, 0))
        self.assertEqual([manifest.count([fold]) for fold in range(3)], [8, 8, 8])
        self.assertEqual([shard.file for shard in manifest.shards][-1], "products-00005-of-00006.tfrecord")
        for fold in range(3):
            rows = list(reader.read_records(self.path("records"), [fold], ["label", "fold"]))
            self.assertEqual({int(row["fold"]) for row in rows}, {fold})
            self.assertEqual(sorted({int(row["label"]) for row in rows}), manifest.labels_of([fold]))
            self.assertNotEqual([int(row["label"]) for row in rows], sorted(int(row["label"]) for row in rows))

    def test_workers_and_another_place_of_the_catalogue_do_not_change_a_byte(self):
        self.convert("one")
        shutil.move(self.path("catalogue"), self.path("moved"))
        moved = dataclasses.replace(self.source, input=self.path("moved/products.csv"))
        self.convert("two", moved, workers=2)
        one, two = (catalogue.contents(self.path(name)) for name in ("one", "two"))
        one.pop("journal/conversion.json"), two.pop("journal/conversion.json")
        self.assertEqual(one, two)

    def test_a_catalogue_without_labels_is_all_unlabelled_and_one_class_is_enough(self):
        manifest = self.convert("unlabelled", dataclasses.replace(self.source, label_column=""))
        self.assertEqual((manifest.folds, manifest.num_labels, manifest.count([-1])), (0, 0, 24))
        self.rows(*(f"p{i},,Cup {i},cups,train" for i in range(4)), "t,,Cup,cups,validation")
        text = open(self.source.input).read().replace("label\n", "label,part\n", 1)
        open(self.source.input, "w").write(text)
        manifest = self.convert("one_class", dataclasses.replace(self.source, split_column="part"))
        self.assertEqual((manifest.num_labels, manifest.shards[0].without_image), (1, 1))

    def test_levels_follow_the_hierarchy_and_a_label_outside_it_is_a_reject(self):
        tree = self.path("tree.csv")
        with open(tree, "w") as file:
            file.write("class_id,level_1,level_2\n" + "".join(f"label{i},Home,Kind {i % 2}\n" for i in range(11)))
        manifest = self.convert(source=dataclasses.replace(self.source, hierarchy=tree), max_rejects=0.1)
        self.assertEqual(manifest.level_names, [["Home"], ["Kind 0", "Kind 1"]])
        self.assertEqual(self.rejects()[1:], [[f"p{i}", self.path(f"catalogue/pictures/{i}.png"),
                         "label not in the hierarchy: label11"] for i in (22, 23)])  # fmt: skip
        for row in reader.read_records(self.path("records")):
            self.assertAllEqual(row["levels"], manifest.levels_of_label[row["label"]])
            self.assertEqual(row["levels"][1], int(row["label_name"].decode().removeprefix("label")) % 2)

    def test_a_complete_folder_is_left_alone_and_says_so(self):
        self.convert()
        before = catalogue.contents(self.path("records"))
        with mock.patch("builtins.print") as said, mock.patch.object(writer, "write_shard") as write:
            self.convert()
        write.assert_not_called()
        self.assertIn("is complete already; nothing was written", said.call_args.args[0])
        self.assertEqual(catalogue.contents(self.path("records")), before)

    def test_the_hash_of_the_catalogue_goes_before_that_of_the_picture(self):
        self.rows(*(f"p{i},pictures/{i}.png,T,label{i}" for i in range(3)))
        text = (
            open(self.source.input)
            .read()
            .replace("label\n", "label,hash\n", 1)
            .replace("label1\n", "label1,00000000000000ff\n")
        )
        open(self.source.input, "w").write(text)
        self.convert(source=dataclasses.replace(self.source, phash_column="hash"))
        hashes = {row["id"]: row["phash"].hex() for row in reader.read_records(self.path("records"))}
        self.assertEqual(hashes[b"p1"], "00000000000000ff")
        self.assertNotIn(hashes[b"p0"], ("", "00000000000000ff"))


class RejectsTest(ConversionCase):
    def test_every_bad_row_is_listed_with_its_reason_and_the_others_are_kept(self):
        with open(self.path("catalogue/text.jpg"), "w") as file:
            file.write("hello")
        self.rows(
            "a,pictures/0.png,Cup,L1",
            "b,,Bowl,L2",
            "c,pictures/2.png,,L3",
            "d,gone.jpg,Lost,L1",
            "e,text.jpg,Text,L1",
            ",pictures/1.png,Anonymous,L1",
            "a,pictures/1.png,Twice,L1",
            "g,,,L1",
        )
        manifest = self.convert(max_rejects=0.7)
        rows = {row["id"]: row for row in reader.read_records(self.path("records"))}
        self.assertEqual(set(rows), {b"a", b"b", b"c"})
        self.assertEqual((rows[b"b"]["has_image"], rows[b"b"]["image"], rows[b"b"]["phash"]), (0, b"", b""))
        self.assertEqual((rows[b"c"]["has_title"], rows[b"c"]["title"]), (0, b""))
        self.assertEqual(manifest.rejected, 5)
        self.assertEqual(self.rejects()[0], ["id", "file", "reason"])
        reasons = {(row[0], row[2].split(":")[0]) for row in self.rejects()[1:]}
        self.assertEqual(
            reasons,
            {("", "empty id"), ("a", "duplicate id"), ("g", "neither picture nor title"), ("d", "missing file"),
             ("e", "undecodable image")},
        )  # fmt: skip

    def test_too_many_rejects_stop_with_the_counts_and_leave_the_list_but_no_manifest(self):
        for row in (1, 2, 3):
            os.remove(self.path(f"catalogue/pictures/{row}.png"))
        message = (
            r"3 of 24 rows \(12.5%\) are rejected, more than --max_rejects=0.01: 3 missing file. .*--max_rejects=0.13"
        )
        with self.assertRaisesRegex(ValueError, message):
            self.convert()
        self.assertLen(self.rejects(), 4)
        self.assertNotIn("manifest.json", os.listdir(self.path("records")))
        self.assertEqual(self.convert(max_rejects=0.13).records, 21)

    def test_bad_rows_of_the_table_stop_before_anything_else_is_written(self):
        self.rows("a,,Cup,L1", "a,,Cup,L2", "b,,Cup,L2", "c,,Cup,L3")
        with self.assertRaisesRegex(ValueError, "1 of 4 rows .*: 1 duplicate id"):
            self.convert()
        self.assertEqual(os.listdir(self.path("records")), ["rejects.csv"])

    def test_a_picture_mended_after_the_failure_is_taken_in(self):
        picture = self.path("catalogue/pictures/7.png")
        self.convert("whole")
        os.rename(picture, picture + ".away")
        with self.assertRaisesRegex(ValueError, "1 missing file"):
            self.convert()
        os.rename(picture + ".away", picture)
        self.convert()
        whole, mended = (catalogue.contents(self.path(name)) for name in ("whole", "records"))
        self.assertEqual(whole, mended)

    def test_a_wrong_image_root_is_noticed_at_once(self):
        source = dataclasses.replace(self.source, image_root=self.folder)
        message = "None of the 24 pictures .* can be read. .*pictures/.*: missing file. .* relative to --image_root"
        with self.assertRaisesRegex(ValueError, message):
            self.convert(source=source)
        self.assertFalse(os.path.exists(self.path("records")))


class InterruptionTest(ConversionCase):
    @parameterized.parameters(0, 4, 8, 12, 14)
    def test_stopped_at_any_file_and_run_again_it_ends_in_the_same_bytes(self, moment):
        self.convert("whole")
        rename, calls = files.rename, []

        def stop(source, target):
            calls.append(target)
            if len(calls) > moment:
                raise SystemExit("killed")
            rename(source, target)

        with mock.patch.object(files, "rename", stop), self.assertRaises(SystemExit):
            self.convert()
        with open(self.path("records/manifest.json.unfinished"), "wb") as file:
            file.write(b"left over")
        self.convert()
        self.assertEqual(catalogue.contents(self.path("records")), catalogue.contents(self.path("whole")))

    def test_a_damaged_or_deleted_shard_alone_is_written_again(self):
        before = self.convert()
        path = self.path("records/products-00002-of-00006.tfrecord")
        os.remove(path)
        with mock.patch.object(writer, "write_shard", wraps=writer.write_shard) as write:
            self.assertEqual(self.convert(), before)
        self.assertEqual([call.args[0] for call in write.call_args_list], [path])

    def test_a_full_disk_is_said_and_leaves_nothing_under_a_final_name(self):
        def full(path, mode):
            file = opened(path, mode)
            if not path.endswith(".tfrecord.unfinished"):
                return file
            file = mock.MagicMock(wraps=file)
            file.write.side_effect = OSError(errno.ENOSPC, "No space left on device")
            return file

        opened = files.open
        with mock.patch.object(files, "open", full):
            with self.assertRaisesRegex(
                OSError, "00000-of-00006.tfrecord could not be written: No space left on device"
            ):
                self.convert()
        self.assertEqual(os.listdir(self.path("records")), ["journal"])
        self.assertEqual(self.convert().records, 24)


class KillTest(tf.test.TestCase):
    def test_killed_with_its_workers_running_it_leaves_no_process_and_goes_on(self):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        source = catalogue.draw(os.path.join(folder, "catalogue"), rows=150, size=400)
        records, whole = os.path.join(folder, "records"), os.path.join(folder, "whole")
        flags = ["--folds=3", "--stored_size=32", "--workers=2", f"--input={source.input}", f"--records={records}"]
        process = subprocess.Popen([sys.executable, "-m", "tfrecords_tools.convert", *flags], stderr=subprocess.DEVNULL)
        while not os.path.exists(os.path.join(records, "products-00001-of-00003.tfrecord.unfinished")):
            self.assertIsNone(process.poll(), "it ended before it could be killed")
            time.sleep(0.01)
        children = children_of(process.pid)
        process.kill()
        process.wait()
        with mock.patch("sys.stderr"):
            conversion.convert(source, catalogue.records(records))
            conversion.convert(source, catalogue.records(whole))
        self.assertEqual(catalogue.contents(records), catalogue.contents(whole))
        self.assertEqual([pid for pid in children if runs_on(pid)], [])


def children_of(pid):
    """Returns the processes that `pid` has started, where the system tells (Linux)."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return file.read().split()
    except OSError:
        return []


def runs_on(pid, seconds=5):
    """Whether a process is still alive after `seconds`."""
    for _ in range(seconds * 10):
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return False
        except OSError:
            return False
        time.sleep(0.1)
    return True


class RefusalTest(ConversionCase):
    @parameterized.parameters(
        ({"stored_size": 48}, "begun with --stored_size=32, now it is 48. Choose another --records, or delete"),
        ({"resize": "none"}, "begun with --resize=letterbox, now it is 'none'"),
        ({"split_seed": 1}, "begun with --split_seed=0, now it is 1"),
        ({"split": "hash"}, "begun with --split=group, now it is 'hash'"),
    )
    def test_a_folder_of_other_options_is_refused_with_the_flag(self, options, message):
        self.convert()
        with self.assertRaisesRegex(ValueError, message):
            self.convert(**options)

    def test_a_journal_without_a_newer_flag_stands_for_its_default(self):
        before = self.convert()
        path = self.path("records/journal/conversion.json")
        with open(path) as file:
            noted = json.load(file)
        del noted["options"]["split"], noted["source"]["only"]
        with open(path, "w") as file:
            json.dump(noted, file)
        self.assertEqual(self.convert(), before)
        with self.assertRaisesRegex(ValueError, "begun with --split=group, now it is 'stratified'"):
            self.convert(split="stratified")
        listed = self.path("list.csv")
        with open(listed, "w") as file:
            file.write("id\n" + "".join(f"p{i}\n" for i in range(12)))
        with self.assertRaisesRegex(ValueError, "begun with --only=, now it is '.*list.csv'"):
            self.convert(source=dataclasses.replace(self.source, only=listed))

    def test_a_folder_of_another_catalogue_is_refused(self):
        self.convert()
        with self.assertRaisesRegex(ValueError, "begun with --title_column=title, now it is ''"):
            self.convert(source=dataclasses.replace(self.source, title_column=""))
        with open(self.source.input, "a") as file:
            file.write("p99,pictures/1.png,New,label0\n")
        with self.assertRaisesRegex(
            ValueError, "from 24 rows of .*products.csv, which has changed since and has 25 rows"
        ):
            self.convert()

    def test_a_folder_of_unknown_shards_is_refused(self):
        self.convert()
        shutil.rmtree(self.path("records/journal"))
        with self.assertRaisesRegex(ValueError, "holds 6 shards such as products-.* but no journal/conversion.json"):
            self.convert()

    def test_a_file_where_the_folder_should_be_is_refused(self):
        with open(self.path("records"), "w"):
            pass
        with self.assertRaisesRegex(OSError, "records/journal could not be written: "):
            self.convert()


class DryRunTest(ConversionCase):
    def test_it_says_counts_folds_shards_and_problems_and_writes_nothing(self):
        os.remove(self.path("catalogue/pictures/3.png"))
        text = conversion.rehearse(self.source, catalogue.records(self.path("records")))
        self.assertRegex(text, r"24 rows would become about 0\.0 MB of records of 12 labels in 6 shards")
        self.assertIn("  fold  1: 8 rows, 4 labels", text)
        self.assertRegex(text, "Problems found: 1 missing file.\n  p3  .*pictures/3.png  missing file")
        self.assertFalse(os.path.exists(self.path("records")))


class CommandTest(ConversionCase):
    def run_main(self, **options):
        with mock.patch("builtins.print") as said:
            convert.main(self.source, catalogue.records(self.path("records"), **options))
        return "\n".join(str(call.args[0]) for call in said.call_args_list)

    def test_it_says_what_it_wrote_and_the_next_commands(self):
        text = self.run_main()
        self.assertIn(
            "holds 24 records of 12 labels in 6 shards and 3 folds, 0 of them unlabelled; 0 rows rejected.", text
        )
        for command in ("tfrecords_tools.inspect", "tfrecords_tools.verify", "training.train"):
            self.assertIn(f"python -m {command} --records={self.path('records')}", text)

    def test_a_dry_run_prints_its_report(self):
        self.assertIn("Nothing was written.", self.run_main(dry_run=True))

    def test_no_folder_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "--records is empty: name the folder to write"):
            convert.main(self.source, catalogue.records(""))


class RemoteTest(ConversionCase):
    def test_catalogue_and_records_may_be_remote(self):
        for name in catalogue.contents(self.path("catalogue")):
            tf.io.gfile.copy(self.path(f"catalogue/{name}"), f"ram://remote/{name}")
        source = dataclasses.replace(self.source, input="ram://remote/products.csv")
        manifest = conversion.convert(source, catalogue.records("ram://records"))
        self.assertEqual(manifest, self.convert())
        self.assertLen(list(reader.read_records("ram://records", keys=["id"])), 24)
        self.assertEqual(worker.prepare("ram://remote/none.png", catalogue.records("")).reason, "missing file")


class WorkerTest(ConversionCase):
    def test_workers_do_without_tensorflow_and_so_start_quickly(self):
        code = "import sys, tfrecords_tools.worker, tfrecords_tools.convert; sys.exit('tensorflow' in sys.modules)"
        self.assertEqual(subprocess.run([sys.executable, "-c", code]).returncode, 0)

    def test_a_worker_that_dies_is_said_with_what_to_do(self):
        with mock.patch.object(concurrent.futures, "ProcessPoolExecutor") as pool:
            pool.return_value.submit.return_value.result.side_effect = BrokenProcessPool()
            with self.assertRaisesRegex(
                OSError, "One of 7 worker processes died, .* fewer --workers; it goes on where"
            ):
                self.convert(workers=7)
        self.assertEqual(os.listdir(self.path("records")), ["journal"])


class ProgressTest(tf.test.TestCase):
    def test_the_line_gives_rate_and_time_left(self):
        progress = Progress(34250)
        progress.done = 1250
        self.assertEqual(progress.line(5.0), "1,250 of 34,250 rows, 250 rows/s, 2:12 left")
        self.assertEqual(progress.line(500.0), "1,250 of 34,250 rows, 2 rows/s, 3:40:00 left")


if __name__ == "__main__":
    tf.test.main()
