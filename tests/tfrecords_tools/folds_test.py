"""Folds: whole groups, even sizes, the same every time, and explicit splits."""

from collections import Counter

import numpy as np
import tensorflow as tf
from sklearn.model_selection import GroupKFold

from tfrecords_tools import folds
from tfrecords_tools.product import Product


def products(sizes, split=""):
    names = [f"group{i}" for i, size in enumerate(sizes) for _ in range(size)]
    return [Product(str(i), label_name=name, split=split) for i, name in enumerate(names)]


class FoldsTest(tf.test.TestCase):
    def test_a_group_is_in_one_fold_and_fold_sizes_are_those_of_group_k_fold(self):
        rows = products(np.random.default_rng(0).integers(2, 30, 100))
        assigned = folds.assign(rows, 5)
        names = [row.label_name for row in rows]
        self.assertLen({(name, fold) for name, fold in zip(names, assigned, strict=True)}, 100)
        reference = [len(test) for _, test in GroupKFold(5).split(rows, groups=names)]
        self.assertEqual(sorted(Counter(assigned).values()), sorted(reference))

    def test_the_seed_decides_which_group_goes_where(self):
        rows = products([3] * 40)
        self.assertEqual(folds.assign(rows, 4, seed=1), folds.assign(rows, 4, seed=1))
        self.assertNotEqual(folds.assign(rows, 4, seed=1), folds.assign(rows, 4, seed=2))

    def test_unlabelled_products_are_in_no_fold(self):
        self.assertEqual(folds.assign([Product("1"), Product("2", split="test")], 5), [-1, -1])

    def test_splits_of_the_table_stand(self):
        rows = [Product(s, label_name=s, split=s) for s in ("train", "validation", "test")] + [
            Product("u", split="test")
        ]
        self.assertEqual(folds.assign(rows, 5), [2, 0, 1, -1])

    def test_without_validation_rows_train_groups_are_dealt_around_the_test_fold(self):
        rows = products([2] * 12, "train") + [Product("t", label_name="other", split="test")]
        assigned = folds.assign(rows, 5)
        self.assertEqual(set(assigned[:-1]), {0, 2, 3, 4})
        self.assertEqual(assigned[-1], 1)

    def test_fewer_groups_than_folds_are_refused(self):
        with self.assertRaisesRegex(
            ValueError, "3 label groups for 5 folds, .* lower --folds, or name a --split_column"
        ):
            folds.assign(products([2, 2, 2]), 5)

    def test_some_splits_and_some_none_are_refused(self):
        rows = [Product("1", label_name="a", split="train"), Product("2", label_name="b")]
        with self.assertRaisesRegex(ValueError, "1 of 2 labelled products have no split, the first is '2'"):
            folds.assign(rows, 5)


if __name__ == "__main__":
    tf.test.main()
