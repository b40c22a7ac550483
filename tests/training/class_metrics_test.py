"""Scores of class predictions: published values, scikit-learn's, and batches against one pass."""

import numpy as np
import tensorflow as tf
from sklearn import metrics as sklearn_metrics

from training import class_metrics


def _scores(probabilities, label, batch=7):
    scores = class_metrics.ClassScores()
    for start in range(0, len(label), batch):
        scores.add(probabilities[start : start + batch], label[start : start + batch])
    return scores.result()


class ClassMetricsTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        draw = np.random.default_rng(0)
        self.label = draw.integers(0, 10, 200)
        self.probabilities = class_metrics.softmax(draw.standard_normal((200, 10)) + 2 * np.eye(10)[self.label])

    def test_gap_sorts_all_rows_by_confidence(self):
        self.assertAllClose(class_metrics.global_average_precision([0.9, 0.8, 0.7], [1, 0, 1]), 0.555556, atol=1e-6)
        self.assertAllClose(class_metrics.global_average_precision([0.7, 0.9, 0.8], [1, 1, 0]), 0.555556, atol=1e-6)

    def test_gap_is_not_the_mean_of_batches(self):
        whole = _scores(self.probabilities, self.label)["gap"]
        parts = [_scores(self.probabilities[rows], self.label[rows])["gap"] for rows in np.split(np.arange(200), 10)]
        self.assertNotAllClose(whole, np.mean(parts), atol=1e-3)

    def test_batches_do_not_matter(self):
        self.assertEqual(_scores(self.probabilities, self.label, 7), _scores(self.probabilities, self.label, 200))

    def test_the_others_are_scikit_learns(self):
        found, predicted = _scores(self.probabilities, self.label), self.probabilities.argmax(axis=1)
        self.assertAllClose(found["top1"], sklearn_metrics.accuracy_score(self.label, predicted))
        self.assertAllClose(found["macro_f1"], sklearn_metrics.f1_score(self.label, predicted, average="macro"))
        self.assertAllClose(
            found["mean_class_accuracy"], sklearn_metrics.balanced_accuracy_score(self.label, predicted)
        )
        top5 = sklearn_metrics.top_k_accuracy_score(self.label, self.probabilities, k=5, labels=range(10))
        self.assertAllClose(found["top5"], top5)

    def test_calibration_error_is_the_distance_of_confidence_from_accuracy(self):
        self.assertAllClose(
            class_metrics.calibration_error([0.9, 0.9, 0.9, 0.9, 0.2], [1, 1, 1, 0, 0]), 0.8 * 0.15 + 0.04
        )
        self.assertAllClose(class_metrics.calibration_error([1.0, 0.0], [1, 0]), 0.0)

    def test_a_label_that_is_no_class_is_never_met(self):
        found = _scores(np.eye(3)[[0, 1]], np.array([0, -1]))
        self.assertEqual((found["top1"], found["top5"], found["mean_class_accuracy"]), (0.5, 0.5, 0.5))

    def test_the_likeliest_classes_alone_are_scored_as_all_are(self):
        order = np.argsort(-self.probabilities, axis=1)[:, :6]
        scores = class_metrics.ClassScores()
        scores.add(np.take_along_axis(self.probabilities, order, axis=1), self.label, order)
        self.assertEqual(scores.result(), _scores(self.probabilities, self.label))

    def test_a_class_that_was_not_kept_is_not_near(self):
        scores = class_metrics.ClassScores()
        scores.add(np.array([[0.6, 0.3]]), np.array([7]), np.array([[2, 1]]))
        self.assertEqual((scores.result()["top1"], scores.result()["top5"]), (0.0, 0.0))

    def test_softmax_of_large_logits_is_finite(self):
        self.assertAllClose(class_metrics.softmax([[1e4, 0.0]]), [[1.0, 0.0]])

    def test_nothing_to_score_is_said(self):
        with self.assertRaisesRegex(ValueError, "No labelled row"):
            class_metrics.ClassScores().result()


class RankedTest(tf.test.TestCase):
    def test_logits_give_the_scores_of_their_probabilities(self):
        random = np.random.default_rng(0)
        logits, label = random.normal(size=(64, 30)) * 5, random.integers(-1, 30, 64)
        whole, looked_at = class_metrics.ClassScores(), class_metrics.ClassScores()
        for part in (slice(0, 50), slice(50, 64)):
            whole.add(class_metrics.softmax(logits[part]), label[part])
            found = class_metrics.ranked(tf.constant(logits[part], tf.float32), label[part])
            looked_at.add_ranked(*found, label[part])
        expected = whole.result()
        for name, value in looked_at.result().items():
            self.assertAllClose(value, expected[name], rtol=1e-5)


class BlocksTest(tf.test.TestCase):
    def test_many_batches_are_kept_as_few_arrays(self):
        scores, random = class_metrics.ClassScores(), np.random.default_rng(0)
        label = random.integers(0, 9, 3 * class_metrics.BLOCK + 100)
        right = random.random(len(label)) < 0.5
        predicted = np.where(right, label, 9)
        for start in range(0, len(label), 1000):
            part = slice(start, start + 1000)
            scores.add_ranked(predicted[part], right[part] * 0.5, right[part], label[part])
        self.assertLess(len(scores.blocks) + len(scores.parts), 80)
        self.assertAllClose(scores.result()["top1"], right.mean())
