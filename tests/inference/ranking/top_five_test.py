"""The official form of a submission, and what would be refused."""

import os
import tempfile

import numpy as np
import pandas as pd
import tensorflow as tf
from absl.testing import parameterized

from inference.ranking import top_five
from tests.inference.ranking.planted_scores import drawn, planted

GOOD = ["3", "11", "12", "13", "14", "15"]


class SubmissionTest(tf.test.TestCase, parameterized.TestCase):
    def test_the_five_best_of_every_query(self):
        rows = [(query, product, -abs(product - query), 0) for query in (30, 4) for product in range(2, 40)]
        self.assertEqual(
            top_five.submission(planted(rows)).to_csv(index=False),
            "query-id,product1,product2,product3,product4,product5\n4,4,3,5,2,6\n30,30,29,31,28,32\n",
        )

    def test_too_few_candidates_are_an_error(self):
        rows = [(3, product, 0.5, 0) for product in range(5)] + [(4, product, 0.5, 0) for product in range(4)]
        message = "planted: query 4 has 4 candidates, and a submission wants 5 .* in all: 1. Were their rows rejected"
        with self.assertRaisesRegex(ValueError, message):
            top_five.submission(planted(rows))

    def test_the_queries_asked_for_are_all_there_and_no_other(self):
        scores = drawn(3, 6, 0.0, 0)
        self.assertLen(top_five.submission(scores, np.array([2, 0, 1])), 3)
        with self.assertRaisesRegex(ValueError, "1 of 4 queries have no row, such as 8: every query must be answered"):
            top_five.submission(scores, np.array([0, 1, 2, 8]))
        with self.assertRaisesRegex(ValueError, "Row 4 cannot be submitted: nobody asked for query 2"):
            top_five.submission(scores, np.array([0, 1]))

    @parameterized.parameters(
        ([GOOD, ["4", "11", "12", "13", "14", "x5"]], "Row 3 cannot be submitted: 'x5' is not an id of digits"),
        ([GOOD, ["4.0", "11", "12", "13", "14", "15"]], "Row 3 .* '4.0' is not an id of digits"),
        ([["4", "11", "12", "13", "12", "15"], GOOD], "Row 2 .* query 4 has a product twice, 11,12,13,12,15"),
        ([GOOD, GOOD], "Row 3 cannot be submitted: query 3 has a row already"),
    )
    def test_the_official_rules(self, rows, message):
        with self.assertRaisesRegex(ValueError, message):
            top_five.check(pd.DataFrame(rows, columns=top_five.HEADER), [3, 4])

    def test_another_header_is_refused(self):
        with self.assertRaisesRegex(ValueError, "header of a submission is query-id,product1,.*, not a,b"):
            top_five.check(pd.DataFrame([["1", "2"]], columns=["a", "b"]), [1])


class WantedTest(tf.test.TestCase):
    def test_the_first_column_is_read(self):
        path = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), "sample.csv")
        with open(path, "w") as file:
            file.write("query-id,product1\n12,1\n007,1\n")
        self.assertAllEqual(top_five.wanted_queries(path), [12, 7])
        with open(path, "a") as file:
            file.write("12,5\n")
        with self.assertRaisesRegex(ValueError, "sample.csv, row 4: query 12 is in row 2 already"):
            top_five.wanted_queries(path)
        with open(path, "w") as file:
            file.write("query-id\nq1\n")
        with self.assertRaisesRegex(ValueError, "sample.csv, row 2: 'q1' is not a query id of digits"):
            top_five.wanted_queries(path)
        open(path, "w").close()
        with self.assertRaisesRegex(ValueError, "sample.csv is empty: expected a header, and a query id"):
            top_five.wanted_queries(path)


if __name__ == "__main__":
    tf.test.main()
