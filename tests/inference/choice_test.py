"""Which method is chosen: the best on validation, and both sides of a product only where they clearly help."""

import numpy as np
import tensorflow as tf

from inference.choice import choose_best
from inference.methods import Method, side_of
from training.metrics import Threshold

AT = Threshold(0.5, 0.5, 0.0)


def method(name, *spaces):
    return Method(name, {space: AT for space in spaces})


TITLES, UNION = method("titles", "title", "tfidf_word"), method("union", "title", "tfidf_word", "joint")


class ChooseBestTest(tf.test.TestCase):
    def test_takes_the_best_of_one_side_and_of_equals_the_simplest(self):
        title = method("title", "title")
        even, better = np.full(50, 0.5), np.full(50, 0.6)
        self.assertIs(choose_best([TITLES, title], {"titles": even, "title": even}), title)
        self.assertIs(choose_best([TITLES, title], {"titles": better, "title": even}), TITLES)

    def test_both_sides_must_gain_more_than_a_standard_error(self):
        noise = np.random.default_rng(0).normal(0, 0.5, 400)
        noise -= noise.mean()
        error, base = noise.std() / 20, np.full(400, 0.5)
        for gain, expected in ((0.5, TITLES), (1.5, UNION)):
            f1 = {"titles": base, "union": base + noise + gain * error}
            self.assertIs(choose_best([TITLES, UNION], f1), expected)

    def test_without_a_method_of_one_side_the_best_is_taken(self):
        self.assertIs(choose_best([UNION], {"union": np.ones(3)}), UNION)


class SidesTest(tf.test.TestCase):
    def test_a_space_is_of_the_side_that_its_name_says(self):
        self.assertEqual(side_of("phash"), {"image"})
        self.assertEqual(side_of("tfidf_char"), {"title"})
        self.assertEqual(side_of("title_from_scratch"), {"title"})
        self.assertEqual(side_of("joint"), {"image", "title"})
        self.assertEqual(UNION.sides, {"image", "title"})
        self.assertEqual(Method("alone", {}).sides, frozenset())
