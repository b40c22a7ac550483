"""A folder of scores: what is written is read, and what is wrong is named with its file and row."""

import json
import os
import tempfile

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from inference.ranking import scores_folder
from inference.ranking.scores import arrange
from tests.inference.ranking.planted_scores import ABOUT, drawn, planted

HEADER = "query_id,product_id,score,answer\n"


class ScoresFolderTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())

    def plant(self, text, about=ABOUT):
        with open(f"{self.folder}/scores.csv", "w") as file:
            file.write(text)
        with open(f"{self.folder}/scores.json", "w") as file:
            json.dump(about, file)
        return self.folder

    def test_what_is_written_is_read_to_the_last_bit(self):
        scores = drawn(5, 7, 1.0, 0)
        scores = scores.scored(np.where(np.arange(35) % 2, scores.score * 1e-17, np.float32(0.1) * scores.score))
        scores_folder.write(self.folder, scores)
        found = scores_folder.read(self.folder)
        for part in ("queries", "starts", "products", "score", "answer"):
            self.assertAllEqual(getattr(found, part), getattr(scores, part))
        self.assertEqual(found.about, ABOUT)
        with open(f"{self.folder}/scores.csv") as file:
            self.assertEqual(file.readline(), HEADER)

    def test_rows_may_come_in_any_order(self):
        found = scores_folder.read(self.plant(HEADER + "9,2,.5,1\n3,8,.25,-1\n9,1,1e3,3\n3,7,-1,0\n"))
        self.assertAllEqual(found.queries, [3, 9])
        self.assertAllEqual(found.starts, [0, 2, 4])
        self.assertAllEqual(found.products, [7, 8, 1, 2])
        self.assertAllEqual(found.score, [-1, 0.25, 1000, 0.5])
        self.assertAllEqual(found.answer, [0, -1, 3, 1])
        self.assertAllEqual(found.judged, [True, True])

    def test_other_columns_and_quotes_do_no_harm(self):
        found = scores_folder.read(self.plant('score,"query_id",note,product_id,answer\n.5,"3",x,7,1\n'))
        self.assertAllEqual([found.queries[0], found.products[0], found.score[0]], [3, 7, 0.5])

    @parameterized.parameters(
        ("3,7,.5,1\n3,8,.5,1\n3,7,.1,1\n", "scores.csv, row 4: query 3 and product 7 are in row 2 already; .* all: 1"),
        ("3,7,.5,1\n3,8,nan,1\n", "scores.csv, row 3: score is nan, which cannot be ranked"),
        ("3,7,.5,1\n3,8,1e999,1\n", "scores.csv, row 3: score is inf, which cannot be ranked"),
        ("3,7,.5,1\nq8,8,.5,1\n", "scores.csv, row 3: query_id is 'q8', and an id is written in digits"),
        ("3,7.0,.5,1\n", "scores.csv, row 2: product_id is '7.0', and an id is written in digits"),
        ("3,-7,.5,1\n", "scores.csv, row 2: product_id is -7, and an id is written in digits"),
        (f"3,{'9' * 19},.5,1\n", "scores.csv, row 2: product_id is '9{19}', .* digits, 18 at most"),
        ("3,7,.5,1\n3,,.5,1\n", "scores.csv, row 3: product_id is '', and an id is written in digits"),
        ("3,7,high,1\n", "scores.csv, row 2: score is 'high', expected a finite number"),
        ("3,7,.5,1\n3,8,.5,4\n", r"scores.csv, row 3: answer is 4, expected 0 \(irrelevant\), 1 .* -1 \(unjudged\)"),
        ("3,7,.5,yes\n", "scores.csv, row 2: answer is 'yes', expected 0"),
        ("3,7,.5\n", "scores.csv, row 2: 3 fields, and the header has 4"),
        ("", "scores.csv has no pair to rank. Were there candidates in that fold?"),
    )
    def test_a_row_at_fault_is_named(self, rows, message):
        with self.assertRaisesRegex(ValueError, message):
            scores_folder.read(self.plant(HEADER + rows))

    def test_a_missing_column_is_named(self):
        with self.assertRaisesRegex(
            ValueError, "row 1: the columns are 'query_id,score', expected query_id,product_id"
        ):
            scores_folder.read(self.plant("query_id,score\n1,2\n"))

    def test_a_folder_that_is_not_whole_is_refused(self):
        with self.assertRaisesRegex(FileNotFoundError, "has no scores.json: --scores names folders that a recall run"):
            scores_folder.read(self.folder)
        with self.assertRaisesRegex(ValueError, "scores.json lacks run, records_fingerprint: score the fold again"):
            scores_folder.read(self.plant(HEADER + "3,7,.5,1\n", {"fold": 0}))
        self.plant("", ABOUT)
        os.remove(f"{self.folder}/scores.csv")
        with self.assertRaisesRegex(FileNotFoundError, "scores.csv"):
            scores_folder.read(self.folder)


class ArrangeTest(tf.test.TestCase):
    def test_arrays_at_fault_are_named_by_their_row(self):
        with self.assertRaisesRegex(ValueError, "model a, row 1: score is nan"):
            arrange([1, 1], [2, 3], [0.5, np.nan], [0, 1], ABOUT, "model a")

    def test_some_queries_alone(self):
        scores = planted([(1, 5, 0.1, 1), (1, 6, 0.2, 0), (2, 5, 0.3, -1), (3, 7, 0.4, 0)])
        self.assertAllEqual(scores.judged, [True, False, True])
        found = scores.of(scores.judged)
        self.assertAllEqual(found.queries, [1, 3])
        self.assertAllEqual(found.starts, [0, 2, 3])
        self.assertAllEqual(found.products, [5, 6, 7])


if __name__ == "__main__":
    tf.test.main()
