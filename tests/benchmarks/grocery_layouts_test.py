"""The photographs of grocery_store as the competitions publish theirs: what a stranger's catalogue would look like."""

import os

import numpy as np
import pandas as pd
import tensorflow as tf
from PIL import Image

from benchmarks import grocery_layouts
from tfrecords_tools import conversion
from tfrecords_tools.manifest import Manifest


class GroceryLayoutsTest(tf.test.TestCase):
    def rows(self):
        folder = os.path.join(self.get_temp_dir(), "dataset")
        rows = []
        for split, count in (("train", 12), ("val", 4), ("test", 4)):
            for place in range(count):
                fine = place % 4
                path = os.path.join(folder, split, "Fruit" if fine < 2 else "Packages", f"{place}.jpg")
                os.makedirs(os.path.dirname(path), exist_ok=True)
                Image.fromarray(np.full((40, 30, 3), 10 * len(rows), np.uint8)).save(path)
                rows.append((path, str(fine), str(fine // 2), split, f"{len(rows):05d}.jpg"))
        return pd.DataFrame(rows, columns=["path", "fine", "coarse", "split", "name"])

    def convert(self, source, records):
        conversion.convert(source, records)
        return Manifest.read(records.records)

    def test_aliproducts_keeps_the_split_and_the_tree_and_hides_the_test_labels(self):
        folder = os.path.join(self.get_temp_dir(), "ali")
        manifest = self.convert(*grocery_layouts.aliproducts(self.rows(), folder))
        self.assertEqual({fold: manifest.count([fold]) for fold in (-1, 0, 2)}, {-1: 4, 0: 4, 2: 12})
        self.assertEqual(manifest.label_names, ["0", "1", "2", "3"])
        self.assertEqual(manifest.level_names, [["Fruit", "Packages"], ["0", "1"]])

    def test_code_league_deals_train_and_val_and_hides_the_test_labels(self):
        rows, folder = self.rows(), os.path.join(self.get_temp_dir(), "league")
        manifest = self.convert(*grocery_layouts.code_league(rows, rows["fine"], folder))
        self.assertEqual((manifest.count([-1]), manifest.count([0, 1, 2])), (4, 16))
        self.assertEqual(manifest.label_names, ["00", "01", "02", "03"])

    def test_a_share_of_the_training_labels_is_exchanged_and_no_other(self):
        rows = self.rows()
        flipped = grocery_layouts.flipped(rows, 0.25, seed=0)
        wrong = flipped != rows["fine"]
        self.assertEqual((wrong.sum(), wrong[rows["split"] != "train"].sum()), (3, 0))
        self.assertContainsSubset(set(flipped), set(rows["fine"]))
        self.assertFalse(flipped.equals(grocery_layouts.flipped(rows, 0.25, seed=1)))

    def test_accuracies_are_of_the_test_photographs_alone(self):
        rows = self.rows()
        predicted = dict.fromkeys(rows["name"], "01")
        self.assertEqual(grocery_layouts.accuracies(predicted, rows), {"fine": 0.25, "coarse": 0.5})
        del predicted[rows["name"].iloc[-1]]
        with self.assertRaises(KeyError):
            grocery_layouts.accuracies(predicted, rows)
