"""nDCG against the reference vectors, and every figure against one worked out query by query."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from inference.ranking import metrics
from inference.ranking.best import best
from tests.inference.ranking.planted_scores import drawn, planted


class BestTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(3, 400)
    def test_it_is_a_stable_sort_of_every_group(self, longest):
        random = np.random.default_rng(0)
        counts = random.integers(1, longest, 40)
        counts[3] = longest
        starts = np.concatenate([[0], np.cumsum(counts)])
        score = random.integers(0, 9, starts[-1]) / 2  # many ties
        for k in (1, 5, 300):
            found = best(score, starts, k)
            for row, (begin, end) in enumerate(zip(starts[:-1], starts[1:], strict=True)):
                order = begin + np.argsort(-score[begin:end], kind="stable")[:k]
                self.assertAllEqual(found[row], np.pad(order, (0, k - len(order)), constant_values=-1))

    def test_ties_of_a_large_group_go_by_product_id(self):
        self.assertAllEqual(best(np.zeros(100_000), np.array([0, 100_000]), 3), [[0, 1, 2]])


class NdcgTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ([0, 1, 0, 1, 1], 3, 0.679731),
        ([1, 1, 0, 0, 0], 7, 0.553147),
        ([0, 0, 0, 0, 0], 0, 0.0),
        ([1, 1, 1, 1, 1], 9, 1.0),
        ([1, 0, 0, 0, 0], 1, 1.0),
    )
    def test_the_official_figure(self, hits, relevant, expected):
        self.assertAllClose(metrics.ndcg(np.array([hits], bool), np.array([relevant])), [expected], atol=5e-7)

    def test_the_others_are_other_numbers(self):
        hits, relevant = np.array([[1, 0, 0, 0, 0], [0, 0, 1, 0, 1]], bool), np.array([1, 6])
        dcg, ideal = np.array([1, 0.5 + 0.386853]), np.array([1, 2.948459])
        self.assertAllClose(metrics.ndcg(hits, relevant), dcg / ideal)
        self.assertAllClose(metrics.pooled_ndcg(hits, relevant), dcg.sum() / ideal.sum())
        self.assertAllClose(metrics.full_ideal_ndcg(hits), dcg / 2.948459)

    def test_marks(self):
        marks, ideal = np.array([[1, 3, 0]]), np.array([[3, 2, 1]])
        self.assertAllClose(metrics.graded_ndcg(marks, ideal), [(1 + 7 * 0.630930) / (7 + 3 * 0.630930 + 0.5)])
        self.assertAllClose(
            metrics.graded_ndcg(marks, ideal, "linear"), [(1 + 3 * 0.630930) / (3 + 2 * 0.630930 + 0.5)]
        )

    @parameterized.parameters("exponential", "linear")
    def test_of_zeros_and_ones_the_graded_figure_is_the_official_one(self, gain):
        random = np.random.default_rng(0)
        hits, relevant = random.integers(0, 2, (20, 5)), random.integers(5, 9, 20)
        self.assertAllClose(metrics.graded_ndcg(hits, np.ones((20, 5), int), gain), metrics.ndcg(hits > 0, relevant))


class EvaluateTest(tf.test.TestCase):
    def test_all_figures_against_a_query_by_query_reckoning(self):
        scores = drawn(30, 20, 0.7, 0)
        expected = {"ndcg@5": [], "recall@5": [], "mrr": []}
        for begin, end in zip(scores.starts[:-1], scores.starts[1:], strict=True):
            right = scores.answer[begin:end][np.argsort(-scores.score[begin:end])]
            dcg = sum(one / np.log2(place + 2) for place, one in enumerate(right[:5]))
            expected["ndcg@5"].append(dcg / (1 + 1 / np.log2(3) + 1 / 2))
            expected["recall@5"].append(right[:5].sum() / 3)
            expected["mrr"].append(1 / (1 + np.flatnonzero(right)[0]))
        found = metrics.evaluate(scores)
        for name, values in expected.items():
            self.assertAllClose(found[name], np.mean(values))
        self.assertAllClose(metrics.official(scores), np.mean(expected["ndcg@5"]))
        self.assertNotIn("graded_ndcg@5", found)

    def test_queries_without_an_answer_count_and_those_nobody_judged_do_not(self):
        scores = planted([(1, 1, 0.9, 1), (1, 2, 0.1, 0), (2, 1, 0.9, 0), (3, 1, 0.9, -1), (3, 2, 0.1, -1)])
        self.assertEqual(metrics.evaluate(scores, 5)["ndcg@5"], 0.5)
        self.assertEqual(metrics.evaluate(scores, 5)["mrr"], 0.5)

    def test_unjudged_candidates_of_a_judged_query_are_no_hits(self):
        scores = planted([(1, 1, 0.9, -1), (1, 2, 0.1, 1)])
        self.assertAllClose(metrics.evaluate(scores, 1), {"ndcg@1": 0, "ndcg@1_pooled": 0, "ndcg@1_full_ideal": 0,
                                                          "recall@1": 0, "mrr": 0.5})  # fmt: skip

    def test_marks_above_one_are_relevant_and_graded(self):
        scores = planted([(1, 1, 0.9, 2), (1, 2, 0.5, 3), (1, 3, 0.1, 0)])
        found = metrics.evaluate(scores, 2)
        self.assertEqual(found["ndcg@2"], 1.0)
        self.assertAllClose(found["graded_ndcg@2"], (3 + 7 * 0.630930) / (7 + 3 * 0.630930))
        self.assertAllClose(found["graded_ndcg@2_linear"], (2 + 3 * 0.630930) / (3 + 2 * 0.630930))

    def test_a_tie_goes_to_the_lower_product_id_in_every_figure(self):
        scores = planted([(1, 5, 0.5, 0), (1, 6, 0.5, 1), (1, 7, 0.5, 1)])
        found = metrics.evaluate(scores, 1)
        self.assertEqual((found["ndcg@1"], found["mrr"]), (0.0, 0.5))

    def test_nothing_to_measure_is_said(self):
        with self.assertRaisesRegex(ValueError, "planted: no query has an answer, so there is nothing to measure"):
            metrics.evaluate(planted([(1, 1, 0.9, -1)]))


if __name__ == "__main__":
    tf.test.main()
