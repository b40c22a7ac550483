"""Spaces that need no training."""

import numpy as np
import pandas as pd
import tensorflow as tf
from absl.testing import parameterized

from inference.baselines import ANALYZERS, EQUAL_PHASH, baseline_spaces, phash_space, tfidf_space


class PhashTest(tf.test.TestCase):
    def test_cosine_counts_the_bits_that_differ(self):
        space = phash_space(["0000000000000000", "0000000000000007", "ffffffffffffffff"])
        self.assertAllEqual(space @ space.T, 1 - 2 * np.array([[0, 3, 64], [3, 0, 61], [64, 61, 0]]) / 64)

    def test_only_equal_hashes_reach_the_threshold_of_equality(self):
        space = phash_space(["b1939392793c6ccc", "b1939392793c6ccc", "b1939392793c6ccd"])
        self.assertAllEqual(space[0] @ space.T >= EQUAL_PHASH, [True, True, False])

    def test_no_hash_gives_a_zero_row(self):
        self.assertAllEqual(phash_space(["", "ff00ff00ff00ff00"]).any(axis=1), [False, True])

    def test_names_a_hash_of_another_length(self):
        with self.assertRaisesRegex(ValueError, "Row 1: phash 'ff' is not 16 hexadecimal digits"):
            phash_space(["", "ff"])


class TfidfTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*ANALYZERS)
    def test_rows_are_unit_vectors_or_empty(self, analyzer):
        space = tfidf_space(["red shoe 42", "", "RED shoé"], analyzer)
        self.assertAllClose(np.sqrt(space.multiply(space).sum(axis=1)), [[1.0], [0.0], [1.0]])
        self.assertGreater((space[0] @ space[2].T).toarray()[0, 0], 0.3)

    def test_pieces_of_words_see_a_model_number_written_in_two_ways(self):
        titles = ["samsung hxmu032dc", "samsung hx-mu032dc", "samsung galaxy tablet", "apple phone"]
        word, char = (tfidf_space(titles, name) for name in ("tfidf_word", "tfidf_char"))
        self.assertGreater((char[0] @ char[1].T).toarray()[0, 0], 2 * (word[0] @ word[1].T).toarray()[0, 0])

    def test_pieces_that_most_titles_share_are_left_out_but_never_those_of_a_group(self):
        shared = [f"zigbee {chr(97 + row % 26) * 3}" for row in range(150)]
        self.assertEqual(tfidf_space([*shared, "zigbee"], "tfidf_char")[-1].nnz, 0)
        self.assertGreater(tfidf_space(["zigbee"] * 51 + ["lamp"] * 9, "tfidf_char")[0].nnz, 0)

    @parameterized.parameters(*ANALYZERS)
    def test_titles_without_a_letter_give_an_empty_space(self, analyzer):
        self.assertEqual(tfidf_space(["", " "], analyzer).nnz, 0)

    def test_pieces_that_all_titles_share_give_an_empty_space(self):
        self.assertEqual(tfidf_space(["zigbee lamp"] * 200, "tfidf_char").nnz, 0)

    def test_a_table_gives_the_spaces_it_has_data_for(self):
        table = pd.DataFrame({"title": ["a b", ""], "phash": ["", ""]})
        self.assertEqual(list(baseline_spaces(table)), ["tfidf_word", "tfidf_char"])
        table = pd.DataFrame({"title": ["", ""], "phash": ["", "ff00ff00ff00ff00"]})
        self.assertEqual(list(baseline_spaces(table)), ["phash"])


if __name__ == "__main__":
    tf.test.main()
