"""Thresholds, unions and weighted sums on planted spaces."""

import dataclasses

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from inference import calibrate
from inference.candidates import Candidates, find_candidates
from tests.inference import planted
from training.metrics import best_threshold, f1_curve

LABELS = np.repeat(np.arange(40), 3)


def data_of(spaces, labels=LABELS):
    rows = np.arange(len(labels))
    return calibrate.labelled(find_candidates(spaces, rows, rows, 20), labels)


def f1(data, thresholds):
    return calibrate.f1_of(data, calibrate.matched(data.candidates, thresholds)).mean()


class ChooseTest(tf.test.TestCase, parameterized.TestCase):
    def test_a_space_that_keeps_groups_apart_is_cut_between_them(self):
        found = calibrate.choose(data_of({"a": planted.space(LABELS, 0.02)}), "a", min2=False)
        self.assertEqual(found.mean_f1, 1.0)
        self.assertBetween(found.first, 0.6, 0.99)

    def test_random_vectors_match_nothing(self):
        data = data_of({"a": planted.space(np.arange(120), 1.0)}, labels=np.arange(120))
        found = calibrate.choose(data, "a", min2=True)
        self.assertGreater(min(found.first, found.second), 1.0)
        self.assertEqual(found.mean_f1, 1.0)

    def test_equal_vectors_alone_may_match(self):
        rows = planted.space(np.arange(60), 0.0, dim=4)[np.repeat(np.arange(60), 2)]
        found = calibrate.choose(data_of({"a": rows}, np.repeat(np.arange(60), 2)), "a", min2=False)
        self.assertEqual(found.mean_f1, 1.0)

    @parameterized.parameters(False, True)
    def test_the_reported_f1_is_the_plain_one(self, min2):
        data = data_of({"a": planted.space(LABELS, 0.35)})
        found = calibrate.choose(data, "a", min2)
        self.assertAllClose(found.mean_f1, f1(data, {"a": found}), atol=1e-8)
        self.assertLessEqual(found.second, found.first)

    def test_smoothing_stays_close_to_the_best_of_the_plain_curve(self):
        data = data_of({"a": planted.space(LABELS, 0.25)})
        plain = best_threshold(f1_curve(data.candidates.scores["a"], data.same, data.expected)).mean_f1
        self.assertBetween(calibrate.choose(data, "a", min2=False).mean_f1, plain - 0.05, plain)

    def test_smoothing_narrows_as_queries_grow(self):
        data = data_of({"a": planted.space(LABELS, 0.25)})
        curve = f1_curve(data.candidates.scores["a"], data.same, data.expected)
        few, many = (np.abs(calibrate.smoothed(curve, n).rest - curve.on(calibrate.GRID).rest).max() for n in (9, 9**6))
        self.assertLess(many, few)

    def test_the_same_twice(self):
        spaces = {"a": planted.space(LABELS, 0.3), "b": planted.space(LABELS, 0.3, seed=1)}
        one, two = (calibrate.choose_union(*self.single(data_of(spaces)), True) for _ in range(2))
        self.assertEqual(one, two)

    @staticmethod
    def single(data, min2=True):
        return data, {space: calibrate.choose(data, space, min2) for space in data.candidates.scores}


class UnionTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*range(6))
    def test_is_never_worse_than_its_best_part(self, seed):
        rng = np.random.default_rng(seed)
        spaces = {name: planted.space(LABELS, noise, seed) for name, noise in zip("abc", rng.random(3), strict=True)}
        data, single = ChooseTest.single(data_of(spaces))
        union = calibrate.choose_union(data, single, True)
        self.assertGreaterEqual(f1(data, union) + 1e-8, max(threshold.mean_f1 for threshold in single.values()))

    def test_two_halves_make_a_whole(self):
        sides = {name: planted.space(LABELS, 0.02, seed) for seed, name in enumerate("ab")}
        first_half = (LABELS < 20)[:, None]
        data, single = ChooseTest.single(data_of({"a": sides["a"] * first_half, "b": sides["b"] * ~first_half}))
        union = calibrate.choose_union(data, single, True)
        self.assertEqual(set(union), {"a", "b"})
        self.assertAllClose(f1(data, union), 1.0)
        self.assertLess(max(threshold.mean_f1 for threshold in single.values()), 0.9)

    def test_a_space_of_noise_is_left_out(self):
        spaces = {"good": planted.space(LABELS, 0.02), "noise": planted.space(np.arange(120), 1.0, seed=5)}
        union = calibrate.choose_union(*ChooseTest.single(data_of(spaces)), True)
        self.assertEqual(list(union), ["good"])

    def test_min2_of_a_union_keeps_the_nearest_of_each_space(self):
        candidates = Candidates(
            np.array([0]),
            np.arange(4),
            np.array([[0, 1, 2, 3]]),
            {"a": np.array([[1, 0.5, 0.4, -np.inf]]), "b": np.array([[1, -np.inf, 0.2, 0.3]])},
        )
        cuts = {name: calibrate.Threshold(0.9, second, 0.0) for name, second in (("a", 0.45), ("b", 0.25))}
        self.assertAllEqual(calibrate.matched(candidates, cuts), [[True, True, False, True]])


class WeightsTest(tf.test.TestCase):
    def test_a_sum_is_the_cosine_of_weighted_vectors_side_by_side(self):
        a, b = planted.space(LABELS, 0.3), planted.space(LABELS, 0.3, seed=1)
        data = data_of({"a": a, "b": b})
        both = np.concatenate([np.sqrt(0.3) * a, np.sqrt(0.7) * b], axis=1)
        summed = calibrate.weighted_sum(data.candidates, {"a": 0.3, "b": 0.7})
        there = data.candidates.indices >= 0
        by_hand = np.einsum("qd,qkd->qk", both, both[data.candidates.indices])
        self.assertAllClose(summed[there], by_hand[there], atol=1e-5)

    def test_a_missing_side_adds_nothing(self):
        a = planted.space(LABELS, 0.1)
        data = data_of({"a": a, "b": planted.space(LABELS, 0.1, seed=1) * (LABELS < 10)[:, None]})
        summed = calibrate.weighted_sum(data.candidates, {"a": 0.5, "b": 0.5})
        lacking = data.candidates.scores["b"] == -np.inf
        scores = np.where(lacking, 0.5 * data.candidates.scores["a"], summed)
        self.assertAllClose(summed[:, 1:], scores[:, 1:])

    def test_two_half_good_spaces_are_fused(self):
        data, single = ChooseTest.single(
            data_of({name: planted.space(LABELS, 0.3, seed) for seed, name in enumerate("ab")})
        )
        weights = calibrate.choose_weights(data, single, True)
        self.assertEqual(set(weights), {"a", "b"})
        self.assertAllClose(sum(weights.values()), 1.0)
        summed = calibrate.weighted_sum(data.candidates, weights)
        fused = dataclasses.replace(data, candidates=data.candidates.with_scores("f", summed))
        best = max(threshold.mean_f1 for threshold in single.values())
        self.assertGreater(calibrate.choose(fused, "f", True).mean_f1, best + 0.05)

    def test_a_space_of_noise_gets_no_weight(self):
        spaces = {"good": planted.space(LABELS, 0.02), "noise": planted.space(np.arange(120), 1.0, seed=5)}
        self.assertEqual(calibrate.choose_weights(*ChooseTest.single(data_of(spaces)), True), {"good": 1.0})


if __name__ == "__main__":
    tf.test.main()
