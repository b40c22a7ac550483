"""Three ways to deal: what each keeps whole, how even it is, and what changes it."""

from collections import Counter

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from tfrecords_tools import deals, folds
from tfrecords_tools.product import Product

FOLDS = [0, 1, 2, 3, 4]


def products(sizes):
    names = [f"group{i}" for i, size in enumerate(sizes) for _ in range(size)]
    return [Product(str(row), label_name=name) for row, name in enumerate(names)]


def counts(rows, dealt):
    """int [labels, folds]: how many products of each label are in each fold."""
    found = Counter((row.label_name, fold) for row, fold in zip(rows, dealt, strict=True))
    return np.array([[found[name, fold] for fold in FOLDS] for name in sorted({row.label_name for row in rows})])


class StratifiedTest(tf.test.TestCase):
    def test_a_label_s_shares_differ_by_one_at_most_and_folds_are_even(self):
        rows = products(np.random.default_rng(0).integers(5, 60, 80))
        table = counts(rows, deals.stratified(rows, FOLDS, 0))
        self.assertLessEqual((table.max(1) - table.min(1)).max(), 1)
        self.assertLessEqual(table.sum(0).max() - table.sum(0).min(), 1)

    def test_a_rare_label_always_trains(self):
        rows = products([1, 2, 3, 4] * 10)
        table = counts(rows, deals.stratified(rows, FOLDS, 0))
        self.assertEqual(table.max(), 1)
        self.assertTrue((table[:, deals.TRAIN :].sum(1) >= 1).all())
        self.assertGreater(table[:, 0].sum(), 0)

    def test_which_product_goes_where_depends_on_the_seed(self):
        rows = products([20, 20])
        self.assertEqual(deals.stratified(rows, FOLDS, 1), deals.stratified(rows, FOLDS, 1))
        self.assertNotEqual(deals.stratified(rows, FOLDS, 1), deals.stratified(rows, FOLDS, 2))


class HashTest(tf.test.TestCase):
    def test_a_group_keeps_its_fold_when_others_join_or_leave(self):
        few, many = products([2] * 50), products([3] * 200)
        fold_of = dict(zip((row.label_name for row in many), deals.by_hash(many, FOLDS, 7), strict=True))
        self.assertEqual(deals.by_hash(few, FOLDS, 7), [fold_of[row.label_name] for row in few])
        self.assertNotEqual(deals.by_hash(few, FOLDS, 8), deals.by_hash(few, FOLDS, 7))

    def test_the_number_is_the_head_of_sha256_for_ever(self):
        # printf '0\x1fmug' | sha256sum
        self.assertEqual(deals.hash_of("mug", 0), 0x105D53EE08267033)

    def test_folds_are_about_even(self):
        rows = products([1] * 5000)
        self.assertAllInRange(list(Counter(deals.by_hash(rows, FOLDS, 0)).values()), 850, 1150)


class AssignTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*deals.DEALS)
    def test_unlabelled_rows_and_given_splits_are_left_alone(self, split):
        rows = [Product("u"), *products([4] * 40), Product("v")]
        assigned = folds.assign(rows, 5, split=split)
        self.assertEqual((assigned[0], assigned[-1], set(assigned[1:-1])), (-1, -1, set(FOLDS)))
        given = [Product(s, label_name="a", split=s) for s in ("train", "validation", "test")]
        self.assertEqual(folds.assign(given, 5, split=split), [2, 0, 1])

    def test_train_rows_alone_are_stratified_around_a_given_test(self):
        train = [Product(str(i), label_name=f"label{i % 3}", split="train") for i in range(36)]
        assigned = folds.assign([*train, Product("t", label_name="label0", split="test")], 5, split="stratified")
        self.assertEqual(Counter(assigned), {0: 9, 1: 1, 2: 9, 3: 9, 4: 9})

    @parameterized.parameters(
        (
            "stratified",
            [1, 1, 1],
            "3 products in 3 label groups for 5 folds, and --split=stratified leaves fold 0, 1 empty",
        ),
        ("hash", [2], "--split=hash leaves fold .* empty: lower --folds"),
        ("group", [2, 2], "--split=group leaves fold 2, 3, 4 empty"),
    )
    def test_a_deal_that_leaves_a_fold_empty_is_refused(self, split, sizes, message):
        with self.assertRaisesRegex(ValueError, message):
            folds.assign(products(sizes), 5, split=split)


if __name__ == "__main__":
    tf.test.main()
