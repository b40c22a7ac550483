"""Pairs as batches: what they hold, their order and position, tuples, padding, and what is refused."""

import dataclasses
import tempfile
from unittest import mock

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.optimizer import Optimization
from tests.training.recall import pair_folder
from tfrecords_tools.pairs import pair_reader
from training.recall import mined, pair_table
from training.recall.pair_evaluation import PairEvaluation
from training.recall.pair_input import PairInput

BOXES, TOKENS = 3, 5


@dataclasses.dataclass(frozen=True)
class Recall:
    """What PairInput reads of the flags."""

    region_boxes: int = BOXES
    negatives: int = 2
    negatives_from: str = "random"
    mined: str = ""
    rows_together: int = 3


def titles(texts, training=False):
    """The bytes of each text as its tokens: a title input without a vocabulary."""
    tokens = tf.io.decode_raw(texts, tf.uint8, fixed_length=TOKENS)
    tokens = tf.ensure_shape(tf.cast(tokens, tf.int32), (texts.shape[0], TOKENS))
    return {"token_ids": tokens, "padding_mask": tf.cast(tokens > 0, tf.int32) + int(training)}


def arrays(dataset):
    return [tf.nest.map_structure(np.asarray, batch) for batch in dataset]


class PairCase(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.enter_context(mock.patch("sys.stderr"))
        self.folder, self.manifest = pair_folder.write()

    def input(self, seed=0, folds=(2,), batch_size=12, recall=None):
        chosen = Optimization(batch_size=batch_size, shuffle_buffer=24)
        return PairInput(
            self.folder, self.manifest, recall or Recall(), titles, folds=folds, optimization=chosen, seed=seed
        )

    def assert_row(self, inputs, row, fold, training):
        pair = pair_folder.pair(row, fold)
        count = min(pair.num_boxes, BOXES)
        self.assertAllEqual(inputs["boxes"], np.pad(pair.boxes[:BOXES], ((0, BOXES - count), (0, 0))))
        self.assertAllEqual(inputs["features"], np.pad(pair.features[:BOXES], ((0, BOXES - count), (0, 0))))
        self.assertAllEqual(inputs["box_mask"], [1.0] * count + [0.0] * (BOXES - count))
        self.assertAllEqual(inputs["box_labels"], [*pair.box_labels[:BOXES], *[-1] * (BOXES - count)])
        self.assert_asks(inputs, row[0], training)

    def assert_asks(self, inputs, text, training):
        tokens = [*text.encode()[:TOKENS], *[0] * TOKENS][:TOKENS]
        self.assertAllEqual(inputs["token_ids"], tokens)
        self.assertAllEqual(inputs["padding_mask"], [int(token > 0) + training for token in tokens])


class PairInputTest(PairCase):
    def test_batches_have_static_shapes_and_the_promised_types(self):
        spec = self.input().epoch(0).element_spec
        floats, numbers = tf.float32, tf.int32
        expected = {
            "inputs": {
                "token_ids": tf.TensorSpec((12, TOKENS), numbers),
                "padding_mask": tf.TensorSpec((12, TOKENS), numbers),
                "boxes": tf.TensorSpec((12, BOXES, 4), floats),
                "features": tf.TensorSpec((12, BOXES, pair_folder.WIDTH), tf.float16),
                "box_mask": tf.TensorSpec((12, BOXES), floats),
                "box_labels": tf.TensorSpec((12, BOXES), numbers),
            },
            "label": tf.TensorSpec((12, 2), numbers),
            "present": {"match": tf.TensorSpec((12,), floats)},
        }
        self.assertEqual(spec, expected)

    def test_a_row_holds_the_query_and_the_regions_of_its_record(self):
        pairs, rows = self.input(), pair_folder.train_rows()
        places = iter(pairs.rows(0).records)
        for batch in arrays(pairs.epoch(0)):
            for i in range(12):
                place = next(places)
                self.assert_row({key: value[i] for key, value in batch["inputs"].items()}, rows[place], 2, True)
                self.assertAllEqual(batch["label"][i], [pairs.table.queries[place], pairs.table.products[place]])
            self.assertAllEqual(batch["present"]["match"], np.ones(12))

    def test_an_epoch_shows_every_positive_once_at_the_head_of_its_tuple(self):
        pairs = self.input()
        self.assertEqual(pairs.steps_per_epoch, 12)
        heads = [id for step in range(12) for id in pairs.ids(0, step)[::3]]
        self.assertCountEqual(heads, [pair.id for pair in pair_reader.read_pairs(self.folder, [2])])
        for batch in arrays(pairs.epoch(0)):
            queries = batch["label"][:, 0].reshape(-1, 3)
            self.assertTrue((queries[:, 1:] != queries[:, :1]).all())

    def test_starting_in_the_middle_gives_the_batches_an_unbroken_epoch_has(self):
        whole = arrays(self.input().epoch(1))
        for step in (1, 5, 11):
            rest = arrays(self.input().epoch(1, first_step=step))
            self.assertLen(rest, 12 - step)
            tf.nest.map_structure(self.assertAllEqual, whole[step:], rest)

    def test_order_and_negatives_are_a_function_of_seed_and_epoch(self):
        orders = [self.input(seed).rows(epoch).records for seed, epoch in ((0, 0), (0, 1), (1, 0))]
        self.assertAllEqual(orders[0], self.input().rows(0).records)
        self.assertNotAllEqual(orders[0], orders[1])
        self.assertNotAllEqual(orders[0], orders[2])

    def test_the_ids_are_those_of_the_batch(self):
        pairs = self.input()
        batch = arrays(pairs.epoch(2))[4]
        products = [int(id.split("/")[2]) for id in pairs.ids(2, 4)]
        self.assertAllEqual(pairs.table.catalogue[batch["label"][:, 1]], products)

    def test_rows_without_a_negative_are_marked(self):
        self.folder, self.manifest = pair_folder.write({2: [("mug", 1, i, 1) for i in range(4)]})
        [batch] = arrays(self.input().epoch(0))
        self.assertAllEqual(batch["present"]["match"], [1, 0, 0] * 4)
        self.assertAllEqual(batch["label"][::3], batch["label"][1::3])

    def test_candidates_that_do_not_answer_are_no_positives_and_no_negatives(self):
        pairs = self.input(folds=(0, 2), batch_size=3)
        self.assertLen(pairs.positives, 52)
        self.assertContainsSubset(pairs.rows(0).records, pairs.positives)

    def test_no_negatives_leave_the_positives(self):
        pairs = self.input(recall=Recall(negatives=0, rows_together=1))
        self.assertEqual(pairs.steps_per_epoch, 4)
        self.assertCountEqual(pairs.rows(0).records, range(48))

    def test_nothing_is_left_to_the_device(self):
        batch = {"inputs": 1}
        self.assertIs(self.input().on_device(batch), batch)

    def test_what_does_not_fit_is_refused(self):
        for options, message in (
            ({"batch_size": 10}, "--batch_size=10 is no whole number of tuples of 3 rows.*give a multiple of 3"),
            ({"batch_size": 150}, "hold 48 relevant pairs, 144 rows with their negatives, fewer than one batch of 150"),
            (
                {"recall": Recall(rows_together=4)},
                r"2 negatives \(--negatives_per_positive\) are 3 rows, but the match",
            ),
            ({"folds": (1,)}, r"has no pair in folds \[1\]"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                self.input(**options)
        tf.io.gfile.remove(f"{self.folder}/{self.manifest.shards[1].file}")
        with self.assertRaisesRegex(ValueError, "has 0 bytes where the manifest says"):
            self.input()


class MinedNegativesTest(PairCase):
    """Negatives from what mining wrote."""

    def setUp(self):
        super().setUp()
        self.mined = tempfile.mkdtemp(dir=self.get_temp_dir())

    def write(self, fingerprint="of a test", **parts):
        mined.MinedOf(fingerprint, (2,), 16, {name: {} for name in parts}).write(self.mined)
        for name, array in parts.items():
            mined.write_array(self.mined, name, np.array(array, np.int32))

    def queries(self, negatives):
        pairs = self.input(recall=Recall(negatives_from=negatives, mined=self.mined))
        return pairs.table.queries[pairs.rows(0).records].reshape(-1, 3)

    @parameterized.parameters("last_word", "kmeans")
    def test_mined_negatives_are_of_the_same_cluster(self, part):
        self.write(**{part: np.arange(16) // 4})
        queries = self.queries("mined")
        self.assertAllEqual(queries[:, :1] // 4 == queries[:, 1:] // 4, np.ones((48, 2), bool))

    def test_tfidf_negatives_are_of_neighbours(self):
        self.write(neighbours=np.stack([(np.arange(16) + 1) % 16, (np.arange(16) + 5) % 16], axis=1))
        queries = self.queries("tfidf")
        self.assertContainsSubset(((queries[:, 1:] - queries[:, :1]) % 16).ravel(), [1, 5])

    def test_a_folder_that_does_not_fit_is_refused(self):
        with self.assertRaisesRegex(
            FileNotFoundError, "has no mined.json, which --negatives_from=tfidf needs: make it with"
        ):
            self.queries("tfidf")
        self.write(last_word=np.zeros(16))
        with self.assertRaisesRegex(ValueError, "holds last_word, but --negatives_from=tfidf needs --mine_by=tfidf"):
            self.queries("tfidf")
        self.write(last_word=np.zeros(15))
        with self.assertRaisesRegex(ValueError, r"last_word.npy is int32 \[15\], expected int32 with a row for each"):
            self.queries("mined")
        self.write("of others", last_word=np.zeros(16))
        with self.assertRaisesRegex(ValueError, "of records of other, but 16 queries in folds .2. of records of a tes"):
            self.queries("mined")
        with open(f"{self.mined}/mined.json", "w") as file:
            file.write("{}")
        with self.assertRaisesRegex(ValueError, "mined.json is not what training.mine wrote"):
            self.queries("mined")


class PairEvaluationTest(PairCase):
    def pairs(self):
        return PairEvaluation(self.folder, self.manifest, titles, BOXES)

    def rows(self, dataset, count):
        """The first `count` rows of all batches; what comes after them is to be zeros."""
        batches = arrays(dataset)
        whole = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
        for value in whole.values():
            self.assertAllEqual(value[count:], np.zeros_like(value[count:]))
        return [{name: value[i] for name, value in whole.items()} for i in range(count)]

    def test_every_query_comes_once_in_the_order_of_the_table_and_the_rest_is_padding(self):
        pairs = self.pairs()
        for row, text in zip(self.rows(pairs.distinct_queries([0], 3), 4), pairs.table_of([0]).texts, strict=True):
            self.assert_asks(row, text, False)
        self.assertEqual(pairs.table_of([0]).texts, [f"{colour} hat" for colour in pair_folder.COLOURS])

    @parameterized.parameters(((0, 2), 56), ((0,), 8))
    def test_every_product_comes_once_by_its_first_record_and_the_rest_is_padding(self, folds, count):
        pairs = self.pairs()
        order = pairs.product_order(folds)
        self.assertCountEqual(order, range(count))
        asked = {name: value[0] for name, value in titles(tf.constant([""])).items()}
        for row, number in zip(self.rows(pairs.distinct_products(folds, 9), count), order, strict=True):
            product = int(pairs.table_of(folds).catalogue[number])
            self.assert_row({**row, **asked}, ("", 0, product, 1), 2, False)

    def test_shapes_are_static(self):
        for dataset in (self.pairs().distinct_queries([0], 8), self.pairs().distinct_products([0], 8)):
            for spec in dataset.element_spec.values():
                self.assertEqual(spec.shape.with_rank_at_least(1)[0], 8)

    def test_a_table_is_read_once(self):
        pairs = self.pairs()
        pairs.table_of([0])
        with mock.patch.object(pair_table, "read", side_effect=AssertionError("read again")):
            self.assertLen(pairs.table_of((0,)), 20)


if __name__ == "__main__":
    tf.test.main()
