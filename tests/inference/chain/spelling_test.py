"""How alike titles are spelled, by hand."""

import numpy as np
import tensorflow as tf

from inference.chain import spelling


def features(left, right):
    return spelling.Spellings([left, right]).features(np.array([0]), np.array([1]))[0]


class SpellingsTest(tf.test.TestCase):
    def test_case_punctuation_and_order_do_not_matter_where_they_should_not(self):
        ratio, sorted_words, word_set, unspaced = features("Power-Bridge in Wall", "in wall POWER BRIDGE")[:4]
        self.assertEqual([sorted_words, word_set], [100.0, 100.0])
        self.assertLess(ratio, 100.0)
        self.assertLess(unspaced, 100.0)

    def test_spaces_within_words_do_not_matter_where_they_should_not(self):
        self.assertEqual(features("power bridge", "powerbridge")[3], 100.0)

    def test_a_model_number_is_found_however_spaced(self):
        self.assertAllEqual(features("camera DMC-FX35K", "dmc fx 35 k camera, 8 mp")[4:], [1.0, np.nan])
        self.assertAllEqual(features("HX-MU03 lamp", "AB1234 lamp")[4:], [0.0, 0.0])

    def test_a_pair_in_the_other_direction_has_the_shares_exchanged(self):
        made = spelling.Spellings(["camera DMC-FX35K", "dmc fx 35 k", "lamp dmcfx35k AB1234"])
        ends = np.array([0, 0, 2]), np.array([2, 1, 1])
        there, back = made.features(*ends), made.features(*ends[::-1])
        self.assertAllEqual(there[:, [0, 1, 2, 3, 5, 4]], back)
        self.assertAllEqual(there[0, 4:], [1.0, 0.5])

    def test_a_short_number_stands_within_others_by_chance_and_does_not_count(self):
        self.assertTrue(np.isnan(features("8 mp lamp", "lamp 18 mp")[4:]).all())

    def test_a_title_without_model_numbers_says_so(self):
        self.assertTrue(np.isnan(features("red lamp", "blue lamp")[4:]).all())


class ModelNumbersTest(tf.test.TestCase):
    def test_are_words_with_a_digit_without_punctuation(self):
        self.assertEqual(spelling.model_numbers("Lamp hx-mu03, HX/MU03_b 7w"), ["hxmu03", "hxmu03b", "7w"])


if __name__ == "__main__":
    tf.test.main()
