"""The list: a class never vanishes, and small ones are listed several times."""

import numpy as np
import tensorflow as tf

from training.cleaning import reliable


class ReliableTest(tf.test.TestCase):
    def test_one_random_row_of_a_class_stays_the_same_every_time(self):
        label, dropped = np.repeat([0, 1, 2], 50), np.repeat([True, False, True], 50)
        names = ["a", "b", "c"]
        found = reliable.keep_one(label, dropped, names, seed=0)
        self.assertAllEqual(label[found], [0, 2])
        self.assertAllEqual(found, reliable.keep_one(label, dropped, names, seed=0))
        draws = {int(reliable.keep_one(label, dropped, names, seed)[0]) for seed in range(20)}
        self.assertGreater(len(draws), 5)
        self.assertAllInRange(list(draws), 0, 49)

    def test_a_class_of_one_row_is_not_lost(self):
        self.assertAllEqual(reliable.keep_one(np.array([3]), np.array([True]), ["", "", "", "d"], 0), [0])

    def test_small_classes_are_listed_ten_times_together(self):
        label = np.array([0] * 4 + [1] * 12 + [2])
        kept = np.array([True, False, True, True] + [True] * 12 + [True])
        found = reliable.copies(label, kept, 10)
        self.assertAllEqual(found, [4, 0, 3, 3] + [1] * 12 + [10])
        self.assertAllEqual(reliable.copies(label, kept, 0), kept)

    def test_the_list_says_why(self):
        text = reliable.text(["x", "y"], ["a", "a"], [True, False], ["", "far"], ["a", "b"], [0.5, 0.25], [10, 0])
        self.assertEqual(
            text,
            "id,label,kept,reason,predicted,confidence,copies\nx,a,1,,a,0.5000,10\ny,a,0,far,b,0.2500,0\n",
        )


if __name__ == "__main__":
    tf.test.main()
