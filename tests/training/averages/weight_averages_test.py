"""Means and soups of weights: exact, of their members' dtype, and only of weights that belong together."""

import numpy as np
import tensorflow as tf

from training.averages.weight_averages import greedy_soup, mean


def member(value, seed=7):
    return {"encoder/kernel": np.full((2, 3), value, np.float32), "encoder/seed": np.array([seed, 1], np.uint32)}


class MeanTest(tf.test.TestCase):
    def test_every_variable_is_the_mean_and_keeps_its_dtype(self):
        found = mean({"a": member(1.0), "b": member(2.0), "c": member(6.0)})
        self.assertAllEqual(found["encoder/kernel"], np.full((2, 3), 3.0))
        self.assertEqual(found["encoder/kernel"].dtype, np.float32)

    def test_a_seed_is_not_averaged(self):
        found = mean({"a": member(1.0, seed=7), "b": member(2.0, seed=9)})
        self.assertAllEqual(found["encoder/seed"], [7, 1])
        self.assertEqual(found["encoder/seed"].dtype, np.uint32)

    def test_small_parts_of_many_members_are_not_lost(self):
        members = {"big": {"w": np.array([1e8], np.float32)}} | {
            f"{i}": {"w": np.array([1.0], np.float32)} for i in range(999)
        }
        self.assertAllClose(mean(members)["w"], [np.float32((1e8 + 999) / 1000)], rtol=1e-7)

    def test_members_stay_as_they_are(self):
        members = {"a": member(1.0), "b": member(2.0)}
        mean(members)
        self.assertAllEqual(members["a"]["encoder/kernel"], member(1.0)["encoder/kernel"])

    def test_only_the_files_asked_for_are_read(self):
        self.assertAllEqual(
            mean({"a": member(1.0), "b": None, "c": member(5.0)}, ["a", "c"])["encoder/kernel"][0, 0], 3
        )

    def test_another_shape_is_refused_with_the_file(self):
        other = {**member(1.0), "encoder/kernel": np.zeros((2, 4), np.float32)}
        message = r"runs/b has shape \(2, 4\) for encoder/kernel, runs/a has shape \(2, 3\): only weights of one arch"
        with self.assertRaisesRegex(ValueError, message):
            mean({"runs/a": member(1.0), "runs/b": other})

    def test_a_variable_that_one_lacks_is_refused_on_either_side(self):
        small, large = member(1.0), {**member(1.0), "head/centres": np.zeros(3, np.float32)}
        with self.assertRaisesRegex(ValueError, r"large has shape \(3,\) for head/centres, small has nothing"):
            mean({"small": small, "large": large})
        with self.assertRaisesRegex(ValueError, r"small has nothing for head/centres, large has shape \(3,\)"):
            mean({"large": large, "small": small})

    def test_no_member_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no weights to average"):
            mean({})


class GreedySoupTest(tf.test.TestCase):
    """The score is the closeness of the kernel to 3."""

    def score(self, arrays):
        self.asked.append(float(arrays["encoder/kernel"][0, 0]))
        return -abs(self.asked[-1] - 3.0)

    def soup(self, **values):
        self.asked = []
        members = {file: member(value) for file, value in values.items()}
        alone = {file: -abs(value - 3.0) for file, value in values.items()}
        arrays, kept = greedy_soup(members, alone, self.score)
        return float(arrays["encoder/kernel"][0, 0]), kept

    def test_a_member_stays_only_if_the_score_does_not_fall(self):
        # 2 alone; with 4.5 the mean is 3.25, better; with 0.5 it would be 2.33, worse; with 6 it would be 4.17, worse.
        found, kept = self.soup(worse=6.0, good=4.5, low=0.5, best=2.0)
        self.assertEqual(kept, ["best", "good"])
        self.assertAllClose(found, 3.25)
        self.assertAllClose(self.asked, [3.25, 7 / 3, 12.5 / 3])

    def test_a_score_that_stays_the_same_keeps_the_member(self):
        self.assertEqual(self.soup(a=2.0, b=2.0)[1], ["a", "b"])

    def test_of_members_that_only_harm_the_best_is_left_alone(self):
        self.assertEqual(self.soup(far=9.0, near=3.0), (3.0, ["near"]))

    def test_no_member_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no weights to average"):
            greedy_soup({}, {}, self.score)
