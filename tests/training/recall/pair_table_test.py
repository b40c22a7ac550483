"""The table of pairs: numbers of queries and products, whatever ids the files gave them."""

from unittest import mock

import tensorflow as tf

from tests.training.recall import pair_folder
from training.recall import pair_table


class PairTableTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.enter_context(mock.patch("sys.stderr"))

    def read(self, rows, folds):
        return pair_table.read(*pair_folder.write(rows), folds)

    def test_records_come_in_the_manifests_order_with_their_places(self):
        rows = pair_folder.train_rows()
        table = self.read(None, [2])
        self.assertLen(table, 48)
        self.assertAllEqual(table.shards, [0] * 16 + [1] * 16 + [2] * 16)
        self.assertAllEqual(table.product_ids, [row[2] for row in rows])
        self.assertAllEqual(table.num_boxes, [row[2] % 4 for row in rows])
        self.assertEqual([table.texts[number] for number in table.queries], [row[0] for row in rows])
        self.assertAllEqual(table.catalogue[table.products], table.product_ids)
        self.assertAllEqual(table.offsets[table.shards == 1][:1], [0])

    def test_equal_texts_under_different_ids_are_one_query(self):
        table = self.read({2: [("Red  shoes ", 1, 9, 1), ("mug", 2, 8, 1), ("red shoes", 3, 9, 1), ("", 4, 7, 1)]}, [2])
        self.assertAllEqual(table.queries, [0, 1, 0, 2])
        self.assertEqual(table.texts, ["red shoes", "mug", ""])
        self.assertAllEqual(table.products, [2, 1, 2, 0])
        self.assertAllEqual(table.query_ids, [1, 2, 3, 4])

    def test_positives_are_the_relevant_ones(self):
        table = self.read({0: [("a", 1, 9, 1), ("a", 1, 8, 0), ("a", 1, 7, -1), ("b", 2, 7, 1)]}, [0])
        self.assertAllEqual(table.positives(), [0, 3])
        self.assertAllEqual(table.answers, [1, 0, -1, 1])

    def test_folds_without_pairs_are_refused(self):
        with self.assertRaisesRegex(ValueError, r"has no pair in folds \[1\]; it has folds \[0, 2\]"):
            self.read(None, [1])


if __name__ == "__main__":
    tf.test.main()
