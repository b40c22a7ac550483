"""Pictures in folders of classes: what is a class, a split, a picture, and in which order they come."""

import os
import tempfile

import tensorflow as tf

from flags.data import Source
from tfrecords_tools import folder


class FolderTest(tf.test.TestCase):
    def folder(self, *paths):
        root = tempfile.mkdtemp(dir=self.get_temp_dir())
        for path in paths:
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            if not path.endswith("/"):
                open(os.path.join(root, path), "w").close()
        return root

    def read(self, *paths, **flags):
        return list(folder.read(Source(source="folder", input=self.folder(*paths), **flags)))

    def test_the_first_folder_is_the_class_and_rows_are_sorted_by_path(self):
        products = self.read("mug/b.jpg", "mug/a.jpg", "bag/red/c.jpg")
        found = [(product.id, product.label_name, product.split) for product in products]
        self.assertEqual(found, [("bag/red/c.jpg", "bag", ""), ("mug/a.jpg", "mug", ""), ("mug/b.jpg", "mug", "")])
        self.assertTrue(os.path.isfile(products[0].image))

    def test_folders_of_splits_stand_above_the_classes(self):
        products = self.read("train/mug/a.jpg", "val/mug/a.jpg", "test/mug/a.jpg", "test/loose.jpg", "notes.txt")
        found = [(product.id, product.label_name, product.split) for product in products]
        self.assertEqual(
            found,
            [("test/loose.jpg", "", "test"), ("test/mug/a.jpg", "mug", "test"),
             ("train/mug/a.jpg", "mug", "train"), ("val/mug/a.jpg", "mug", "validation")],
        )  # fmt: skip

    def test_a_class_may_be_called_train(self):
        products = self.read("boat/a.jpg", "train/b.jpg")
        self.assertEqual([(p.label_name, p.split) for p in products], [("boat", ""), ("train", "")])

    def test_every_ending_of_pillow_is_a_picture_and_hidden_and_other_files_are_not(self):
        products = self.read(
            "mug/a.JPG", "mug/b.webp", "mug/c.png", "mug/d.tiff", "mug/.e.jpg", "mug/f.txt", "mug/g.pdf", ".trash/h.jpg"
        )
        self.assertEqual([p.id for p in products], ["mug/a.JPG", "mug/b.webp", "mug/c.png", "mug/d.tiff"])

    def test_a_folder_without_pictures_is_no_class_and_a_picture_outside_one_is_unlabelled(self):
        products = self.read("empty/", "a.jpg", "mug/b.jpg")
        self.assertEqual([(p.id, p.label_name) for p in products], [("a.jpg", ""), ("mug/b.jpg", "mug")])

    def test_splits_beside_classes_are_refused(self):
        with self.assertRaisesRegex(
            ValueError, "holds mug beside train and val: expected either .* rename the classes"
        ):
            self.read("train/mug/a.jpg", "val/mug/a.jpg", "mug/b.jpg")

    def test_no_folder_and_no_picture_are_refused(self):
        with self.assertRaisesRegex(FileNotFoundError, "holds no picture: expected <class>/<picture> or train/<class>"):
            self.read("mug/a.txt")
        for input in ("", "nowhere"):
            with self.assertRaisesRegex(FileNotFoundError, f"no folder '{input}': expected --input to hold a folder"):
                list(folder.read(Source(source="folder", input=input)))

    def test_a_hierarchy_goes_by_the_class_folder(self):
        root = self.folder("mug/a.jpg", "bag/b.jpg")
        tree = os.path.join(root, "tree.csv")
        with open(tree, "w") as file:
            file.write("class_id,level_1\nmug,Kitchen\n")
        products = folder.read(Source(source="folder", input=root, hierarchy=tree))
        self.assertEqual([product.levels for product in products], [(), ("Kitchen",)])

    def test_a_remote_folder_reads_as_a_local_one(self):
        for path in ("mug/a.jpg", "bag/b.jpg"):
            tf.io.gfile.makedirs(os.path.dirname(f"ram://shop/{path}"))
            with tf.io.gfile.GFile(f"ram://shop/{path}", "w") as file:
                file.write("x")
        products = folder.read(Source(source="folder", input="ram://shop"))
        self.assertEqual([product.image for product in products], ["ram://shop/bag/b.jpg", "ram://shop/mug/a.jpg"])


if __name__ == "__main__":
    tf.test.main()
