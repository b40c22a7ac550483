"""Real photographs in each published format come back as the rows that were written, and convert."""

import os
import tempfile
from unittest import mock

import tensorflow as tf
from absl.testing import parameterized

from benchmarks import catalogue_exports, real_tasks
from flags.data import Records, Source
from tfrecords_tools import conversion, reader, sources

ROWS = 60


def data_is_there() -> bool:
    try:
        return os.path.isdir(os.path.join(real_tasks.data_folder(), "grocery_store"))
    except FileNotFoundError:
        return False


class CatalogueExportsTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        if not data_is_there():
            self.skipTest("the data sets are not here: set SHELFLENS_DATA")
        self.enter_context(mock.patch("sys.stderr"))
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())

    def export(self, format):
        catalogue = os.path.join(self.folder, "groceries")
        table = catalogue_exports.export(format, catalogue, ROWS)
        tree = catalogue_exports.hierarchy_of(catalogue)
        return table, Source(source=format, input=catalogue, hierarchy=tree)

    def test_the_lists_are_whole(self):
        table = catalogue_exports.photographs()
        self.assertEqual(table["split"].value_counts().to_dict(), {"train": 2640, "test": 2485, "val": 296})
        self.assertEqual((table["label"].nunique(), table["coarse"].nunique()), (81, 43))

    @parameterized.parameters(("aliproducts", 60), ("folder", 0))
    def test_splits_classes_and_pictures_come_back(self, format, unlabelled):
        table, source = self.export(format)
        records = Records(records=os.path.join(self.folder, "records"), stored_size=32, workers=1)
        manifest = conversion.convert(source, records)
        self.assertEqual([manifest.count([fold]) for fold in (-1, 0, 1, 2)], [unlabelled, 60, 60 - unlabelled, 60])
        train = table[table["split"] == "train"]
        rows = list(reader.read_records(records.records, [2]))
        self.assertCountEqual([row["label_name"].decode() for row in rows], train["label"])
        coarse_of = dict(zip(table["label"], table["coarse"], strict=True))
        for row in rows:
            self.assertEqual(manifest.level_names[0][row["levels"][0]], coarse_of[row["label_name"].decode()])

    def test_code_league_is_dealt_so_that_every_class_that_is_held_out_trains_too(self):
        table, source = self.export("code_league")
        records = Records(records=os.path.join(self.folder, "records"), stored_size=32, workers=1, split="stratified")
        manifest = conversion.convert(source, records)
        self.assertEqual((manifest.records, manifest.count([-1])), (3 * ROWS, ROWS))
        labelled = table[table["split"] != "test"]["label"]
        self.assertEqual(manifest.label_names, sorted(set(labelled)))
        self.assertContainsSubset(manifest.labels_of([0, 1]), manifest.labels_of([2, 3, 4]))

    @parameterized.parameters(*catalogue_exports.FORMATS)
    def test_every_picture_is_where_the_reader_looks(self, format):
        table, source = self.export(format)
        products = list(sources.read(source))
        self.assertLen({product.id for product in products}, len(table))
        self.assertTrue(all(os.path.isfile(product.image) for product in products))


if __name__ == "__main__":
    tf.test.main()
