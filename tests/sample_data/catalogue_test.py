"""The files of a drawn catalogue."""

import csv
import hashlib
import io
import os
import pathlib
import tempfile
from unittest import mock

import tensorflow as tf
from PIL import Image

from flags.sample import Sample
from sample_data import catalogue, draw
from tfrecords_tools.phash import phash

SIZE = {"postings": 120, "pixels": 32, "seed": 5}


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class CatalogueTest(tf.test.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = pathlib.Path(tempfile.mkdtemp()) / "drawn"
        cls.counts = catalogue.write(str(cls.folder), **SIZE, processes=2)
        cls.train, cls.test = read(cls.folder / "train.csv"), read(cls.folder / "test.csv")

    def test_tables_have_shopees_columns_and_as_many_rows_as_asked(self):
        self.assertEqual(tuple(self.train[0]), ("posting_id", "image", "image_phash", "title", "label_group"))
        self.assertEqual(tuple(self.test[0]), ("posting_id", "image", "image_phash", "title"))
        self.assertEqual(len(self.train) + len(self.test), 120)
        self.assertEqual((self.counts["train"], self.counts["test"]), (len(self.train), len(self.test)))
        self.assertLen({row["posting_id"] for row in self.train + self.test}, 120)

    def test_every_group_has_at_least_two_postings(self):
        groups = [row["label_group"] for row in self.train]
        self.assertGreaterEqual(min(groups.count(group) for group in groups), 2)

    def test_pictures_are_jpegs_of_the_size_with_the_hash_that_the_table_says(self):
        for row in self.train:
            with Image.open(self.folder / "train_images" / row["image"]) as picture:
                self.assertEqual((picture.format, picture.size), ("JPEG", (32, 32)))
                self.assertEqual(phash(picture).hex(), row["image_phash"])

    def test_one_file_serves_several_postings_and_some_bytes_have_two_names(self):
        names = [row["image"] for row in self.train]
        self.assertLess(len(set(names)), len(names))
        bytes_of = {name: (self.folder / "train_images" / name).read_bytes() for name in names}
        self.assertLess(len(set(bytes_of.values())), len(bytes_of))
        plain = [name for name in names if name == hashlib.md5(bytes_of[name]).hexdigest() + ".jpg"]
        self.assertBetween(len(plain) / len(names), 0.75, 0.99)

    def test_the_hierarchy_has_a_row_for_every_label_and_none_for_the_test(self):
        rows = read(self.folder / "hierarchy.csv")
        self.assertEqual(tuple(rows[0]), ("class_id", "level_1", "level_2", "level_3"))
        self.assertEqual({row["class_id"] for row in rows}, {row["label_group"] for row in self.train})

    def test_test_labels_are_in_no_file_and_can_be_computed(self):
        labels = catalogue.labels_of_test(SIZE["seed"], SIZE["postings"])
        self.assertEqual(set(labels), {row["posting_id"] for row in self.test})
        everything = b"".join(text for name, text in contents(self.folder).items() if name.endswith("csv")).decode()
        for group in set(labels.values()):
            self.assertNotIn(f",{group}\n", everything)

    def test_the_same_bytes_come_from_any_number_of_processes(self):
        again = pathlib.Path(self.get_temp_dir()) / "again"
        catalogue.write(str(again), **SIZE, processes=1)
        self.assertEqual(contents(again), contents(self.folder))

    def test_the_same_catalogue_is_not_drawn_twice(self):
        with mock.patch.object(catalogue, "_draw", side_effect=AssertionError):
            self.assertEqual(catalogue.write(str(self.folder), **SIZE), self.counts)

    def test_another_catalogue_in_the_folder_is_refused(self):
        with self.assertRaisesRegex(
            ValueError, "holds the catalogue .*'seed': 5.*.* not .*'seed': 6.* Remove it, or name another"
        ):
            catalogue.write(str(self.folder), postings=120, pixels=32, seed=6)

    def test_a_folder_of_other_files_is_refused(self):
        folder = pathlib.Path(self.get_temp_dir())
        (folder / "diary.txt").write_text("dear diary")
        with self.assertRaisesRegex(ValueError, "holds files that are no drawn catalogue. Remove it, or name another"):
            catalogue.write(str(folder), **SIZE)

    def test_says_which_sizes_can_be_drawn(self):
        for postings in (99, 1_000_001):
            with self.assertRaisesRegex(ValueError, f"--postings={postings} is outside 100 to 1,000,000"):
                catalogue.write("anywhere", postings=postings, pixels=32, seed=0)

    def test_says_that_the_folder_is_not_named(self):
        with self.assertRaisesRegex(ValueError, "--out is empty: name the folder"):
            catalogue.write("", **SIZE)

    def test_a_full_disk_leaves_nothing_behind(self):
        parent = self.get_temp_dir()
        with (
            mock.patch.object(catalogue, "_draw", side_effect=OSError("No space left on device")),
            self.assertRaisesRegex(OSError, "No space left"),
        ):
            catalogue.write(os.path.join(parent, "drawn"), **SIZE)
        self.assertEmpty(os.listdir(parent))

    def test_the_command_prints_what_it_wrote_and_what_comes_next(self):
        with mock.patch("sys.stdout", io.StringIO()) as printed:
            draw.main(Sample(out=str(self.folder), postings=120, drawn_size=32, drawing_seed=5))
        self.assertIn(f"{len(self.train)} postings to train on, {len(self.test)} unlabelled", printed.getvalue())
        self.assertIn(
            f"next: python -m tfrecords_tools.convert --source=shopee --input={self.folder} ", printed.getvalue()
        )


if __name__ == "__main__":
    tf.test.main()
