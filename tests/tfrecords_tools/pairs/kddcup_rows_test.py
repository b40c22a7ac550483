"""KDD Cup's rows: what a good one becomes, and why each bad one is refused."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from tests.tfrecords_tools.kddcup_folder import WIDTH, cell, row
from tfrecords_tools.pairs import kddcup_rows

TRAIN = kddcup_rows.Split("train", "train.tsv", None)
VALID = kddcup_rows.Split("valid", "valid.tsv", {1: frozenset([7, 8])})
REGIONS = kddcup_rows.Regions(WIDTH, 40, {0: 0, 1: 1, 2: 2})


def read(cells, split=TRAIN, regions=REGIONS):
    return kddcup_rows.read_row("\t".join(cells).encode(), split, regions)


class ReadRowTest(tf.test.TestCase, parameterized.TestCase):
    def test_pixels_become_shares_of_height_and_width_and_features_halves(self):
        features = np.arange(WIDTH, dtype="<f4").reshape(1, WIDTH) / 3
        pair = read(row(5, 9, 1, boxes=cell([10, 20, 50, 200], "<f4"), features=cell(features, "<f4"),
                        class_labels=cell([2], "<i8"), query="red shoes"))  # fmt: skip
        self.assertEqual((pair.id, pair.query, pair.query_id, pair.product_id), ("train/9/5", "red shoes", 9, 5))
        self.assertEqual((pair.fold, pair.answer, pair.image_height, pair.image_width), (2, 1, 100, 200))
        self.assertAllClose(pair.boxes, [[0.1, 0.1, 0.5, 1.0]])
        self.assertEqual((pair.features.dtype, pair.boxes.dtype, pair.box_labels.dtype), ("<f2", "<f4", "<i8"))
        self.assertAllEqual(pair.features, features.astype("<f2"))
        self.assertAllEqual(pair.box_labels, [2])
        self.assertEqual(pair.mended, ())

    def test_a_quote_character_is_a_character(self):
        self.assertEqual(read(row(query='12" pan "non-stick')).query, '12" pan "non-stick')

    def test_no_boxes_are_kept_as_none(self):
        pair = read(row(num_boxes=0))
        self.assertEqual((pair.boxes.shape, pair.features.shape, pair.box_labels.shape), ((0, 4), (0, WIDTH), (0,)))

    def test_an_empty_query_is_kept(self):
        self.assertEqual(read(row(query="")).query, "")

    def test_of_91_boxes_the_40_largest_stay_in_their_order(self):
        side = np.random.default_rng(0).permutation(91) + 1.0
        boxes = np.stack([0 * side, 0 * side, side, side], 1)
        pair = read(row(num_boxes=91, boxes=cell(boxes, "<f4")))
        self.assertAllClose(pair.boxes[:, 2] * 100, side[side > 51])
        self.assertEqual((len(pair.features), len(pair.box_labels), pair.mended), (40, 40, ("boxes cut",)))

    def test_a_class_that_is_in_no_list_becomes_minus_one(self):
        pair = read(row(num_boxes=2, class_labels=cell([1, 77], "<i8")))
        self.assertAllEqual(pair.box_labels, [1, -1])
        self.assertEqual(pair.mended, ("unknown box label",))

    def test_a_box_beyond_the_picture_is_clipped_to_it(self):
        pair = read(row(num_boxes=1, boxes=cell([-1, 0, 50, 201], "<f4")))
        self.assertAllClose(pair.boxes, [[0, 0, 0.5, 1]])
        self.assertEqual(pair.mended, ("boxes clipped",))

    def test_answers_say_which_rows_of_valid_are_relevant(self):
        answers = [read(row(*ids), VALID).answer for ids in ((7, 1), (9, 1), (7, 2))]
        self.assertEqual(answers, [1, 0, -1])
        self.assertEqual(kddcup_rows.Split("testA", "testA.tsv", None).fold, -1)
        self.assertEqual(kddcup_rows.Split("testA", "testA.tsv", {}).fold, 1)

    @parameterized.parameters(
        (row()[:6], "wrong number of columns: 6, expected 9"),
        (row() + ["more"], "wrong number of columns: 10, expected 9"),
        (row(product_id="x7"), "product_id is no number: 'x7'"),
        (row(query_id="007"), "query_id is no number: '007'"),
        (row(num_boxes=2, boxes="not base64!"), "boxes is no base64: "),
        (row(num_boxes=2, features=cell(np.zeros(15), "<f4")), "features has the wrong length: 60 bytes, expected 64"),
        (row(num_boxes=0, class_labels=cell([1], "<i8")), "class_labels has the wrong length: 8 bytes, expected 0 for"),
        (row(num_boxes=1, features=cell([np.nan] + [0] * 7, "<f4")), "features not finite: nan in box 0"),
        (row(num_boxes=1, boxes=cell([0, 0, np.inf, 1], "<f4")), "boxes not finite: inf in box 0"),
        (row(num_boxes=1, features=cell([1e5] + [0] * 7, "<f4")), "features exceed float16: 100000, the largest"),
        (row(num_boxes=1, boxes=cell([50, 0, 10, 9], "<f4")), "box upside down: .50.0, 0.0, 10.0, 9.0. in box 0"),
        (row(image_h="0"), "empty picture: 0 x 200 pixels"),
    )  # fmt: skip
    def test_a_row_that_cannot_be_a_pair_is_refused_with_its_reason(self, cells, reason):
        with self.assertRaisesRegex(kddcup_rows.BadRow, reason):
            read(cells)

    def test_a_query_in_another_encoding_is_refused(self):
        line = "\t".join(row(query="café")).encode("latin-1")
        with self.assertRaisesRegex(kddcup_rows.BadRow, "query is no UTF-8: .* at byte 3"):
            kddcup_rows.read_row(line, TRAIN, REGIONS)


if __name__ == "__main__":
    tf.test.main()
