"""Shopee's catalogue as published, and the titles that came out of it garbled."""

import os
import tempfile

import tensorflow as tf
from absl.testing import parameterized

from flags.data import Source
from tfrecords_tools import shopee

HEADER = "posting_id,image,image_phash,title"


class ShopeeTest(tf.test.TestCase, parameterized.TestCase):
    def folder(self, **tables):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        for name, text in tables.items():
            with open(os.path.join(folder, name + ".csv"), "w") as file:
                file.write(text)
        return folder

    def test_train_rows_come_first_and_test_rows_are_unlabelled(self):
        folder = self.folder(
            train=f"{HEADER},label_group\ntrain_1,a.jpg,94974f937d4c2433,Cup,249114794\n",
            test=f"{HEADER}\ntest_1,b.jpg,af3f9460c2838f0f,Bowl\n",
        )
        train, test = shopee.read(Source(source="shopee", input=folder))
        self.assertEqual(train.image, os.path.join(folder, "train_images", "a.jpg"))
        self.assertEqual((train.label_name, train.phash, train.split), ("249114794", "94974f937d4c2433", ""))
        self.assertEqual(test.image, os.path.join(folder, "test_images", "b.jpg"))
        self.assertEqual((test.label_name, test.title), ("", "Bowl"))

    def test_one_csv_alone_is_read_too(self):
        folder = self.folder(test=f"{HEADER}\ntest_1,b.jpg,af3f9460c2838f0f,Bowl\n")
        [product] = shopee.read(Source(source="shopee", input=os.path.join(folder, "test.csv")))
        self.assertEqual(product.image, os.path.join(folder, "test_images", "b.jpg"))

    def test_a_folder_without_train_csv_and_a_table_of_other_columns_are_refused(self):
        with self.assertRaisesRegex(FileNotFoundError, "no train.csv in .*expected Shopee's folder"):
            list(shopee.read(Source(input=self.folder())))
        with self.assertRaisesRegex(ValueError, "lacks Shopee's column image_phash, title; it has .*--source=table"):
            list(shopee.read(Source(input=self.folder(train="posting_id,image\n1,a.jpg\n"))))

    @parameterized.parameters(
        (r"\xe2\x9d\xa4 RING", "❤ RING"),
        (r"caf\xc3\xa9 \xf0\x9f\x94\xa5\xf0\x9f\x94\xa5", "café 🔥🔥"),
        (r"broken \xff stays", r"broken \xff stays"),
        (r"café \xe2\x9d\xa4", "café ❤"),
        (r"C:\new 50% \x", r"C:\new 50% \x"),
    )
    def test_byte_escapes_become_the_characters_they_spell(self, title, repaired):
        self.assertEqual(shopee.repair_title(title), repaired)

    def test_ascii_titles_are_repaired_as_the_four_codecs_do(self):
        title = r"Ready \xe2\x9c\x85 stok \xf0\x9f\x9a\x9a 100%"
        codecs = title.encode("latin1").decode("unicode-escape").encode("latin1").decode("utf-8")
        self.assertEqual(shopee.repair_title(title), codecs)


if __name__ == "__main__":
    tf.test.main()
