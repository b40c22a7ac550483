"""Tables of marks: what they become beside a catalogue, and what is said of rows that are none."""

import os

import pandas as pd
import tensorflow as tf
from absl.testing import parameterized

from tfrecords_tools import judgements

PRODUCTS = ["007", "8", "9"]
HEADER = "query_id,query,product_id,rating,split\n"


class JudgementsTest(tf.test.TestCase, parameterized.TestCase):
    def read(self, text, name="marks.csv"):
        path = os.path.join(self.get_temp_dir(), name)
        with open(path, "w") as file:
            file.write(text)
        return judgements.read(path, PRODUCTS)

    def test_marks_point_into_queries_and_catalogue(self):
        found = self.read(f"{HEADER}b,usb hub,9,3,train\na,Mouse,007,0,val\nb,usb hub,8,1,train\n")
        self.assertEqual(found.query_ids, ("b", "a"))
        self.assertEqual(found.queries, ("usb hub", "Mouse"))
        self.assertEqual(found.splits, ("train", "validation"))
        self.assertAllEqual([found.query, found.product, found.rating], [[0, 1, 0], [2, 0, 1], [3, 0, 1]])
        self.assertEqual(found.rejects, ())
        self.assertEqual(found.summary(), "3 marks of 2 queries")

    def test_a_split_has_its_queries_numbered_anew(self):
        found = self.read(f"{HEADER}b,usb,9,3,train\na,mouse,007,0,val\na,mouse,8,2,val\n").of_split("validation")
        self.assertEqual((found.query_ids, found.queries), (("a",), ("mouse",)))
        self.assertAllEqual([found.query, found.product, found.rating], [[0, 0], [0, 1], [0, 2]])
        self.assertEqual(found.of_split("test").summary(), "0 marks of 0 queries")

    def test_parquet_reads_as_csv_and_a_table_may_lack_splits(self):
        path = os.path.join(self.get_temp_dir(), "marks.parquet")
        pd.DataFrame({"query_id": ["q"], "query": ["fan"], "product_id": ["007"], "rating": [2]}).to_parquet(path)
        found = judgements.read(path, PRODUCTS)
        self.assertEqual((found.splits, found.rating.tolist()), (("",), [2]))

    @parameterized.parameters(
        ("q,fan,77,1,train", "unknown product: '77' is not in the catalogue"),
        ("q,fan,9,4,train", "rating out of range: 4, expected 0..3"),
        ("q,fan,9,-1,train", "rating is no whole number: '-1', expected 0..3"),
        ("q,fan,9,,train", "rating is no whole number: '', expected 0..3"),
        ("q,  ,9,1,train", "empty query"),
        (",fan,9,1,train", "empty query_id"),
        ("q,fan,,1,train", "empty product_id"),
        ("good,usb,8,0,train", "duplicate pair: marked in row 1 already"),
        ("good,usb hub,9,1,train", "another query of that id: ('usb hub', 'train'), before ('usb', 'train')"),
        ("good,usb,9,1,test", "another query of that id: ('usb', 'test'), before ('usb', 'train')"),
        ("q,fan,9,1,tset", "unknown split: 'tset', expected one of train, val,"),
    )
    def test_a_row_that_is_no_mark_is_listed_with_its_reason(self, row, reason):
        found = self.read(f"{HEADER}good,usb,8,3,train\n{row}\n")
        self.assertEqual((found.query_ids, found.rating.tolist()), (("good",), [3]))
        [reject] = found.rejects
        self.assertStartsWith(reject.reason, reason)
        self.assertEndsWith(reject.file, "marks.csv, row 2")
        kind = reason.split(":")[0]
        self.assertEqual(found.summary(), f"1 marks of 1 queries; 1 rows left out: 1 {kind}")

    def test_a_table_of_another_catalogue_and_one_without_a_column_are_refused(self):
        with self.assertRaisesRegex(
            ValueError, "none of 1 rows is a mark .*: 1 unknown product; the first is q/1, unk"
        ):
            self.read(f"{HEADER}q,fan,1,1,train\n")
        with self.assertRaisesRegex(
            ValueError, "has no column 'rating'; it has query_id, query, product_id. Judgements"
        ):
            self.read("query_id,query,product_id\nq,fan,8\n")
        with self.assertRaisesRegex(ValueError, "catalogue has the product '8' twice, as rows 2 and 3"):
            judgements.of_frame(pd.DataFrame(columns=judgements.COLUMNS), "marks", ["7", "8", "8"])


if __name__ == "__main__":
    tf.test.main()
