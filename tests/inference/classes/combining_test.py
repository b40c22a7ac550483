"""Several runs as one, on planted members: who may judge which row, which weights are found, what each is worth."""

import os
import tempfile

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.classify import Ensemble, Predictions
from inference.classes import combining, gains, prediction_folder, weight_search
from inference.classes.class_tree import ClassTree
from inference.classes.stacked import Stack, joined_tree, mixed
from tests.inference.classes.trained import TREE, plant

ROWS = 400
RANDOM = np.random.default_rng(0)
LABEL = RANDOM.integers(0, 4, ROWS)


def member(strength: float, seed: int, label=LABEL) -> np.ndarray:
    """Probabilities that lean to the right class by `strength`."""
    logits = np.random.default_rng(seed).normal(size=(len(label), 4)) + strength * np.eye(4)[label]
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


GOOD, BAD, WORSE = member(3.0, 1), member(0.2, 2), member(0.0, 3)


class Planted(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.root = tempfile.mkdtemp(dir=self.get_temp_dir())

    def plant(self, name, probabilities, label=LABEL, fold=0, held_out=None, **more):
        return plant(os.path.join(self.root, name), probabilities, label, fold, held_out or {"validation": [0]}, **more)

    def stack(self, *folders):
        return Stack([prediction_folder.read(folder) for folder in folders])


class StackTest(Planted):
    def test_a_row_is_judged_only_by_members_that_were_not_trained_on_it(self):
        fold = np.array([0, 1, 2, 3, -1])
        label, rows = [0, 1, 2, 3, -1], member(1.0, 0, np.zeros(5, int))
        a = self.plant("a", rows, label, fold, {"validation": [0], "test": [3]})
        b = self.plant("b", rows, label, fold, {"validation": [1], "test": [3]})
        stack = self.stack(a, b)
        self.assertAllEqual(stack.may_judge, [[1, 0, 1, 1, 1], [0, 1, 1, 1, 1]])
        self.assertEqual(stack.fold.tolist(), ["validation", "validation", "training", "test", ""])

    def test_the_mean_is_over_those_who_may_judge(self):
        probabilities = np.array([[[1.0, 0.0]] * 3, [[0.0, 1.0]] * 3])
        may_judge = np.array([[True, True, True], [True, False, True]])
        self.assertAllClose(mixed(probabilities, may_judge, [1, 3]), [[0.25, 0.75], [1, 0], [0.25, 0.75]])

    def test_members_without_weight_that_are_alone_count_equally(self):
        self.assertAllClose(mixed(np.array([[[0.6, 0.4]], [[0.2, 0.8]]]), [[True], [False]], [0.0, 1.0]), [[0.6, 0.4]])

    def test_classes_go_by_name_and_unknown_ones_have_no_probability(self):
        other = ClassTree(["dog", "ant", "cow"], [], np.zeros((0, 3), np.int32))
        a = self.plant("a", [[0.1, 0.2, 0.3, 0.4]], [3])
        b = self.plant("b", [[0.5, 0.2, 0.3]], [0], tree=other)
        stack = self.stack(a, b)
        self.assertEqual(stack.tree.names, ["ant", "bee", "cat", "dog", "cow"])
        self.assertAllClose(stack.dense(slice(0, 1))[:, 0], [[0.1, 0.2, 0.3, 0.4, 0], [0.2, 0, 0, 0.5, 0.3]])
        self.assertEqual(stack.unknown(), [1, 2])
        self.assertAllEqual(stack.tree.level_of_class, [[0, 0, 1, 1, -1]])

    def test_the_first_that_has_levels_gives_them(self):
        bare = ClassTree(["dog", "cow"], [], np.zeros((0, 2), np.int32))
        tree = joined_tree([bare, TREE])
        self.assertEqual((tree.names, tree.level_names), (["dog", "cow", "ant", "bee", "cat"], TREE.level_names))
        self.assertAllEqual(tree.level_of_class, [[1, -1, 0, 0, 1]])

    def test_candidates_hold_every_class_that_was_kept(self):
        a, b = self.plant("a", GOOD, k=1), self.plant("b", BAD, k=1)
        stack = self.stack(a, b)
        found = stack.candidates(np.arange(ROWS))
        self.assertEqual(found.classes.shape, (ROWS, 2))
        dense = stack.dense(np.arange(ROWS))
        self.assertAllClose(found.probabilities.sum(axis=2), dense.sum(axis=2))
        self.assertAllClose(np.take_along_axis(dense, found.classes[None], axis=2), found.probabilities)

    def test_other_products_and_other_folds_are_refused(self):
        a, b = self.plant("a", GOOD), self.plant("b", GOOD[:-1], LABEL[:-1])
        with self.assertRaisesRegex(ValueError, "a has 400 products and .*b 399, .*: classify the same --records"):
            self.stack(a, b)
        c = self.plant("c", GOOD, fold=1)
        with self.assertRaisesRegex(ValueError, "same products in other folds, so one may have been trained on what"):
            self.stack(a, c)


class SearchTest(Planted, parameterized.TestCase):
    def found(self, *probabilities):
        folders = [self.plant(str(place), one) for place, one in enumerate(probabilities)]
        return self.stack(*folders).candidates(np.arange(ROWS))

    @parameterized.parameters("likelihood", "accuracy")
    def test_the_good_member_is_found_and_no_weight_is_negative(self, measure):
        weights = weight_search.SEARCHES[measure](self.found(BAD, GOOD, WORSE))
        self.assertGreater(weights[1], 0.8)
        self.assertTrue((weights >= 0).all())
        self.assertAllClose(weights.sum(), 1.0)

    def test_the_highest_likelihood_of_all_weights_is_found(self):
        found = self.found(member(1.0, 4), member(1.5, 5))
        reached = weight_search.scores(found, weight_search.likelihood(found))[1]
        grid = [weight_search.scores(found, np.array([w, 1 - w]))[1] for w in np.linspace(0, 1, 101)]
        self.assertGreater(reached, max(grid) - 1e-6)

    def test_accuracy_is_never_below_that_of_equal_weights(self):
        found = self.found(member(1.0, 4), member(1.2, 5), BAD)
        reached = weight_search.scores(found, weight_search.accuracy(found))
        self.assertGreaterEqual(reached, weight_search.scores(found, np.ones(3)))

    def test_halves_are_all_rows_once(self):
        first, second = weight_search.halves(self.found(GOOD, BAD))
        self.assertAllEqual(np.sort(np.concatenate([first.rows, second.rows])), np.arange(ROWS))
        self.assertLen(first.rows, ROWS // 2)


class GainsTest(Planted):
    def test_a_member_is_worth_what_is_lost_without_it(self):
        folders = [self.plant("good", GOOD), self.plant("bad", BAD)]
        found = self.stack(*folders).candidates(np.arange(ROWS))
        good, bad, whole = gains.lines(["good", "bad"], found, np.array([0.5, 0.5]))
        together = ((GOOD + BAD).argmax(axis=1) == LABEL).mean()
        self.assertAllClose(whole.scores["top1"], together)
        self.assertAllClose(good.scores["top1"], (GOOD.argmax(axis=1) == LABEL).mean())
        self.assertAllClose(good.gain, together - (BAD.argmax(axis=1) == LABEL).mean())
        self.assertAllClose(bad.gain, together - (GOOD.argmax(axis=1) == LABEL).mean())
        text = gains.table([good, bad, whole])
        self.assertIn(f"{good.gain:+.4f}", text)

    def test_of_rows_of_its_own_there_is_no_gain(self):
        fold = np.arange(ROWS) % 2
        folders = [self.plant("a", GOOD, fold=fold, held_out={"validation": [0]}),
                   self.plant("b", BAD, fold=fold, held_out={"validation": [1]})]  # fmt: skip
        found = self.stack(*folders).candidates(np.arange(ROWS))
        a, b, whole = gains.lines(["a", "b"], found, np.array([0.5, 0.5]))
        self.assertEqual((a.rows, b.rows, a.gain), (ROWS // 2, ROWS // 2, None))
        right = np.where(fold == 0, GOOD.argmax(axis=1), BAD.argmax(axis=1)) == LABEL
        self.assertAllClose(whole.scores["top1"], right.mean())


class CombineTest(Planted):
    def combine(self, folders, **flags):
        return combining.combine(folders, os.path.join(self.root, "all"), Ensemble(**flags), Predictions())

    def test_probabilities_are_summed_with_equal_weights(self):
        outcome = self.combine([self.plant("a", GOOD), self.plant("b", BAD)])
        found = prediction_folder.read(os.path.join(self.root, "all"))
        self.assertAllClose(found.dense(slice(0, ROWS)), (GOOD + BAD) / 2, atol=1e-6)
        self.assertIsNone(outcome.search)
        self.assertEqual(found.about["held_out"], {"validation": [0], "test": []})
        self.assertEqual([one["weight"] for one in found.about["members"]], [0.5, 0.5])

    def test_searched_weights_are_judged_on_the_other_half(self):
        folders = [self.plant("a", GOOD), self.plant("b", WORSE)]
        search = self.combine(folders, weights_by="search").search
        self.assertEqual(search.rows, (200, 200))
        self.assertGreater(search.searched[1][1], search.equal[1][1] + 0.1)
        weights = [one["weight"] for one in prediction_folder.read(f"{self.root}/all").about["members"]]
        self.assertGreater(weights[0], 0.9)

    def test_runs_of_different_folds_are_judged_out_of_fold(self):
        fold = np.arange(ROWS) % 2
        cheat = np.where((fold == 1)[:, None], np.eye(4)[LABEL], BAD)  # knows what it was trained on
        folders = [self.plant("a", cheat, fold=fold, held_out={"validation": [0]}),
                   self.plant("b", WORSE, fold=fold, held_out={"validation": [1]})]  # fmt: skip
        lines = self.combine(folders).lines["validation"]
        right = np.where(fold == 0, BAD.argmax(axis=1), WORSE.argmax(axis=1)) == LABEL
        self.assertAllClose(lines[-1].scores["top1"], right.mean())

    def test_an_ensemble_may_be_a_member(self):
        inner = self.plant("a", GOOD), self.plant("b", BAD)
        self.combine(inner)
        os.rename(f"{self.root}/all", f"{self.root}/inner")
        outcome = self.combine([f"{self.root}/inner", self.plant("c", WORSE)])
        self.assertLen(outcome.lines["validation"], 3)

    def test_the_likeliest_classes_alone_can_be_joined(self):
        self.combine([self.plant("a", GOOD, k=2), self.plant("b", BAD, k=3)])
        found = prediction_folder.read(os.path.join(self.root, "all"))
        kept = [np.where(np.argsort(np.argsort(-one, axis=1), axis=1) < k, one, 0) for one, k in ((GOOD, 2), (BAD, 3))]
        self.assertAllClose(found.dense(slice(0, ROWS)), sum(kept) / 2, atol=1e-6)

    def test_a_search_without_validation_rows_is_refused(self):
        folders = [self.plant(name, GOOD, held_out={"test": [0]}) for name in "ab"]
        with self.assertRaisesRegex(ValueError, "--weights_by=search needs 4 labelled rows .* have 0: classify with"):
            self.combine(folders, weights_by="search")


if __name__ == "__main__":
    tf.test.main()
