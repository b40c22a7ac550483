"""The product type of a query."""

import tensorflow as tf
from absl.testing import parameterized

from training.recall import last_word


class LastWordTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("breathable mesh shoes", "shoe"),
        ("red dresses with two pockets", "dress"),
        ("shoes for women", "shoe"),
        ("with lace dress", "dress"),
        ("set of knives", "knive"),
        ("tank top", "top"),
        ("iphone 11", "iphone"),
        ("42", "42"),
        ("a watch that i can wear", "wear"),
        ("'s phone cases", "case"),
        ("- women's", "women"),
        ("is are was and", ""),
        ("for with", ""),
        ("", ""),
        ("❤ ---", ""),
        ("Платья".lower(), "платья"),
    )
    def test_it_is_the_last_telling_word_in_the_singular(self, query, expected):
        self.assertEqual(last_word.last_word(query), expected)

    @parameterized.parameters(
        ("batteries", "battery"), ("boxes", "box"), ("glass", "glass"), ("bus", "bus"), ("ties", "tie"), ("gas", "gas")
    )
    def test_plurals_lose_their_ending(self, word, expected):
        self.assertEqual(last_word.singular(word), expected)

    def test_queries_without_a_word_have_a_cluster_of_their_own(self):
        numbers, names = last_word.clusters(["the", "red mug", "old shoe", "mugs for tea", ""])
        self.assertEqual(names, ["", "mug", "shoe"])
        self.assertAllEqual(numbers, [0, 1, 2, 1, 0])
        self.assertEqual(numbers.dtype, "int32")


if __name__ == "__main__":
    tf.test.main()
