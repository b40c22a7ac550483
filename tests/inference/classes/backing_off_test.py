"""Answers no finer than is sure, on planted probabilities."""

import numpy as np
import tensorflow as tf

from inference.classes import backing_off
from inference.classes.class_tree import ClassTree
from inference.classes.prediction_folder import best_of
from tests.inference.classes.trained import TREE

DEEP = ClassTree(
    ["ant", "bee", "cat", "dog"], [["alive"], ["small", "large"]], np.array([[0, 0, 0, -1], [0, 0, 1, 1]])
)  # fmt: skip
PROBABILITIES = np.array(
    [
        [0.7, 0.1, 0.1, 0.1],  # the class is sure
        [0.4, 0.4, 0.1, 0.1],  # its level is
        [0.3, 0.2, 0.2, 0.3],  # nothing is, but all that is alive, .7, in a deep tree
        [0.4, 0.0, 0.3, 0.3],  # the likeliest class lies outside the likeliest category
    ]
)


def answered(tree, min_confidence, k=4):
    classes, highest = best_of(PROBABILITIES, k)
    return backing_off.answers(tree, classes, highest, min_confidence)


class BackingOffTest(tf.test.TestCase):
    def test_the_finest_that_is_sure_is_answered(self):
        found = answered(TREE, 0.6)
        self.assertEqual(found.level.tolist(), ["class", "level_1", "none", "level_1"])
        self.assertEqual(found.name.tolist(), ["ant", "small", "", "large"])
        self.assertAllEqual(found.place, [0, 0, -1, 1])
        self.assertAllClose(found.confidence, [0.7, 0.8, 0.5, 0.6])

    def test_it_goes_up_level_by_level(self):
        found = answered(DEEP, 0.65)
        self.assertEqual(found.level.tolist(), ["class", "level_2", "level_1", "level_1"])
        self.assertEqual(found.name.tolist(), ["ant", "small", "alive", "alive"])

    def test_without_a_bound_the_class_is_answered(self):
        self.assertEqual(answered(TREE, 0.0).name.tolist(), ["ant", "ant", "ant", "ant"])

    def test_of_the_likeliest_classes_the_sums_are_lower_bounds(self):
        self.assertEqual(answered(TREE, 0.6, k=1).level.tolist(), ["class", "none", "none", "none"])

    def test_shares_and_accuracy_by_level(self):
        shares = backing_off.shares(TREE, answered(TREE, 0.6), np.array([0, 1, 2, 0]))
        self.assertEqual([(one.level, one.rows, one.accuracy) for one in shares],
                         [("class", 1, 1.0), ("level_1", 2, 0.5), ("none", 1, None)])  # fmt: skip
        self.assertIn("level_1             2  0.5000  0.5000 of 2", backing_off.table(shares))

    def test_rows_without_label_are_answered_and_not_scored(self):
        shares = backing_off.shares(TREE, answered(TREE, 0.6), np.array([-1, 1, -1, -1]))
        self.assertEqual(
            [(one.rows, one.labelled, one.accuracy) for one in shares], [(1, 0, None), (2, 1, 1.0), (1, 0, None)]
        )


if __name__ == "__main__":
    tf.test.main()
