"""How the drawn marketplace words its titles."""

import tensorflow as tf
from absl.testing import parameterized

from sample_data import article as articles
from sample_data import titles, vocabulary
from tfrecords_tools.shopee import repair_title


class TitlesTest(tf.test.TestCase, parameterized.TestCase):
    def test_a_product_is_worded_in_many_ways(self):
        rng = articles.stream("titles")
        self.assertGreater(len({titles.title(articles.article(0, 0), rng) for _ in range(100)}), 90)

    def test_titles_come_in_english_and_in_indonesian(self):
        article, rng = articles.article(0, 0), articles.stream("titles")
        worded = " ".join(titles.title(article, rng).lower() for _ in range(100))
        self.assertTrue(any(noun in worded for noun in article.family.english))
        self.assertTrue(any(noun in worded for noun in article.family.indonesian))

    def test_raw_titles_are_ascii_and_their_escapes_can_be_repaired(self):
        rng = articles.stream("titles")
        worded = [titles.title(articles.article(0, index), rng) for index in range(400)]
        self.assertTrue(all(title.isascii() for title in worded))
        escaped = [title for title in worded if "\\x" in title]
        self.assertNotEmpty(escaped)
        for title in escaped:
            self.assertTrue(any(sign in repair_title(title) for sign in vocabulary.EMOJI), title)

    def test_an_emoji_is_written_as_shopee_publishes_it(self):
        self.assertEqual(titles.escape("ok ❤"), r"ok \xe2\x9d\xa4")

    @parameterized.parameters(
        ("1 l", titles.ENGLISH, {"1 liter", "1L", "1000 ml"}),
        ("3 pcs", titles.INDONESIAN, {"3 pcs", "3pcs", "isi 3", "3 buah"}),
        ("50 sheets", titles.INDONESIAN, {"50 lembar"}),
        ("for A12", titles.INDONESIAN, {"untuk A12"}),
        ("size M", titles.ENGLISH, {"size M"}),
        ("20 cm", titles.ENGLISH, {"20 cm", "20cm", "20CM"}),
        ("50 g", titles.ENGLISH, {"50 g", "50g", "50G", "50 gr"}),
    )
    def test_a_quantity_is_written_in_its_ways(self, quantity, language, ways):
        rng = articles.stream("quantity")
        self.assertEqual({titles.quantity(quantity, language, rng) for _ in range(200)}, ways)

    def test_nearly_every_title_states_a_quantity_that_matters(self):
        article, rng = articles.article(0, 11), articles.stream("titles")
        self.assertTrue(article.quantity_matters)
        amount = article.quantity.split()[0]
        self.assertGreater(sum(amount in titles.title(article, rng) for _ in range(200)), 180)


if __name__ == "__main__":
    tf.test.main()
