"""What benchmarks/matching.py draws is as it says, and each search runs in a process of its own."""

import numpy as np
import tensorflow as tf

from benchmarks import matching


class MatchingTest(tf.test.TestCase):
    def test_embeddings_are_unit_rows_in_groups(self):
        rows = matching.embeddings(2000, 64)
        self.assertAllClose(np.linalg.norm(rows, axis=1), np.ones(2000), atol=1e-5)
        nearest = np.sort(rows @ rows.T, axis=1)[:, -2]
        self.assertGreater(np.median(nearest), 0.6)
        self.assertLess(np.median(rows @ rows.T), 0.2)

    def test_titles_share_words_in_groups(self):
        titles = [set(title.split()) for title in matching.titles(300)]
        self.assertBetween(min(map(len, titles)), 1, 5)
        self.assertGreater(max(len(titles[0] & other) for other in titles[1:]), 2)

    def test_exact_search_is_measured_in_a_process_of_its_own(self):
        taken = matching._alone("exact", 1000)
        self.assertCountEqual(taken, ["seconds", "peak"])
        self.assertGreater(taken["seconds"], 0)

    def test_titles_are_searched_by_both(self):
        for name in ("tfidf", "scikit"):
            self.assertGreater(matching._alone(name, 1000)["items_per_second"], 0)


if __name__ == "__main__":
    tf.test.main()
