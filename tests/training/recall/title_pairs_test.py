"""Batches of query and title: what is in them, their order, and reading on in the middle."""

import dataclasses

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from tests.training.recall import planted_pairs
from training.inputs.tfidf import TfidfTitles
from training.inputs.tokens import TokenTitles
from training.recall import pseudo_queries
from training.recall.pair_texts import PairTexts
from training.recall.title_pairs import TitlePairs

TITLES = planted_pairs.titles()
IDS = [f"p{place}" for place in range(len(TITLES))]
TFIDF = PairTexts(TfidfTitles.fit(TITLES, 200, 8))


def pairs(marks=None, titles=TITLES, pool=range(40), texts=TFIDF, **options):
    marks = marks or planted_pairs.marks("train")
    return TitlePairs(marks, IDS, titles, list(pool), texts, **{"batch_size": 8, "seed": 0, **options})


def rows(found: TitlePairs, epoch=0):
    """(query, title's place) of an epoch, pseudo-queries by their words."""
    ids = [id for step in range(found.steps_per_epoch) for id in found.ids(epoch, step)]
    return [(query, IDS.index(product)) for query, product in (id.rsplit("/", 1) for id in ids)]


class TitlePairsTest(tf.test.TestCase, parameterized.TestCase):
    def test_an_epoch_shows_the_pool_once_and_every_query_equally_often_with_its_answers(self):
        found, marks = pairs(pseudo_share=0.5), planted_pairs.marks("train")
        self.assertEqual(found.steps_per_epoch, 10)
        shown = rows(found)
        pseudo = [(query, product) for query, product in shown if query not in marks.queries]
        self.assertCountEqual([product for _, product in pseudo], range(40))
        for query, product in pseudo:
            self.assertIn(f" {query} ", f" {TITLES[product]} ")
            self.assertBetween(len(query.split()), 1, 3)
        answer = marks.rating >= 2
        answers = {(marks.queries[q], p) for q, p in zip(marks.query[answer], marks.product[answer], strict=True)}
        judged = [row for row in shown if row[0] in marks.queries]
        self.assertContainsSubset(set(judged), answers)
        counts = [sum(query == name for query, _ in judged) for name in marks.queries]
        self.assertLessEqual(max(counts) - min(counts), 1)

    def test_the_same_seed_and_epoch_give_the_same_rows_and_others_others(self):
        self.assertEqual(rows(pairs(), 3), rows(pairs(), 3))
        self.assertNotEqual(rows(pairs(), 3), rows(pairs(), 4))
        self.assertNotEqual(rows(pairs(), 3), rows(pairs(seed=1), 3))

    @parameterized.parameters("tfidf", "tokens")
    def test_starting_in_the_middle_gives_the_batches_an_unbroken_epoch_has(self, kind):
        tokens = lambda: TokenTitles.fit(TITLES, length=10, inference_length=12)  # noqa: E731
        found = pairs(texts=TFIDF if kind == "tfidf" else PairTexts(tokens(), query_tokens=6))
        whole, rest = list(found.epoch(2)), list(found.epoch(2, 7))
        self.assertLen(rest, 3)
        for expected, batch in zip(whole[7:], rest, strict=True):
            tf.nest.map_structure(self.assertAllEqual, expected, batch)
        shapes = {name: value.shape[1] for name, value in whole[0]["inputs"].items()}
        if kind == "tfidf":
            self.assertEqual(shapes, {"query_features": 8, "title_features": 8})
        else:
            lengths = {"query_token_ids": 6, "query_padding_mask": 6, "title_token_ids": 10, "title_padding_mask": 10}
            self.assertEqual(shapes, lengths)
        self.assertEqual(whole[0]["label"].dtype, tf.int32)
        self.assertAllEqual(whole[0]["present"]["match"], np.ones(8))
        self.assertIs(found.on_device(rest[0]), rest[0])

    def test_queries_that_read_alike_have_one_number_and_products_their_place(self):
        marks = planted_pairs.marks("train")
        twins = dataclasses.replace(marks, queries=tuple(["Red"] + ["red"] * (len(marks.queries) - 1)))
        found = pairs(twins, pseudo_share=0)
        [batch] = list(found.epoch(0).take(1))
        self.assertLen(set(batch["label"][:, 0].numpy()), 1)
        self.assertAllEqual(batch["label"][:, 1], [product for _, product in rows(found)[:8]])
        self.assertAllGreaterEqual(batch["label"], 0)

    def test_one_kind_alone(self):
        marks = planted_pairs.marks("train")
        only = rows(pairs(pseudo_share=0))
        self.assertLen(only, int((marks.rating >= 2).sum()) // 8 * 8)
        self.assertContainsSubset({query for query, _ in only}, marks.queries)
        self.assertNoCommonElements({query for query, _ in rows(pairs(pseudo_share=1))}, marks.queries)

    def test_products_without_a_title_are_counted_and_left_out(self):
        titles = ["" if place in (0, 4) else title for place, title in enumerate(TITLES)]
        found = pairs(titles=titles)
        marks = planted_pairs.marks("train")
        answers = int(np.isin(marks.product[marks.rating >= 2], (0, 4)).sum())
        self.assertEqual(found.untitled, 2 + answers)
        self.assertNoCommonElements({product for _, product in rows(found)}, {0, 4})

    def test_what_gives_no_rows_is_refused(self):
        marks = planted_pairs.marks("train")
        bad = dataclasses.replace(marks, rating=np.ones_like(marks.rating))
        with self.assertRaisesRegex(ValueError, "of training, and none is a rating of 2 or more .* --relevant_rating"):
            pairs(bad)
        self.assertEqual(pairs(bad, pseudo_share=1).steps_per_epoch, 5)
        with self.assertRaisesRegex(ValueError, "3 products with a title are fewer than the 4 pseudo-queries of a bat"):
            pairs(pool=range(3))
        with self.assertRaisesRegex(ValueError, "--pseudo_share=0.01 is 0 rows of a batch of --batch_size=8: give a"):
            pairs(pseudo_share=0.01)


class PseudoQueriesTest(tf.test.TestCase):
    def draw(self, title, most_words=3, removed_share=0.0, count=300):
        run = tf.function(lambda seed: pseudo_queries.drawn(tf.constant(title), seed, most_words, removed_share))
        return [tuple(text.numpy().decode() for text in run(tf.constant([7, place]))) for place in range(count)]

    def test_all_neighbours_of_up_to_so_many_words_come(self):
        found = {query for query, _ in self.draw("a b c", 2)}
        self.assertEqual(found, {"a", "b", "c", "a b", "b c"})
        self.assertEqual({query for query, _ in self.draw("a")}, {"a"})

    def test_words_are_taken_out_of_so_many_titles_but_never_all(self):
        found = self.draw("a b c d", 2, 0.3)
        removed = [title for _, title in found if title != "a b c d"]
        self.assertBetween(len(removed), 60, 120)
        for query, title in found:
            if title != "a b c d":
                self.assertEqual(sorted(f"{query} {title}".split()), ["a", "b", "c", "d"])
        self.assertEqual({title for _, title in self.draw("a", 1, 1.0)}, {"a"})


if __name__ == "__main__":
    tf.test.main()
