"""From a table and its spaces to matches, on planted catalogues with known answers."""

from unittest import mock

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from inference import matching
from inference.matching import match
from tests.inference import planted


def methods_of(result):
    return {method.name: method for method in result.methods}


def groups_of(table):
    """For every row the set of rows of its planted group, whatever the table says of labels."""
    group = table["title"].to_numpy()
    return [set(np.flatnonzero(group == own)) for own in group]


class MatchTest(tf.test.TestCase, parameterized.TestCase):
    def test_a_planted_catalogue_is_matched_whole(self):
        table = planted.products()
        result = match(table, {"title": planted.space(table["label"].to_numpy(), 0.02)})
        self.assertEqual([set(found) for found in result.matches], groups_of(table))
        self.assertEqual([found[0] for found in result.matches], list(range(len(table))))
        self.assertEqual(result.chosen.mean_f1, 1.0)
        self.assertAllEqual(result.test_f1, np.ones(len(result.galleries.test_queries)))

    def test_blocks_of_queries_give_what_all_at_once_give_and_are_told_as_one(self):
        table, told = planted.products(), []
        spaces = {"title": planted.space(table["label"].to_numpy(), 0.02)}
        whole = match(table, spaces)
        with mock.patch.object(matching, "BLOCK", 50):
            cut = match(table, spaces, say=lambda what, done, of: told.append((what, done, of)))
        self.assertEqual([list(found) for found in whole.matches], [list(found) for found in cut.matches])
        counts = [(done, of) for what, done, of in told if what.startswith("matches, ")]
        self.assertEqual(counts[: 1 + counts.index((180, 180))], [(50, 180), (100, 180), (150, 180), (180, 180)])

    def test_every_method_is_named_and_alone_scores_what_a_lone_match_scores(self):
        table = planted.products()
        labels = table["label"].to_numpy()
        result = match(table, {name: planted.space(labels, 0.3, seed) for seed, name in enumerate(("image", "joint"))})
        baselines, combined = ["phash", "hamming", "tfidf", "tfidf_phash"], ["pictures", "titles", "fused", "union"]
        self.assertEqual(list(methods_of(result)), ["alone", *baselines, "image", "joint", *combined])
        self.assertAllClose(methods_of(result)["alone"].mean_f1, 0.5)
        self.assertEqual(methods_of(result)["alone"].matches_per_item, 1.0)

    @parameterized.parameters(*range(4))
    def test_fused_and_union_are_never_worse_on_validation_than_a_space(self, seed):
        table = planted.products()
        labels = table["label"].to_numpy()
        noise = np.random.default_rng(seed).random(2)
        table["title"] = table["phash"] = ""
        spaces = {name: planted.space(labels, blur, seed) for name, blur in zip(("image", "title"), noise, strict=True)}
        found = methods_of(match(table, spaces))
        best = max(found[name].validation_f1 for name in spaces)
        self.assertGreaterEqual(found["fused"].validation_f1 + 1e-8, best)
        self.assertGreaterEqual(found["union"].validation_f1 + 1e-8, best)

    def test_a_picture_here_and_a_title_there_are_matched_by_the_union(self):
        table = planted.products()
        labels = table["label"].to_numpy()
        table["title"] = table["phash"] = ""
        pictured = (labels // 3 % 2 == 0)[:, None]
        spaces = {"image": planted.space(labels, 0.02) * pictured, "title": planted.space(labels, 0.02, 1) * ~pictured}
        found = methods_of(match(table, spaces))
        self.assertEqual(found["union"].mean_f1, 1.0)
        self.assertLess(found["image"].mean_f1, 0.9)

    def test_unlabelled_products_are_matched_among_themselves(self):
        table = planted.products(unlabelled=30)
        groups = groups_of(planted.products())
        result = match(table, {"title": planted.space(planted.products()["label"].to_numpy(), 0.02)})
        self.assertEqual(result.galleries.rows, "unlabelled")
        self.assertAllEqual(result.galleries.use, np.arange(150, 180))
        self.assertEqual([set(found) for found in result.matches], groups[150:])

    def test_the_test_fold_alone_can_be_matched(self):
        table = planted.products()
        result = match(table, {"title": planted.space(table["label"].to_numpy(), 0.02)}, "test")
        self.assertAllEqual(result.galleries.use, np.flatnonzero(table["fold"] == 1))
        self.assertEqual([set(found) for found in result.matches], [set(found) for found in result.test_matches])
        self.assertEqual([set(found) for found in result.test_expected], [set(found) for found in result.test_matches])

    def test_without_a_test_fold_there_is_no_test_figure(self):
        table = planted.products()
        result = match(table, {"title": planted.space(table["label"].to_numpy(), 0.02)}, test_fold=-1)
        self.assertEqual([method.mean_f1 for method in result.methods], [None] * len(result.methods))
        self.assertEmpty(result.test_matches)
        self.assertLen(result.matches, len(table))

    def test_test_labels_change_nothing_that_is_matched(self):
        table = planted.products()
        spaces = {"title": planted.space(table["label"].to_numpy(), 0.3)}
        one = match(table, spaces)
        shuffled = table.copy()
        test = table["fold"] == 1
        shuffled.loc[test, "label"] = np.random.default_rng(0).permutation(table.loc[test, "label"].to_numpy())
        other = match(shuffled, spaces)
        self.assertEqual(one.chosen.thresholds, other.chosen.thresholds)
        self.assertEqual([found.tolist() for found in one.matches], [found.tolist() for found in other.matches])
        self.assertNotEqual(one.chosen.mean_f1, other.chosen.mean_f1)

    def test_a_group_beyond_fifty_is_cut_to_the_fifty_best(self):
        table = planted.products(groups=6, size=60)
        result = match(table, {"title": planted.space(table["label"].to_numpy(), 0.02)})
        self.assertEqual({len(found) for found in result.matches}, {50})
        self.assertEqual([found[0] for found in result.matches], list(range(len(table))))

    def test_exact_duplicates_do_not_push_a_product_out_of_its_own_list(self):
        table = planted.products(groups=6, size=60)
        result = match(table, {"title": planted.space(table["label"].to_numpy(), 0.0)})
        self.assertEqual([found[0] for found in result.matches], list(range(len(table))))

    def test_a_gallery_of_one_product(self):
        table = planted.products(unlabelled=1)
        result = match(table, {"title": planted.space(planted.products()["label"].to_numpy(), 0.02)})
        self.assertEqual([found.tolist() for found in result.matches], [[len(table) - 1]])

    def test_without_any_space_or_side_products_match_themselves(self):
        table = planted.products().assign(title="", phash="")
        result = match(table, {})
        self.assertEqual(list(methods_of(result)), ["alone", "tfidf_phash"])
        self.assertEqual([found.tolist() for found in result.matches], [[row] for row in range(len(table))])

    def test_products_without_title_and_picture_match_themselves_alone(self):
        table = planted.products()
        lacking = np.arange(len(table)) % 9 == 0
        table.loc[lacking, ["title", "phash"]] = ""
        result = match(table, {"title": planted.space(table["label"].to_numpy(), 0.02) * ~lacking[:, None]})
        self.assertEqual(
            [found.tolist() for found in np.array(result.matches, object)[lacking]],
            [[row] for row in np.flatnonzero(lacking)],
        )

    def test_min2_can_be_switched_off(self):
        table = planted.products()
        result = match(table, {"title": planted.space(table["label"].to_numpy(), 0.3)}, min2=False)
        for method in result.methods:
            self.assertTrue(all(cut.first == cut.second for cut in method.thresholds.values()))

    def test_curves_and_histograms_describe_the_validation_queries(self):
        table = planted.products()
        result = match(table, {"title": planted.space(table["label"].to_numpy(), 0.1)})
        curve, histogram = result.curves["title"], result.histograms["title"]
        self.assertAllClose(max(curve["validation_f1"]), 1.0)
        self.assertEqual(sorted(curve["threshold"]), curve["threshold"])
        self.assertLen(histogram["bins"], len(histogram["same"]) + 1)
        self.assertEqual(sum(histogram["same"]), 2 * len(result.galleries.validation_queries))

    def test_embeddings_of_other_records_are_refused(self):
        table = planted.products()
        with self.assertRaisesRegex(ValueError, "'title' has 5 rows, the table 180 products.*inference.embed again"):
            match(table, {"title": np.eye(5, dtype=np.float32)})

    def test_a_value_that_is_not_a_number_is_named(self):
        table = planted.products()
        vectors = planted.space(table["label"].to_numpy(), 0.1)
        vectors[7, 2] = np.nan
        with self.assertRaisesRegex(ValueError, "'title' has a value that is not a number in row 7"):
            match(table, {"title": vectors})


if __name__ == "__main__":
    tf.test.main()
