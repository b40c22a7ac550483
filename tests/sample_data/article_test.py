"""Products as pure functions of (seed, index), and the hard cases among them."""

import collections

import tensorflow as tf

from sample_data import article as articles
from sample_data import families, vocabulary


class ArticleTest(tf.test.TestCase):
    def test_a_product_depends_on_seed_and_index_alone(self):
        forward = [articles.article(3, index) for index in range(40)]
        articles.article.cache_clear()
        self.assertEqual([articles.article(3, index) for index in reversed(range(40))], forward[::-1])
        self.assertNotEqual(articles.article(4, 0), forward[0])

    def test_group_sizes_add_up_to_any_number_of_postings(self):
        for postings in range(100, 160):
            sizes = [size for _, size in articles.group_sizes(1, postings)]
            self.assertEqual(sum(sizes), postings)
            self.assertBetween(min(sizes), 2, 8)
            self.assertBetween(max(sizes), 2, 8)

    def test_most_groups_are_pairs_and_the_mean_is_shopees(self):
        sizes = collections.Counter(size for _, size in articles.group_sizes(0, 5000))
        self.assertEqual(sizes.most_common(1)[0][0], 2)
        self.assertAllClose(5000 / sizes.total(), 3.1, atol=0.15)

    def test_some_products_differ_from_another_in_quantity_alone(self):
        pairs = [(articles.article(0, i), articles.article(0, i + 1)) for i in range(0, 500, articles.BLOCK)]
        alike = [(first, second) for first, second in pairs if first.design == second.design]
        self.assertBetween(len(alike), 20, 50)
        for first, second in alike:
            self.assertNotEqual(first.quantity, second.quantity)
            self.assertNotEqual(first.label_group, second.label_group)
            self.assertTrue(first.quantity_matters and second.quantity_matters)
            self.assertEqual((first.brand, first.series, first.paints), (second.brand, second.series, second.paints))

    def test_some_products_share_their_words_and_look_different(self):
        pairs = [(articles.article(0, i), articles.article(0, i + 2)) for i in range(0, 500, articles.BLOCK)]
        alike = [(a, b) for a, b in pairs if (a.brand, a.series, a.quantity) == (b.brand, b.series, b.quantity)]
        self.assertBetween(len(alike), 25, 65)
        for first, second in alike:
            self.assertNotEqual(first.design, second.design)
            self.assertNotEqual(first.paints, second.paints)

    def test_about_fifteen_percent_of_the_products_are_for_the_test(self):
        splits = collections.Counter(articles.article(0, index).split for index in range(2000))
        self.assertAllClose(splits["test"] / 2000, 0.15, atol=0.03)

    def test_ids_of_different_numbers_differ(self):
        self.assertLen({articles.scramble(0, number) for number in range(20000)}, 20000)

    def test_every_family_has_three_levels_and_known_quantities(self):
        for family in families.FAMILIES:
            self.assertLen(family.levels, 3)
            self.assertIn(family.quantity, vocabulary.QUANTITIES)
            self.assertIn(family.variant, ("colour", "flavour", "scent"))
            self.assertAllEqual([len(pair) for pair in family.traits], [2] * len(family.traits))


if __name__ == "__main__":
    tf.test.main()
