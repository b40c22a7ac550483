"""Rows that train: by the sizes of classes, and by a list."""

import os

import numpy as np
import tensorflow as tf

from flags.selection import TrainingRows
from tests import tiny_catalogue
from tfrecords_tools import ids
from tfrecords_tools.manifest import Manifest
from tfrecords_tools.reader import read_records
from training.inputs import rows


class CutTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        sizes = {"a": 2, "b": 120, "c": 250, "d": 500}
        self.names, numbers = list(sizes), np.repeat(np.arange(4), list(sizes.values()))
        self.labels = np.random.default_rng(0).permutation(numbers)
        self.ones = np.ones(len(self.labels), np.int64)

    def sizes(self, **wanted):
        kept = rows.cut(self.labels, self.ones, self.names, TrainingRows(**wanted))
        return np.bincount(self.labels[kept > 0], minlength=4).tolist()

    def test_bounds_are_inclusive(self):
        self.assertEqual(self.sizes(class_size_low=120, class_size_high=250), [0, 120, 250, 0])
        self.assertEqual(self.sizes(class_size_low=121), [0, 0, 250, 500])

    def test_balance_and_cap_take_so_many_of_a_class(self):
        self.assertEqual(self.sizes(balance=True), [2, 100, 200, 400])
        self.assertEqual(self.sizes(class_cap=250), [2, 120, 250, 250])

    def test_the_rows_of_a_class_do_not_depend_on_others_and_differ_by_seed(self):
        def of_d(**wanted):
            return rows.cut(self.labels, self.ones, self.names, TrainingRows(class_cap=50, **wanted))[self.labels == 3]

        self.assertAllEqual(of_d(), of_d(class_size_low=300))
        self.assertNotAllEqual(of_d(), of_d(selection_seed=1))

    def test_sizes_are_those_of_the_list_and_copies_are_kept(self):
        copies = np.where(self.labels == 3, 0, 3)
        kept = rows.cut(self.labels, copies, self.names, TrainingRows(class_size_low=3))
        self.assertEqual(np.bincount(self.labels, kept).tolist(), [0, 360, 750, 0])

    def test_no_class_of_the_size_tells_the_sizes_there_are(self):
        with self.assertRaisesRegex(ValueError, "No class has 9 to 10 training rows: the 4 classes have 2 to 500"):
            self.sizes(class_size_low=9, class_size_high=10)


class ListTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tiny_catalogue.records()
        self.manifest = Manifest.read(self.folder)

    def read(self, text):
        path = os.path.join(self.get_temp_dir(), "list.csv")
        with open(path, "w") as file:
            file.write(text)
        return rows.read(self.folder, self.manifest, [2, 3], TrainingRows(train_list=path))

    def test_ids_are_those_of_the_records_and_kept_beside_the_index(self):
        expected = [row["id"] for row in read_records(self.folder, [2, 3], ["id"])]
        self.assertEqual(ids.read_all(self.folder, self.manifest, [2, 3]), expected)
        shard = self.manifest.shards_of([2])[0]
        self.assertTrue(os.path.exists(ids.path_of(self.folder, shard)))
        with open(ids.path_of(self.folder, shard), "wb") as file:
            file.write(b"no array")
        self.assertEqual(ids.read_all(self.folder, self.manifest, [2, 3]), expected)

    def test_listed_rows_come_as_often_as_the_list_says(self):
        here = [id.decode() for id in ids.read_all(self.folder, self.manifest, [2, 3])]
        other = ids.read_all(self.folder, self.manifest, [0])[0].decode()
        found = self.read(f"id,copies\n{here[3]},2\n{here[5]},0\n{here[7]},1\n{here[7]},1\n{here[1]},1\n{other},1\n")
        self.assertEqual(found.numbers().tolist(), [1, 3, 3, 7, 7])
        self.assertEqual(self.read(f"id\n{here[0]}\n").numbers().tolist(), [0])

    def test_what_is_wrong_with_a_list_is_said(self):
        other = ids.read_all(self.folder, self.manifest, [0])[0].decode()
        for text, message in (
            ("posting\n1\n", r"\(--train_list\) has no column 'id'; it has posting"),
            ("id,copies\np000_0,many\n", "line 2: copies 'many' is no whole number"),
            ("id\nx\ny\n", "2 of the 2 ids in .* are not in .*, the first is 'x'"),
            (f"id\n{other}\n", r"lists no record of folds \[2, 3\], which train"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                self.read(text)


if __name__ == "__main__":
    tf.test.main()
