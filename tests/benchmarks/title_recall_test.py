"""The benchmark of title retrieval: how its data are split, and what its figures are."""

import dataclasses
import os
from unittest import mock

import numpy as np
import tensorflow as tf

from benchmarks import title_recall, title_training
from benchmarks.title_recall import Ranking, TitleTask
from tests.benchmarks.real_matching_test import data_is_there
from tests.training.hugging_face_folder import write_bert_folder
from tests.training.recall import planted_pairs
from training.embedding import product_table


def planted() -> TitleTask:
    titles = planted_pairs.titles()
    train, held_out = planted_pairs.marks("train"), planted_pairs.marks("validation")
    ids = [str(place) for place in range(len(titles))]
    return TitleTask(ids, titles, np.arange(len(titles)), train, held_out, held_out)


class IcecatTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        if not data_is_there():
            self.skipTest("the data sets are not here: set SHELFLENS_DATA")

    def test_every_mark_is_read_and_no_query_is_in_two_splits(self):
        task = title_recall.read()
        splits = (task.train, task.validation, task.test)
        self.assertEqual(sum(len(marks.rating) for marks in splits), 3668)
        queries = [query for marks in splits for query in marks.queries]
        self.assertLen(set(queries), 135)
        self.assertLen(queries, 135)
        self.assertGreater(len(task.validation.queries), 10)

    def test_bm25_ranks_better_than_chance_and_worse_than_the_marks(self):
        task = title_recall.read()
        found = {one["name"]: one["value"] for one in title_recall.measure(task, task.validation, {})}
        order = [found[f"recall/icecat/{name}/ndcg5"] for name in ("random", "bm25", "ceiling")]
        self.assertEqual(order, sorted(order))
        self.assertLess(order[0], order[1])


class MeasureTest(tf.test.TestCase):
    def test_of_a_trained_model_the_mean_of_its_seeds_and_their_deviation_are_shown(self):
        def train(task, marks, seed):  # only the last seed ranks well
            return Ranking(marks.rating * (1.0 if seed == 2 else 0.0))

        task = planted()
        found = {one["name"]: one for one in title_recall.measure(task, task.test, {"two_tower": train})}
        chance = found["recall/icecat/random/ndcg5"]["value"]
        two_tower = found["recall/icecat/two_tower/ndcg5"]
        self.assertAllClose(two_tower["value"], (2 * chance + 1) / 3)
        self.assertEqual(two_tower["reference"], found["recall/icecat/bm25/ndcg5"]["value"])
        self.assertAllClose(
            found["recall/icecat/two_tower/ndcg5_deviation"]["value"], np.std([chance, chance, 1], ddof=1)
        )
        self.assertAllClose(found["recall/icecat/ceiling/ndcg5_graded"]["value"], 1.0)
        self.assertNotIn("recall/icecat/random/recall_at_100", found)

    def test_without_a_sentence_encoder_nothing_is_trained(self):
        self.assertEqual(title_recall.encoders("", self.get_temp_dir()), ({}, {}))


class TrainedTest(tf.test.TestCase):
    def test_towers_are_trained_by_the_recipe_and_score_the_marks(self):
        folder = os.path.join(self.get_temp_dir(), "bert")
        write_bert_folder(folder)
        model, optimization, options = title_training.recipe(folder)
        self.assertEqual(model.title_weights, folder)
        model = dataclasses.replace(model, title_encoder="bert", title_tokens=16, title_tokens_inference=16)
        small = model, dataclasses.replace(optimization, max_steps=2, rates=""), options
        none = planted_pairs.marks("validation").of_queries([])
        task = dataclasses.replace(planted(), pool=np.arange(40), test=none)  # a query has one split
        with mock.patch.object(title_training, "recipe", return_value=small):
            untrained, trained = title_recall.encoders(folder, os.path.join(self.get_temp_dir(), "kept"))
            before = untrained["minilm_untrained"](task, task.validation).scores
            after = trained["two_tower"](task, task.validation, 1).scores
        self.assertEqual(before.shape, task.validation.rating.shape)
        self.assertEqual(after.shape, task.validation.rating.shape)
        self.assertNotAllClose(before, after)
        folds = product_table(os.path.join(self.get_temp_dir(), "kept", "records"), keys=("id", "fold"))
        training = folds["id"][folds["fold"] >= 2].astype(int)
        self.assertCountEqual(training, range(40))


if __name__ == "__main__":
    tf.test.main()
