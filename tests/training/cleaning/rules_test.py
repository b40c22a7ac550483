"""Rules of cleaning on predictions made by hand."""

import numpy as np
import tensorflow as tf

from training.cleaning import rules


def in_blocks(first, label, size=7):
    def blocks():
        for start in range(0, len(label), size):
            yield first[start : start + size], label[start : start + size]

    return blocks


class AccuracyTest(tf.test.TestCase):
    def test_a_class_of_exactly_the_bar_keeps_all_and_one_below_loses_its_wrong_rows(self):
        label = np.repeat([0, 1], 25)
        predicted = label.copy()
        predicted[[0, 1]] = 1  # 23 of 25 = .92
        predicted[[25, 26, 27]] = 0  # 22 of 25
        self.assertAllEqual(np.flatnonzero(rules.accuracy(label, predicted, 0.92)), [25, 26, 27])

    def test_a_class_of_one_row_goes_where_it_is_wrong(self):
        self.assertAllEqual(rules.accuracy(np.array([4, 7]), np.array([4, 4]), 0.92), [False, True])


class ConsensusTest(tf.test.TestCase):
    def test_rows_stay_whose_label_all_predict(self):
        found = rules.consensus(np.array([0, 1, 2]), np.array([[0, 1, 0], [0, 2, 0]]))
        self.assertAllEqual(found, [False, True, True])


class CosineTest(tf.test.TestCase):
    def test_is_the_mean_over_the_other_rows_of_the_class(self):
        random = np.random.default_rng(0)
        vectors = random.normal(size=(20, 5))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        label = np.array([3] + [0] * 9 + [1] * 10)
        found = rules.mean_cosines(in_blocks(vectors, label), 4)
        for row in range(20):
            others = np.flatnonzero((label == label[row]) & (np.arange(20) != row))
            expected = (vectors[others] @ vectors[row]).mean() if len(others) else 1.0
            self.assertAllClose(found[row], expected)


class ConfidentTest(tf.test.TestCase):
    def test_planted_wrong_labels_are_found_and_no_others(self):
        random = np.random.default_rng(1)
        true = np.repeat(np.arange(5), 40)
        probabilities = random.dirichlet(np.ones(5), len(true)) * 0.2 + 0.8 * np.eye(5)[true]
        label = true.copy()
        planted = np.concatenate([start + random.choice(40, 3, replace=False) for start in range(0, 200, 40)])
        label[planted] = (label[planted] + 1) % 5
        found = rules.confident(in_blocks(probabilities, label), 5)
        self.assertAllEqual(np.flatnonzero((found != label) & (found >= 0)), np.sort(planted))
        self.assertAllEqual(found[planted], true[planted])

    def test_thresholds_are_each_class_s_own_mean(self):
        # Class 1 is found with .3 in the mean: .35 is confident of it although .6 of class 0 is larger, and is not.
        probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.35], [0.7, 0.25]])
        found = rules.confident(in_blocks(probabilities, np.array([0, 0, 1, 1])), 2)
        self.assertAllEqual(found, [0, 0, 1, -1])


if __name__ == "__main__":
    tf.test.main()
