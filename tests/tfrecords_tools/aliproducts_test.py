"""AliProducts as published: three JSON files, and names that are unique together with their folder only."""

import json
import os
import tempfile

import tensorflow as tf

from flags.data import Source
from tfrecords_tools import aliproducts


class AliProductsTest(tf.test.TestCase):
    def folder(self, **files):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        for name, rows in files.items():
            with open(os.path.join(folder, f"{name}.json"), "w") as file:
                json.dump({"images": [dict(zip(("image_id", "class_id"), row, strict=False)) for row in rows]}, file)
        return folder

    def read(self, folder, **flags):
        return list(aliproducts.read(Source(source="aliproducts", input=folder, **flags)))

    def test_every_file_gives_its_split_and_the_id_is_the_path(self):
        folder = self.folder(train=[("x.jpg", "00000")], val=[("x.jpg", "00000")], test=[("x.jpg",)])
        train, val, test = self.read(folder)
        self.assertEqual((train.id, train.label_name, train.split), ("train/00000/x.jpg", "00000", "train"))
        self.assertEqual((val.id, val.label_name, val.split), ("val/00000/x.jpg", "00000", "validation"))
        self.assertEqual((test.id, test.label_name, test.split), ("test/x.jpg", "", "test"))
        self.assertEqual(train.image, os.path.join(folder, "train/00000/x.jpg"))

    def test_val_and_test_may_be_absent_and_pictures_may_lie_elsewhere(self):
        [product] = self.read(self.folder(train=[("x.jpg", "7")]), image_root="gs://bucket/ali")
        self.assertEqual(product.image, "gs://bucket/ali/train/7/x.jpg")

    def test_a_hierarchy_gives_each_class_its_levels(self):
        folder = self.folder(train=[("x.jpg", "00000"), ("y.jpg", "00001")])
        with open(os.path.join(folder, "tree.csv"), "w") as file:
            file.write("class_id,level_1\n00000,Drinks\n")
        products = self.read(folder, hierarchy=os.path.join(folder, "tree.csv"))
        self.assertEqual([product.levels for product in products], [("Drinks",), ()])

    def test_a_later_row_without_its_name_is_left_for_the_rejects(self):
        first, second = self.read(self.folder(train=[("x.jpg", "0"), ()]))
        self.assertEqual((first.id, second.id, second.image), ("train/0/x.jpg", "", ""))

    def test_a_folder_without_train_json_and_a_file_without_classes_are_refused(self):
        with self.assertRaisesRegex(FileNotFoundError, "no .*/train.json: expected --input to be AliProducts' folder"):
            self.read(self.folder())
        with self.assertRaisesRegex(
            ValueError, 'first row of .*train.json is {"image_id": "x.jpg"}; expected .*class_id'
        ):
            self.read(self.folder(train=[("x.jpg",)]))


if __name__ == "__main__":
    tf.test.main()
