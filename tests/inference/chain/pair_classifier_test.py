"""The pair classifier: features by hand, two layers, and no row is judged by a model that saw its group."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from inference.baselines import baseline_spaces
from inference.chain import pair_classifier, pair_features, pool
from tests.inference import planted


def gathered(groups=30, seed=0, noise=0.5):
    """Groups of 3; titles share a maker with others and differ by a model number of each group."""
    table = planted.products(groups=groups)
    table["title"] = [f"lamp maker{group % 3} mx-{group * 7 + seed}" for group in table["label"]]
    table["phash"] = ""
    labels = table["label"].to_numpy()
    spaces = {"title": planted.space(labels, noise, seed), **baseline_spaces(table)}
    return pool.gather(table, spaces, np.arange(len(table)), 10), labels


class PairFeaturesTest(tf.test.TestCase, parameterized.TestCase):
    def features(self, titles, scores=((1.0, 0.9, 0.5), (1.0, 0.9, 0.2), (1.0, 0.5, 0.2))):
        table = planted.products(groups=1).assign(title=titles)
        basis = np.linalg.cholesky(np.array([[1, 0.9, 0.5], [0.9, 1, 0.2], [0.5, 0.2, 1]]))
        self.assertAllClose(basis @ basis.T, [[1, 0.9, 0.5], [0.9, 1, 0.2], [0.5, 0.2, 1]])
        small = pool.gather(table, {"a": basis.astype(np.float32)}, np.arange(3), 3)
        pairs = pair_features.Pairs(small)
        made = pair_features.PairFeatures(small, pairs, ["a"])
        return dict(zip(zip(pairs.row.tolist(), pairs.other.tolist(), strict=True), made.of(), strict=True))

    def test_of_a_space_are_cosine_gaps_and_both_ranks(self):
        found = self.features(["x"] * 3)
        self.assertAllClose(found[0, 2][:6], [0.5, 0.4, 0.0, 0.0, 1, 0], atol=1e-5)
        self.assertAllClose(found[2, 1][:6], [0.2, 0.3, 0.0, 0.7, 1, 1], atol=1e-5)

    def test_of_titles_are_shared_words_and_model_numbers_however_punctuated(self):
        found = self.features(["Lamp HX-MU03 white", "lamp hx/mu03", "lamp AB12"])
        words, numbers = slice(6, 12), slice(12, 18)
        self.assertGreater(found[0, 1][numbers][0], 0.0)
        self.assertEqual(found[0, 2][numbers][0], 0.0)
        self.assertAllClose(found[0, 1][numbers][1:3], [1.0, 1.0])
        self.assertGreater(found[0, 1][words][0], found[0, 2][words][0])

    def test_quantities_that_contradict_are_marked(self):
        found = self.features(["tea 100 g", "tea 250 g", "tea 0.1 kg"])
        self.assertEqual([found[0, 1][18], found[0, 2][18]], [1.0, 0.0])

    def test_without_a_title_nothing_is_known_of_words(self):
        found = self.features(["tea", "", "tea"])
        self.assertTrue(np.isnan(found[0, 1][6:]).all())
        self.assertFalse(np.isnan(found[0, 2][6:-2]).any())  # the last two want model numbers


class PairClassifierTest(tf.test.TestCase):
    def test_the_first_layer_finds_what_words_tell(self):
        (seen, seen_labels), (new, labels) = gathered(seed=0), gathered(seed=5)
        layer = pair_classifier.train([seen], [seen_labels], ("tfidf_word", "tfidf_char"))
        pairs = pair_classifier.judged_pairs(new)
        scores = layer.scores(new, pairs)[pairs.row, pairs.column]
        same = labels[pairs.row] == labels[pairs.other]
        self.assertGreater(scores[same].min(), scores[~same].max())

    def test_no_judged_row_is_scored_by_a_model_that_saw_its_group(self):
        """Labels without rhyme or reason can be learned by heart, and are not foretold for a group not seen."""
        whole, _ = gathered(groups=40, noise=3.0)
        labels = np.random.default_rng(0).permutation(np.repeat(np.arange(40), 3))
        pairs = pair_classifier.judged_pairs(whole)
        layer, unseen = pair_classifier.train_held_out(whole, pairs, labels, np.ones(120, bool), ("title",))
        same = labels[pairs.row] == labels[pairs.other]
        judged = (scores[pairs.row, pairs.column] for scores in (layer.scores(whole, pairs), unseen))
        by_heart, foretold = (values[same].mean() / values[~same].mean() for values in judged)
        self.assertGreater(by_heart, 4 * foretold)

    def test_labels_of_rows_that_are_not_judged_are_not_looked_at(self):
        whole, labels = gathered(groups=40)
        judged = labels < 30
        hidden = np.where(judged, labels, -1)
        pairs = pair_classifier.judged_pairs(whole)
        found = [pair_classifier.train_held_out(whole, pairs, known, judged, ("title",)) for known in (labels, hidden)]
        self.assertAllEqual(found[0][1], found[1][1])

    def test_too_few_groups_give_no_layer(self):
        whole, labels = gathered(groups=4)
        pairs = pair_classifier.judged_pairs(whole)
        self.assertIsNone(pair_classifier.train_held_out(whole, pairs, labels, np.ones(12, bool), ("title",)))
        self.assertIsNone(pair_classifier.train([], [], ()))


if __name__ == "__main__":
    tf.test.main()
