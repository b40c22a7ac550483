"""submission.csv of both competitions and as a table, and what a competition would refuse."""

import os
import tempfile
from unittest import mock

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.classify import Predictions
from inference.classes import class_submission, prediction_folder, written
from inference.classes.class_tree import ClassTree
from tests.inference.classes.trained import TREE, plant

CODES = ClassTree(["07", "41"], [], np.zeros((0, 2), np.int32))
PROBABILITIES = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]


class CompetitionTest(tf.test.TestCase, parameterized.TestCase):
    def test_code_league_has_two_digits_in_the_order_asked_for(self):
        found = class_submission.code_league(["a.jpg", "b.jpg"], ["07", "41"], ["b.jpg", "a.jpg"])
        self.assertEqual(found.to_csv(index=False), "filename,category\nb.jpg,41\na.jpg,07\n")

    def test_aliproducts_has_the_last_part_of_the_id(self):
        found = class_submission.aliproducts(["test/x.jpg", "test/y.jpg"], ["00042", "00007"], ["x.jpg", "y.jpg"])
        self.assertEqual(found.to_csv(index=False), "id,predicted\nx.jpg,00042\ny.jpg,00007\n")

    @parameterized.parameters(
        (["a"], ["7"], ["a"], "'a' has the category '7', and Code League wants two digits, such as 07"),
        (["a"], ["group1"], ["a"], "'a' has the category 'group1'"),
        (["a", "a"], ["07", "07"], ["a"], "Among the predictions 'a' occurs twice"),
        (["a"], ["07"], ["a", "a"], "Among the rows asked for 'a' occurs twice"),
        (["a"], ["07"], ["a", "b"], "1 of 2 rows asked for have no prediction, such as 'b': was it rejected"),
        (["a", "b"], ["07", "41"], ["a"], "1 predictions are of rows that nobody asked for, such as 'b'"),
    )
    def test_what_would_be_refused_is_named(self, ids, categories, wanted, message):
        with self.assertRaisesRegex(ValueError, message):
            class_submission.code_league(ids, categories, wanted)

    def test_two_pictures_of_one_name_are_refused(self):
        with self.assertRaisesRegex(ValueError, "'x.jpg' occurs twice"):
            class_submission.aliproducts(["test/x.jpg", "val/1/x.jpg"], ["1", "2"], ["x.jpg"])


class WrittenTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())

    def submission(self, unlabelled=2, **flags):
        with mock.patch.object(written.Manifest, "read") as read:
            read.return_value.count.return_value = unlabelled
            said = written.submission(self.folder, Predictions(**flags))
        with open(f"{self.folder}/submission.csv") as file:
            return file.read(), "\n".join(said)

    def test_a_competition_gets_the_unlabelled_rows(self):
        plant(self.folder, PROBABILITIES, [0, -1, -1], [0, -1, -1], {}, CODES)
        text, said = self.submission(submission="code_league")
        self.assertEqual(text, "filename,category\np1,41\np2,07\n")
        self.assertIn("submission.csv: 2 rows (filename, category)", said)

    def test_its_own_list_decides(self):
        plant(self.folder, PROBABILITIES, [0, -1, -1], [0, -1, -1], {}, CODES)
        path = os.path.join(self.folder, "test.csv")
        with open(path, "w") as file:
            file.write("filename,category\np2,43\np1,43\n")
        self.assertEqual(self.submission(submission="code_league", submission_ids=path)[0],
                         "filename,category\np2,07\np1,41\n")  # fmt: skip
        with open(path, "a") as file:
            file.write("p9,43\n")
        with self.assertRaisesRegex(ValueError, "1 of 3 rows asked for have no prediction, such as 'p9'"):
            self.submission(submission="code_league", submission_ids=path)

    def test_rows_that_were_not_predicted_are_missed(self):
        plant(self.folder, PROBABILITIES, [0, -1, -1], [0, -1, -1], {}, CODES)
        with self.assertRaisesRegex(ValueError, "records has 3 unlabelled rows, and 2 are predicted"):
            self.submission(3, submission="aliproducts")

    def test_records_without_unlabelled_rows_have_nothing_to_submit(self):
        plant(self.folder, PROBABILITIES, [0, 1, 0], 0, {}, CODES)
        with self.assertRaisesRegex(ValueError, "--submission=code_league: .* has no unlabelled row to answer"):
            self.submission(submission="code_league")

    def test_a_table_has_all_rows_and_their_levels(self):
        plant(self.folder, [[0.7, 0.1, 0.1, 0.1], [0.4, 0.4, 0.1, 0.1]], [0, -1], [0, -1], {})
        self.assertEqual(self.submission()[0], "id,predicted,confidence,level_1\np0,ant,0.7,small\np1,ant,0.4,small\n")

    def test_with_min_confidence_it_has_the_answers(self):
        plant(self.folder, [[0.7, 0.1, 0.1, 0.1], [0.4, 0.4, 0.1, 0.1]], [0, -1], [0, -1], {})
        text, said = self.submission(min_confidence=0.6)
        self.assertEqual(text.splitlines()[2], "p1,ant,0.4,small,level_1,small,0.8")
        self.assertIn("level_1             1  0.5000", said)

    def test_a_table_of_many_rows_is_whole(self):
        with mock.patch.object(prediction_folder, "ROWS", 2):
            plant(self.folder, np.tile(PROBABILITIES, (2, 1)), [0, 1, 0] * 2, 0, {}, CODES)
            self.assertLen(self.submission()[0].splitlines(), 7)

    def test_flags_that_fit_nothing_are_refused_before_the_work(self):
        with self.assertRaisesRegex(ValueError, "--submission=code_league is of unlabelled rows, and .*=test has none"):
            written.check(Predictions(submission="code_league"), TREE, "test")
        with self.assertRaisesRegex(ValueError, "--min_confidence=0.6 backs off to levels.*convert with --hierarchy"):
            written.check(Predictions(min_confidence=0.6), CODES)


if __name__ == "__main__":
    tf.test.main()
