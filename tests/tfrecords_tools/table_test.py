"""Tables of every shape: what each column becomes, and what is said of a table that cannot be read."""

import os
import tempfile

import pandas as pd
import tensorflow as tf

from flags.data import Source
from tfrecords_tools import sources, table


class TableTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())

    def table(self, text, name="products.csv"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, text, **flags):
        return list(sources.read(Source(**{"input": self.table(text), **flags})))

    def assert_refused(self, message, text, error=ValueError, **flags):
        with self.assertRaisesRegex(error, message):
            self.read(text, **flags)

    def test_a_row_becomes_a_product_with_its_picture_under_the_table_s_folder(self):
        [product] = self.read('id,image,title,label\n007,a/b.jpg,"Cup, red ",12\n')
        self.assertEqual((product.id, product.title, product.label_name), ("007", "Cup, red", "12"))
        self.assertEqual(product.image, os.path.join(self.folder, "a/b.jpg"))

    def test_image_root_goes_before_the_table_s_folder(self):
        [product] = self.read("id,image,title,label\n1,b.jpg,,\n", image_root="gs://bucket/pictures")
        self.assertEqual(product.image, "gs://bucket/pictures/b.jpg")

    def test_a_title_that_says_NA_or_null_stays_a_title_and_a_blank_cell_is_none(self):
        products = self.read("id,image,title,label\n1,,NA,\n2,,null,\n3,x.jpg,\n")
        self.assertEqual([product.title for product in products], ["NA", "null", ""])
        self.assertEqual([product.image == "" for product in products], [True, True, False])

    def test_columns_named_empty_are_absent(self):
        [product] = self.read(
            "sku,name\n1,Cup\n", id_column="sku", title_column="name", image_column="", label_column=""
        )
        self.assertEqual((product.id, product.image, product.title, product.label_name), ("1", "", "Cup", ""))

    def test_parquet_with_whole_numbers_and_gaps_reads_as_csv_does(self):
        path = os.path.join(self.folder, "products.parquet")
        frame = pd.DataFrame({"id": [1, 2], "title": ["Cup", None], "label": pd.array([5, None], "Int64")})
        frame.to_parquet(path)
        products = list(table.read(Source(input=path, image_column="")))
        self.assertEqual([(p.id, p.title, p.label_name) for p in products], [("1", "Cup", "5"), ("2", "", "")])

    def test_a_byte_order_mark_is_no_part_of_the_first_column_s_name(self):
        self.assertEqual(self.read(b"\xef\xbb\xbfid,title\n1,Cup\n", image_column="", label_column="")[0].id, "1")

    def test_every_way_to_say_a_split_is_understood(self):
        rows = "".join(f"{i},T,L,{split}\n" for i, split in enumerate(["train", "VAL", "valid", "dev", "test"]))
        products = self.read("id,title,label,part\n" + rows, image_column="", split_column="part")
        self.assertEqual([p.split for p in products], ["train", "validation", "validation", "validation", "test"])

    def test_a_split_that_means_nothing_is_named_with_its_row(self):
        text = "id,title,label,part\n1,T,L,train\n2,T,L,holdout\n"
        self.assert_refused(
            "row 2: the split is 'holdout' .*part.* expected one of train, val",
            text,
            image_column="",
            split_column="part",
        )

    def test_an_unlabelled_row_may_leave_its_split_blank_and_a_labelled_one_may_not(self):
        flags = {"image_column": "", "split_column": "part"}
        self.assertEqual(self.read("id,title,label,part\n1,T,,\n", **flags)[0].split, "")
        self.assert_refused("row 1: the split is ''", "id,title,label,part\n1,T,L,\n", **flags)

    def test_a_missing_column_lists_those_there_are_and_guesses(self):
        text = "id,image,titel,label\n1,a.jpg,T,L\n"
        self.assert_refused(
            r"no column 'title' \(--title_column\); it has id, image, titel, label. "
            r"Did you mean --title_column=titel\? Say --title_column= if the table has none.",
            text,
        )
        self.assert_refused("--id_column is empty: every product needs an id", text, id_column="")

    def test_empty_and_unreadable_tables_are_refused(self):
        self.assert_refused("products.csv is empty: expected a header line", "")
        self.assert_refused(r"has a header \(id, title\) but no rows", "id,title\n")
        self.assert_refused("cannot be read as a table: .*Is it UTF-8 CSV", b"id,title\n1,\xff\xfe\n")
        self.assert_refused("cannot be read as a table", "id,title\n1,Cup\n2,Cup,red,large\n")
        self.assert_refused("cannot be read as a table: .*or Parquet", "id\n1\n", input=self.table("no", "a.parquet"))
        self.assert_refused("no file nowhere.csv", "", FileNotFoundError, input="nowhere.csv")
        self.assert_refused("--input is empty: name the catalogue", "", input="")

    def test_an_unknown_source_gets_a_guess(self):
        class Typo:
            source = "shoppee"

        with self.assertRaisesRegex(ValueError, "--source=shoppee .* there are table, .*Did you mean 'shopee'?"):
            sources.read(Typo())

    def test_a_hierarchy_gives_each_label_its_levels(self):
        tree = self.table("class_id,level_1,level_2\nA,Home,Cups\nB,Home,\n", "tree.csv")
        products = self.read("id,title,label\n1,T,A\n2,T,B\n3,T,C\n", image_column="", hierarchy=tree)
        self.assertEqual([product.levels for product in products], [("Home", "Cups"), ("Home", ""), ()])

    def test_a_hierarchy_of_other_columns_or_with_a_label_twice_is_refused(self):
        rows = "id,image,title,label\n1,,T,A\n"
        tree = self.table("label,level_1\nA,Home\n", "tree.csv")
        self.assert_refused("has the columns label, level_1; expected class_id, level_1", rows, hierarchy=tree)
        tree = self.table("class_id,level_1\nA,Home\nA,Garden\n", "tree.csv")
        self.assert_refused("lists the class_id 'A' twice", rows, hierarchy=tree)


if __name__ == "__main__":
    tf.test.main()
