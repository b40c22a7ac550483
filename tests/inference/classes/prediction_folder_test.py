"""Folders of predictions: all classes of few, the likeliest of many, written in blocks."""

import os
import tempfile

import numpy as np
import tensorflow as tf

from inference.classes import prediction_folder
from inference.classes.class_tree import ClassTree
from tests.inference.classes.trained import TREE, plant

RANDOM = np.random.default_rng(0)


class PredictionFolderTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())

    def test_all_classes_of_few_come_back(self):
        probabilities = RANDOM.dirichlet(np.ones(4), 7)
        plant(self.folder, probabilities, RANDOM.integers(0, 4, 7), 0, {"validation": [0]}, note=1)
        found = prediction_folder.read(self.folder)
        self.assertAllClose(found.dense(slice(2, 5)), probabilities[2:5])
        self.assertTrue((np.diff(found.probabilities) <= 0).all())
        self.assertAllEqual(found.classes[:, 0], probabilities.argmax(axis=1))
        self.assertEqual((found.classes.dtype, found.probabilities.dtype), (np.int32, np.float32))
        self.assertEqual((found.about["note"], found.tree.names), (1, TREE.names))
        self.assertNotIn("class_names", found.about)

    def test_of_many_the_likeliest_are_kept(self):
        tree = ClassTree([f"class{number}" for number in range(3000)], [], np.zeros((0, 3000), np.int32))
        probabilities = RANDOM.dirichlet(np.ones(3000), 5)
        self.assertEqual(prediction_folder.kept(0, 3000), 20)
        plant(self.folder, probabilities, np.zeros(5, int), 0, {}, tree, k=20)
        found = prediction_folder.read(self.folder)
        self.assertEqual(found.classes.shape, (5, 20))
        expected = np.sort(probabilities, axis=1)[:, :-21:-1]
        self.assertAllClose(found.probabilities, expected)
        self.assertAllClose(np.take_along_axis(probabilities, np.asarray(found.classes, np.int64), 1), expected)
        self.assertEqual(np.count_nonzero(found.dense(slice(0, 5))), 100)

    def test_how_many_are_kept(self):
        self.assertEqual(
            [prediction_folder.kept(*one) for one in ((0, 42), (0, 1001), (5, 42), (50, 42))], [42, 20, 5, 42]
        )

    def test_of_equal_classes_the_lower_is_first(self):
        classes, _ = prediction_folder.best_of(np.array([[0.25, 0.5, 0.25, 0.0]]), 3)
        self.assertAllEqual(classes, [[1, 0, 2]])

    def test_blocks_are_one_file(self):
        with prediction_folder.writing(self.folder, 5, 2) as out:
            for rows in (2, 3):
                out.add(RANDOM.dirichlet(np.ones(4), rows))
        self.assertEqual(np.load(f"{self.folder}/classes.npy").shape, (5, 2))
        self.assertEqual(sorted(os.listdir(self.folder)), ["classes.npy", "probabilities.npy"])

    def test_what_was_interrupted_does_not_stand_as_whole(self):
        plant(self.folder, RANDOM.dirichlet(np.ones(4), 3), [0, 1, 2], 0, {})
        with self.assertRaisesRegex(RuntimeError, "power cut"), prediction_folder.writing(self.folder, 3, 2):
            raise RuntimeError("power cut")
        with self.assertRaisesRegex(FileNotFoundError, "no predictions.json: run python -m inference.classify first"):
            prediction_folder.read(self.folder)
        self.assertFalse([name for name in os.listdir(self.folder) if "unfinished" in name])

    def test_files_of_different_calls_are_refused(self):
        plant(self.folder, RANDOM.dirichlet(np.ones(4), 3), [0, 1, 2], 0, {})
        np.save(f"{self.folder}/classes.npy", np.zeros((2, 4), np.int32))
        with self.assertRaisesRegex(
            ValueError, "classes.npy has 2 rows and products.csv 3: .*inference.classify again"
        ):
            prediction_folder.read(self.folder)


if __name__ == "__main__":
    tf.test.main()
