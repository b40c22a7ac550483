"""Lists of rows: which classes and how many of each, and a catalogue cut to a list."""

import csv
import os
from unittest import mock

import tensorflow as tf
from absl.testing import parameterized

from flags.data import Source
from flags.selection import Selection
from tests.tfrecords_tools import catalogue
from tfrecords_tools import conversion, reader, select, selection, sources
from tfrecords_tools.product import Product


def products(sizes, split=""):
    return [Product(f"{name}{i}", label_name=name, split=split) for name, size in sizes.items() for i in range(size)]


def sizes(chosen):
    names = [product.label_name for product in chosen]
    return {name: names.count(name) for name in names}


class ChooseTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters((99, 99), (100, 100), (199, 100), (200, 200), (399, 200), (400, 400), (8000, 400))
    def test_the_balance_list_of_aliproducts(self, rows, taken):
        self.assertEqual(selection.balanced_size(rows), taken)
        self.assertLen(selection.choose(products({"a": rows}), balance=True), taken)

    def test_bounds_are_inclusive_and_zero_is_no_upper_bound(self):
        rows = products({"a": 2, "b": 3, "c": 5, "d": 6})
        self.assertEqual(sizes(selection.choose(rows, 3, 5)), {"b": 3, "c": 5})
        self.assertEqual(sizes(selection.choose(rows, 5)), {"c": 5, "d": 6})

    def test_only_training_rows_are_counted_and_cut_and_the_others_follow_their_class(self):
        rows = products({"a": 150, "b": 1}, "train") + products({"a": 120, "b": 4}, "validation") + [Product("u")]
        self.assertEqual(sizes(selection.choose(rows, low=2, balance=True)), {"a": 100 + 120})

    def test_the_same_rows_are_drawn_whatever_other_classes_there_are(self):
        alone = selection.choose(products({"a": 500}), balance=True, seed=3)
        among = selection.choose(products({"b": 300, "a": 500}), balance=True, seed=3)
        self.assertEqual(alone, [product for product in among if product.label_name == "a"])
        self.assertEqual([int(p.id[1:]) for p in alone], sorted(int(p.id[1:]) for p in alone))
        self.assertNotEqual(alone, selection.choose(products({"a": 500}), balance=True, seed=4))

    def test_a_cap_takes_so_many_of_each_class(self):
        chosen = selection.choose(products({"a": 500, "b": 249, "c": 251}), cap=250)
        self.assertEqual(sizes(chosen), {"a": 250, "b": 249, "c": 250})
        with self.assertRaisesRegex(ValueError, "--balance and --class_cap=250 both say how many rows"):
            Selection(balance=True, class_cap=250)

    def test_a_range_without_a_class_tells_the_sizes_there_are(self):
        with self.assertRaisesRegex(ValueError, "No class has 9 to 12 training rows: the 2 classes have 2 to 30"):
            selection.choose(products({"a": 2, "b": 30}), 9, 12)
        with self.assertRaisesRegex(ValueError, "No class has 1 to any number of .*: there is no labelled row"):
            selection.choose([Product("u")])


class OnlyTest(tf.test.TestCase):
    def list(self, text):
        path = os.path.join(self.get_temp_dir(), "list.csv")
        with open(path, "w") as file:
            file.write(text)
        return path

    def test_listed_rows_come_in_the_catalogue_s_order(self):
        chosen = selection.only(products({"a": 4}), self.list("label,id\na,a2\na,a0\na,a2\n"))
        self.assertEqual([product.id for product in chosen], ["a0", "a2"])

    def test_ids_that_the_catalogue_lacks_are_counted(self):
        message = r"2 of the 3 ids in .*list.csv \(--only\) are not in the catalogue, the first is 'x'"
        with self.assertRaisesRegex(ValueError, message):
            list(selection.only(products({"a": 4}), self.list("id\na1\nx\ny\n")))

    def test_a_list_without_ids_is_refused(self):
        with self.assertRaisesRegex(ValueError, r"list.csv \(--only\) has no column 'id'; it has posting"):
            list(selection.only([], self.list("posting\n1\n")))


class CommandTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.enter_context(mock.patch("sys.stderr"))
        self.source = catalogue.draw(self.get_temp_dir())
        self.path = os.path.join(self.get_temp_dir(), "selected.csv")

    def test_what_select_writes_convert_takes(self):
        text = open(self.source.input).read().replace("label3\n", "label2\n").replace("label5\n", "label4\n")
        open(self.source.input, "w").write(text.replace("label7\n", "label6\n"))
        with mock.patch("builtins.print") as said:
            select.main(self.source, Selection(selection=self.path, class_size_low=3))
        self.assertIn("selected.csv lists 12 rows of 3 classes.", said.call_args.args[0])
        self.assertIn(f"--source=table --input={self.source.input} --only={self.path}", said.call_args.args[0])
        with open(self.path, newline="") as file:
            rows = list(csv.reader(file))
        self.assertEqual(rows[:2], [["id", "label"], ["p4", "label2"]])
        records = os.path.join(self.get_temp_dir(), "records")
        source = Source(input=self.source.input, only=self.path)
        manifest = conversion.convert(source, catalogue.records(records))
        self.assertEqual((manifest.records, manifest.num_labels, manifest.rejected), (12, 3, 0))
        ids = {row["id"].decode() for row in reader.read_records(records, keys=["id"])}
        self.assertEqual(ids, {row[0] for row in rows[1:]})
        self.assertLen(list(sources.read(source)), 12)

    def test_no_list_named_and_crossed_bounds_are_refused(self):
        with self.assertRaisesRegex(ValueError, "--selection is empty: name the CSV to write"):
            select.main(self.source, Selection())
        with self.assertRaisesRegex(
            ValueError, "--class_size_low=5 is above --class_size_high=3: no class .* Swap them"
        ):
            Selection(class_size_low=5, class_size_high=3)


if __name__ == "__main__":
    tf.test.main()
