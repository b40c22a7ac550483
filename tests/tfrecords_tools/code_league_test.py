"""Code League's catalogue as published, how deep its pictures may lie, and what is said of one that is not whole."""

import os
import tempfile

import tensorflow as tf
from absl.testing import parameterized

from flags.data import Source
from tfrecords_tools import code_league


class CodeLeagueTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, train="filename,category\na.jpg,07\nb.jpg,41\n", test="", folders=("train/train/train",)):
        for name, text in (("train.csv", train), ("test.csv", test)):
            if text:
                with open(self.path(name), "w") as file:
                    file.write(text)
        for folder in folders:
            os.makedirs(self.path(folder), exist_ok=True)

    def read(self, **flags):
        return list(code_league.read(Source(source="code_league", input=self.folder, **flags)))

    def test_train_rows_come_first_and_test_rows_are_unlabelled(self):
        self.write(test="filename,category\nc.jpg,43\n", folders=("train/train/train", "test/test/test"))
        first, _, last = self.read()
        self.assertEqual((first.id, first.label_name, first.split), ("a.jpg", "07", ""))
        self.assertEqual(first.image, self.path("train/train/train/07/a.jpg"))
        self.assertEqual((last.id, last.label_name, last.split), ("c.jpg", "", "test"))
        self.assertEqual(last.image, self.path("test/test/test/c.jpg"))

    def test_a_category_that_lost_its_zero_is_found_in_the_folder_of_two_digits(self):
        self.write("filename,category\na.jpg,7\n")
        [product] = self.read()
        self.assertEqual((product.label_name, product.image), ("07", self.path("train/train/train/07/a.jpg")))

    @parameterized.parameters("train", "train/train", "train/train/train")
    def test_the_depth_of_the_pictures_is_found_out(self, depth):
        self.write(folders=(f"{depth}/07", f"{depth}/41"))
        self.assertEqual(self.read()[0].image, self.path(depth, "07", "a.jpg"))

    def test_pictures_may_lie_elsewhere(self):
        self.write(folders=("pictures/train/07",))
        self.assertEqual(self.read(image_root=self.path("pictures"))[0].image, self.path("pictures/train/07/a.jpg"))

    def test_pictures_at_two_depths_are_refused(self):
        self.write(folders=("train/train/41", "train/07", "train/.cache"))
        with self.assertRaisesRegex(
            ValueError, "/train holds 07 beside train: expected all pictures at one depth. Move"
        ):
            self.read()

    def test_a_folder_without_train_csv_or_pictures_is_refused(self):
        with self.assertRaisesRegex(
            FileNotFoundError, "no .*/train.csv: expected --input to be the folder of train.csv"
        ):
            self.read()
        self.write(folders=())
        message = (
            "no folder .*/train: expected the pictures of train.csv in train/train/train/ or train/ below .*image_root"
        )
        with self.assertRaisesRegex(FileNotFoundError, message):
            self.read()
        self.write(test="filename\nc.jpg\n")
        with self.assertRaisesRegex(FileNotFoundError, "the pictures of test.csv in test/test/test/ or test/"):
            self.read()

    def test_a_missing_column_is_named(self):
        self.write("file,category\na.jpg,07\n")
        message = "train.csv lacks Code League's column filename; it has file, category. .*--source=table"
        with self.assertRaisesRegex(ValueError, message):
            self.read()

    def test_a_hierarchy_goes_by_the_two_digits(self):
        self.write()
        with open(self.path("tree.csv"), "w") as file:
            file.write("class_id,level_1\n07,Hats\n")
        self.assertEqual([p.levels for p in self.read(hierarchy=self.path("tree.csv"))], [("Hats",), ()])


if __name__ == "__main__":
    tf.test.main()
