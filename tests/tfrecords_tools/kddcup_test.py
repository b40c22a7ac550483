"""KDD Cup's folder: which files there are, and what is said where one is not as published."""

import base64
import json
import os
import tempfile

import tensorflow as tf

from tests.tfrecords_tools import kddcup_folder
from tests.tfrecords_tools.kddcup_folder import WIDTH, row
from tfrecords_tools import kddcup


class FolderTest(tf.test.TestCase):
    def folder(self):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        kddcup_folder.draw(folder)
        return folder

    def test_a_split_has_answers_where_their_file_is_there(self):
        splits = {split.name: split for split in kddcup.read_splits(self.folder())}
        self.assertEqual({name: split.fold for name, split in splits.items()}, {"train": 2, "valid": 0, "testA": -1})
        self.assertEqual(splits["valid"].answers, {1: {0, 2}, 2: {5}})

    def test_labels_are_read_with_and_without_a_header(self):
        folder = self.folder()
        self.assertEqual(kddcup.read_labels(folder), {0: "human face", 1: "shoes", 2: "top clothes"})
        path = os.path.join(folder, "multimodal_labels.txt")
        with open(path, "w") as file:
            file.write("4\tothers\n2\tshoes\n")
        self.assertEqual(list(kddcup.read_labels(folder).items()), [(4, "others"), (2, "shoes")])
        with open(path, "a") as file:
            file.write("2\tagain\n")
        with self.assertRaisesRegex(
            ValueError, "labels.txt, line 3: '2\\\\tagain' is not a new category_id, a tab and"
        ):
            kddcup.read_labels(folder)

    def test_a_folder_without_the_files_is_told_their_names(self):
        with self.assertRaisesRegex(FileNotFoundError, "--input=.* has none of train.tsv, valid.tsv, testA.tsv, testB"):
            kddcup.read_splits(self.get_temp_dir())
        with self.assertRaisesRegex(FileNotFoundError, "has no multimodal_labels.txt"):
            kddcup.read_labels(self.get_temp_dir())

    def test_another_header_and_another_answer_file_are_refused(self):
        folder = self.folder()
        with open(os.path.join(folder, "valid_answer.json"), "w") as file:
            json.dump([[1, 2]], file)
        with self.assertRaisesRegex(ValueError, "valid_answer.json is not {query_id: .product_id, ....} in JSON"):
            kddcup.read_splits(folder)
        with open(os.path.join(folder, "train.tsv"), "w") as file:
            file.write("product_id,query\n")
        with self.assertRaisesRegex(
            ValueError, "train.tsv begins with 'product_id,query', expected product_id image_h"
        ):
            kddcup.read_splits(folder)

    def test_the_width_of_a_feature_is_that_of_most_rows(self):
        bad = row(num_boxes=2, features=base64.b64encode(b"x" * 40).decode())
        lines = ["\t".join(cells).encode() for cells in (bad, row(num_boxes=0), row(seed=1), row(num_boxes=3))]
        self.assertEqual(kddcup.feature_width(lines), WIDTH)
        self.assertIsNone(kddcup.feature_width(lines[1:2]))


if __name__ == "__main__":
    tf.test.main()
