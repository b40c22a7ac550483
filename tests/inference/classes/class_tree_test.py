"""Classes and the categories above them."""

from unittest import mock

import numpy as np
import tensorflow as tf

from inference.classes import class_tree
from inference.classes.class_tree import ClassTree
from tests import tiny_catalogue
from tests.inference.classes.trained import TREE, records, run
from tfrecords_tools.manifest import Manifest
from training.run_folder import RunFolder

PROBABILITIES = np.array([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]])


class ClassTreeTest(tf.test.TestCase):
    def test_a_categorys_probability_is_the_sum_of_its_classes(self):
        self.assertAllClose(TREE.sums(0, PROBABILITIES), [[0.3, 0.7], [0.8, 0.2]])

    def test_of_the_likeliest_classes_alone_it_is_less(self):
        self.assertAllClose(TREE.sums(0, [[0.4, 0.3], [0.7, 0.1]], np.array([[3, 2], [0, 2]])), [[0, 0.7], [0.7, 0.1]])

    def test_classes_without_category_count_nowhere(self):
        tree = ClassTree(TREE.names, TREE.level_names, np.array([[0, -1, 1, 1]]))
        self.assertAllClose(tree.sums(0, PROBABILITIES), [[0.1, 0.7], [0.7, 0.2]])

    def test_labels_go_by_name(self):
        self.assertAllEqual(TREE.labels(["dog", "", "ant", "cow"]), [3, -1, 0, -1])

    def test_json_gives_it_back(self):
        for tree in (TREE, ClassTree(["a", "b"], [], np.zeros((0, 2), np.int32))):
            again = ClassTree.of_json(tree.as_json())
            self.assertEqual((again.names, again.level_names), (tree.names, tree.level_names))
            self.assertAllEqual(again.level_of_class, tree.level_of_class)

    def test_a_run_has_the_names_of_its_records(self):
        folder, manifest = RunFolder(run()), Manifest.read(records())
        old = mock.Mock(path="old", class_names=lambda: None, config=folder.config)
        for one in (folder, old):
            tree = class_tree.of_run(one, records(), manifest)
            self.assertEqual(tree.names, [f"group{number}" for number in range(6)])
            self.assertAllEqual(tree.level_of_class, [[0, 1, 0, 1, 0, 1]])
        others = tiny_catalogue.records()
        with self.assertRaisesRegex(ValueError, "old has no classes.json, so --records=.* must be those"):
            class_tree.of_run(old, others, Manifest.read(others))


if __name__ == "__main__":
    tf.test.main()
