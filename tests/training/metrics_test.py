"""Retrieval metrics against the published values, by hand, and against trying every threshold."""

import time

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from training import metrics


def random_lists(queries=60, k=12, groups=15, seed=0):
    """Neighbour lists of random products among themselves, with ties; scores, indices, labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, groups, queries)
    similarity = np.round(rng.random((queries, queries)) * 0.5 + 0.4 * (labels[:, None] == labels), 2)
    np.fill_diagonal(similarity, 1.0)
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
    scores = np.take_along_axis(similarity, order, axis=1)
    return *metrics.self_first(scores, order, np.arange(queries)), labels


def f1_by_hand(scores, same, expected, first, second):
    """Mean F1 by the definition, row by row."""
    f1 = []
    for row_scores, row_same, row_expected in zip(scores, same, expected, strict=True):
        kept = {0} | {column for column in range(1, len(row_scores)) if row_scores[column] >= first}
        if row_scores[1] >= second:
            kept.add(1)
        f1.append(2 * sum(row_same[column] for column in kept) / (row_expected + len(kept)))
    return np.mean(f1)


class RowF1Test(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters((2, 2, 3, 0.8), (1, 1, 2, 2 / 3), (2, 4, 2, 2 / 3), (1, 1, 1, 1.0))
    def test_has_the_published_value(self, hits, matched, expected, f1):
        self.assertAllClose(metrics.row_f1(hits, matched, expected), f1)


class SelfFirstTest(tf.test.TestCase):
    def test_a_query_behind_its_duplicate_moves_to_the_front(self):
        scores, indices = metrics.self_first([[1.0, 1.0, 0.5]], [[3, 7, 9]], [7])
        self.assertAllEqual(indices, [[7, 3, 9]])
        self.assertAllClose(scores, [[1.0, 1.0, 0.5]])

    def test_a_query_pushed_out_by_duplicates_takes_the_last_place(self):
        _, indices = metrics.self_first([[1.0, 1.0]], [[3, 4]], [7])
        self.assertAllEqual(indices, [[7, 3]])

    def test_a_query_outside_the_gallery_changes_nothing(self):
        _, indices = metrics.self_first([[0.9, 0.8]], [[3, 4]], [-1])
        self.assertAllEqual(indices, [[3, 4]])

    def test_a_cosine_above_one_by_rounding_becomes_one(self):
        scores, _ = metrics.self_first([[1.0000002, 0.8]], [[0, 4]], [0])
        self.assertAllEqual(scores, np.array([[1.0, 0.8]], np.float32))


class GroupsTest(tf.test.TestCase):
    def test_unlabelled_items_and_empty_places_are_nobodys(self):
        same = metrics.same_group([[0, 1, 2, -1], [1, 0, 2, -1]], [5, -1], [5, -1, 5])
        self.assertAllEqual(same, [[True, False, True, False], [False, False, False, False]])

    def test_group_sizes_count_the_query(self):
        self.assertAllEqual(metrics.group_sizes([5, 7], [5, -1, 5, 7]), [2, 1])


class F1CurveTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(0, 1, 2)
    def test_equals_the_definition_at_any_two_thresholds(self, seed):
        scores, indices, labels = random_lists(seed=seed)
        same, expected = metrics.same_group(indices, labels, labels), metrics.group_sizes(labels, labels)
        curve = metrics.f1_curve(scores, same, expected)
        for first in np.linspace(-0.005, 1.005, 25):
            for second in np.linspace(-0.005, first, 9):
                by_hand = f1_by_hand(scores, same, expected, first, second)
                self.assertAllClose(curve.at(first, second), by_hand, atol=1e-9)

    @parameterized.parameters(False, True)
    def test_best_threshold_is_the_best_of_all(self, min2):
        scores, indices, labels = random_lists(seed=3)
        same, expected = metrics.same_group(indices, labels, labels), metrics.group_sizes(labels, labels)
        best = metrics.best_threshold(metrics.f1_curve(scores, same, expected), min2)
        tried = np.arange(-0.005, 1.02, 0.01)
        pairs = [(a, b) for a in tried for b in tried if b <= a and (min2 or a == b)]
        by_hand = max(f1_by_hand(scores, same, expected, *pair) for pair in pairs)
        self.assertAllClose(best.mean_f1, by_hand, atol=1e-9)
        self.assertAllClose(f1_by_hand(scores, same, expected, best.first, best.second), by_hand, atol=1e-9)

    def test_a_tie_is_taken_whole_or_not_at_all(self):
        curve = metrics.f1_curve([[1.0, 0.7, 0.7]], [[True, True, False]], [2])
        self.assertAllClose(curve.score, [np.inf, np.float32(0.7)])
        self.assertAllClose(curve.mean_f1, [2 / 3, 0.8])

    def test_the_threshold_lies_halfway_to_the_next_score(self):
        best = metrics.best_threshold(metrics.f1_curve([[1.0, 0.8, 0.4]], [[True, True, False]], [2]))
        self.assertAllClose((best.first, best.mean_f1), (0.6, 1.0))

    def test_nothing_matches_where_every_neighbour_is_wrong(self):
        best = metrics.best_threshold(metrics.f1_curve([[1.0, 0.9]], [[True, False]], [1]), min2=True)
        self.assertGreater(best.first, 0.9)
        self.assertGreater(best.second, 0.9)
        self.assertEqual(best.mean_f1, 1.0)

    def test_what_others_accepted_counts_whatever_its_score(self):
        scores, same = [[1.0, 0.9, 0.1]], [[True, False, True]]
        curve = metrics.f1_curve(scores, same, [2], accepted=[[True, False, True]])
        self.assertAllClose(curve.at(1.0), 1.0)
        self.assertAllClose(curve.at(0.5), 0.8)

    def test_columns_beyond_the_first_may_come_in_any_order(self):
        scores, indices, labels = random_lists(seed=4)
        same, expected = metrics.same_group(indices, labels, labels), metrics.group_sizes(labels, labels)
        mixed = np.concatenate([[0], 1 + np.random.default_rng(0).permutation(scores.shape[1] - 1)])
        one, other = (
            metrics.f1_curve(scores, same, expected),
            metrics.f1_curve(scores[:, mixed], same[:, mixed], expected),
        )
        self.assertAllClose(one.mean_f1, other.mean_f1)

    def test_says_that_there_is_no_query(self):
        with self.assertRaisesRegex(ValueError, "No query to measure F1 on"):
            metrics.f1_curve(np.zeros((0, 3)), np.zeros((0, 3), bool), [])

    def test_thousands_of_rows_take_a_moment(self):
        rng = np.random.default_rng(0)
        scores = -np.sort(-rng.random((5000, 51)), axis=1)
        scores[:, 0] = 1.0
        started = time.monotonic()
        metrics.best_threshold(metrics.f1_curve(scores, rng.random(scores.shape) < 0.1, np.full(5000, 5)), min2=True)
        self.assertLess(time.monotonic() - started, 5.0)


class RankingTest(tf.test.TestCase):
    same = np.array([[1, 0, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]], bool)
    expected = np.array([3, 3, 1])

    def test_recall_looks_at_k_neighbours_and_leaves_out_lone_queries(self):
        self.assertAllClose(metrics.recall_at_k(self.same, self.expected, 1), 0.5)
        self.assertAllClose(metrics.recall_at_k(self.same, self.expected, 2), 1.0)

    def test_map_at_r_by_hand(self):
        # R = 2 for both: ranks 2 (precision 1/2), over 2; rank 1 (precision 1), over 2.
        self.assertAllClose(metrics.map_at_r(self.same, self.expected), (0.25 + 0.5) / 2)

    def test_no_pair_gives_zero(self):
        self.assertEqual(metrics.map_at_r(self.same[2:], self.expected[2:]), 0.0)
        self.assertEqual(metrics.recall_at_k(self.same[2:], self.expected[2:], 1), 0.0)

    def test_scores_of_a_space_that_keeps_groups_apart_are_one(self):
        labels = np.repeat(np.arange(5), 3)
        similarity = 0.1 + 0.8 * (labels[:, None] == labels)
        order = np.argsort(-similarity, axis=1, kind="stable")[:, :6]
        found = metrics.retrieval_scores(np.take_along_axis(similarity, order, axis=1), order, labels)
        self.assertAllClose(list(found.values()), [1.0] * 4)
        self.assertEqual(list(found), ["mean_f1", "recall_at_1", "recall_at_5", "map_at_r"])


if __name__ == "__main__":
    tf.test.main()
