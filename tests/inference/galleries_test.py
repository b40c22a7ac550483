"""Who asks whom."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from inference.galleries import choose_galleries

LABEL = np.repeat(np.arange(20), 3)
FOLD = np.repeat(np.arange(20) % 5, 3)


class GalleriesTest(tf.test.TestCase, parameterized.TestCase):
    def test_all_searches_everything(self):
        found = choose_galleries(LABEL, FOLD, "all")
        for gallery in (found.use, found.validation, found.test):
            self.assertAllEqual(gallery, np.arange(60))
        self.assertAllEqual(found.validation_queries, np.flatnonzero(FOLD == 0))
        self.assertAllEqual(found.test_queries, np.flatnonzero(FOLD == 1))

    def test_validation_is_filled_up_to_the_gallery_of_use_by_training_rows(self):
        fold = np.where(FOLD == 0, np.where(LABEL < 5, 0, 2), FOLD)
        found = choose_galleries(LABEL, fold, "test")
        self.assertAllEqual(found.use, np.flatnonzero(fold == 1))
        self.assertAllEqual(found.test, found.use)
        self.assertLen(found.validation, len(found.use))
        self.assertAllInSet(fold[found.validation], [0, 2, 3, 4])
        self.assertContainsSubset(found.validation_queries, found.validation)

    def test_filling_takes_the_other_held_out_fold_last(self):
        label, fold = np.concatenate([LABEL, np.full(58, -1)]), np.concatenate([FOLD, np.full(58, -1)])
        found = choose_galleries(label, fold, "auto")
        self.assertEqual(found.rows, "unlabelled")
        self.assertAllEqual(found.use, np.arange(60, 118))
        self.assertEqual((fold[found.validation] == 1).sum(), 58 - (FOLD != 1).sum())

    def test_the_seed_decides_who_fills_up(self):
        fold = np.where(LABEL == 0, 0, np.where(LABEL < 10, 1, 2))
        one, same, other = (choose_galleries(LABEL, fold, "test", seed=seed).validation for seed in (1, 1, 2))
        self.assertAllEqual(one, same)
        self.assertNotAllEqual(one, other)

    def test_auto_takes_everything_where_all_is_labelled(self):
        self.assertEqual(choose_galleries(LABEL, FOLD).rows, "all")

    def test_no_test_fold_gives_no_test_query(self):
        self.assertEmpty(choose_galleries(LABEL, FOLD, "all", test_fold=-1).test_queries)

    @parameterized.parameters(
        ({"label": np.full(60, -1)}, "None of the 60 products has a label.*Label some of them"),
        ({"validation_fold": 9}, "--validation_fold=9 has 0 labelled products.*Folds there are: 0 .12 products., 1"),
        ({"label": np.arange(60)}, "12 labelled products and no two of one label"),
        ({"rows": "unlabelled"}, "--match_rows=unlabelled: no product of that kind"),
        ({"rows": "some"}, "match_rows='some': expected auto, all, test or unlabelled"),
    )
    def test_says_what_is_wrong(self, arguments, message):
        with self.assertRaisesRegex(ValueError, message):
            choose_galleries(**{"label": LABEL, "fold": FOLD, **arguments})


if __name__ == "__main__":
    tf.test.main()
