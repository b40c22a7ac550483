"""submission.csv, and what it refuses."""

import os

import tensorflow as tf
from absl.testing import parameterized

from inference.submit import submission, write_csv


class SubmissionTest(tf.test.TestCase, parameterized.TestCase):
    def test_has_the_form_that_shopee_asks_for(self):
        table = submission(["a", "b", "c"], [["a", "b"], ["b", "a"], ["c"]])
        path = os.path.join(self.get_temp_dir(), "submission.csv")
        write_csv(path, table)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "posting_id,matches\na,a b\nb,b a\nc,c\n")
        self.assertEqual(os.listdir(os.path.dirname(path)), ["submission.csv"])

    @parameterized.parameters(
        (["a"], [["b"]], "'a' cannot be submitted: its matches lack the posting itself"),
        (["a"], [["a", "b", "b"]], "'a' cannot be submitted: one of its matches is listed twice"),
        (["a"], [["a", *map(str, range(50))]], "'a' cannot be submitted: it has 51 matches, at most 50"),
        (["a b"], [["a b"]], "'a b' cannot be submitted: its id is empty or holds a space"),
        ([""], [[""]], "'' cannot be submitted: its id is empty or holds a space"),
        (["a", "a"], [["a"], ["a"]], "'a' cannot be submitted: it occurs twice"),
        (["a", "b"], [["a"]], "2 posting ids and 1 lists of matches"),
    )
    def test_names_the_posting_that_would_be_refused(self, ids, matches, message):
        with self.assertRaisesRegex(ValueError, message):
            submission(ids, matches)

    def test_fifty_matches_are_allowed(self):
        self.assertLen(submission(["0"], [[str(item) for item in range(50)]]).matches[0].split(), 50)


if __name__ == "__main__":
    tf.test.main()
