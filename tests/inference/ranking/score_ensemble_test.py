"""Several models as one: what is found on one half is judged on the other, and that figure is the one written."""

import tempfile

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.ranking import ScoreEnsemble
from inference.ranking import metrics, score_ensemble, score_ensemble_table, scores_folder
from inference.ranking.score_weights import standardise
from tests.inference.ranking.planted_scores import drawn, planted


class Planted(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.root = tempfile.mkdtemp(dir=self.get_temp_dir())

    def plant(self, name, scores, **about):
        folder = f"{self.root}/{name}"
        scores.about.update(run=f"runs/{name}", **about)
        scores_folder.write(folder, scores)
        return folder

    def combine(self, *folders, name="both", **flags):
        return score_ensemble.combine(folders, f"{self.root}/{name}", ScoreEnsemble(**flags))

    def written(self, name="both"):
        return scores_folder.read(f"{self.root}/{name}/scores")


class CombineTest(Planted, parameterized.TestCase):
    def test_equal_weights_add_what_is_standardised(self):
        one, two = drawn(9, 8, 1.0, 1), drawn(9, 8, 1.0, 2)
        outcome = self.combine(
            self.plant("a", one), self.plant("b", two.scored(1e6 * two.score)), score_weights="equal"
        )
        self.assertAllClose(self.written().score, (standardise(one) + standardise(two)) / 2)
        self.assertIsNone(outcome.halves)
        self.assertEqual(outcome.joined, metrics.official(self.written()))

    @parameterized.parameters("search", "least_loss")
    def test_two_that_complement_one_another_are_better_together(self, by):
        folders = self.plant("a", drawn(300, 20, 1.0, 1)), self.plant("b", drawn(300, 20, 0.9, 2))
        outcome = self.combine(*folders, score_weights=by)
        self.assertGreater(outcome.joined, max(outcome.members) + 0.03)
        self.assertEqual((outcome.pairs, outcome.queries, outcome.judged), (6000, 300, 300))
        self.assertAllClose([one["weight"] for one in self.written().about["members"]], outcome.weights)

    @parameterized.parameters("search", "least_loss")
    def test_the_figure_named_and_the_scores_written_are_out_of_sample(self, by):
        folders = self.plant("a", drawn(40, 10, 0.5, 1)), self.plant("b", drawn(40, 10, 0.5, 2))
        outcome = self.combine(*folders, score_weights=by)
        halves = outcome.halves
        crossed = (halves.found[0, 1] * halves.queries[1] + halves.found[1, 0] * halves.queries[0]) / 40
        self.assertAllClose(outcome.joined, crossed)
        self.assertAllClose(metrics.official(self.written()), crossed)

    def test_a_search_over_noise_gains_in_sample_alone(self):
        gains = []
        for seed in range(6):
            noise = [
                self.plant(f"{seed}{name}", drawn(16, 12, 0.0, 10 * seed + place)) for place, name in enumerate("ab")
            ]
            halves = self.combine(*noise, name=f"n{seed}", score_weights="search").halves
            gains.append(halves.found - halves.equal)
        inside, outside = np.mean([np.diag(one) for one in gains]), np.mean([np.diag(one[::-1]) for one in gains])
        self.assertGreater(inside, 0.05)
        self.assertLess(outside, inside / 2)

    def test_any_number_of_members(self):
        strengths = (1.0, 0.8, 0.6, 0.0)
        folders = [self.plant(str(place), drawn(200, 15, one, place)) for place, one in enumerate(strengths)]
        outcome = self.combine(*folders)
        self.assertLess(outcome.weights[3], 0.1)
        self.assertGreater(outcome.joined, outcome.equal)

    def test_queries_that_nobody_judged_get_the_weights_of_all(self):
        one, two = drawn(30, 8, 1.0, 1), drawn(30, 8, 1.0, 2)
        for scores in (one, two):
            scores.answer[-8:] = -1
        outcome = self.combine(self.plant("a", one), self.plant("b", two))
        both = np.stack([standardise(one), standardise(two)])
        self.assertEqual(outcome.judged, 29)
        self.assertAllClose(self.written().score[-8:], outcome.weights @ both[:, -8:])

    def test_weights_found_on_one_fold_are_used_on_another(self):
        outcome = self.combine(self.plant("a", drawn(40, 9, 1.5, 1)), self.plant("b", drawn(40, 9, 0.5, 2)))
        tests = [drawn(20, 9, 1.0, seed, fold=-1) for seed in (3, 4)]
        for scores in tests:
            scores.answer[:] = -1
        folders = [f"{self.root}/{name}" for name in ("ta", "tb")]
        for folder, scores, run in zip(folders, tests, ("runs/a", "runs/b"), strict=True):
            scores.about.update(run=run)
            scores_folder.write(folder, scores)
        applied = self.combine(*folders, name="test", weights_from=f"{self.root}/both/scores")
        both = np.stack([standardise(one) for one in tests])
        self.assertAllClose(self.written("test").score, outcome.weights @ both)
        self.assertIsNone(applied.joined)
        with self.assertRaisesRegex(
            ValueError, "has weights of runs/a, runs/b, and --scores names .* runs/b, runs/a: gi"
        ):
            self.combine(*folders[::-1], weights_from=f"{self.root}/both/scores")
        with self.assertRaisesRegex(ValueError, "--weights_from=.*ta was not written by ensemble"):
            self.combine(*folders, weights_from=folders[0])
        with self.assertRaisesRegex(ValueError, "least_loss needs 4 queries with answers at least, and .* has 0: give"):
            self.combine(*folders)

    def test_an_ensemble_may_be_a_member(self):
        self.combine(self.plant("a", drawn(20, 9, 1.0, 1)), self.plant("b", drawn(20, 9, 1.0, 2)))
        outcome = self.combine(f"{self.root}/both/scores", self.plant("c", drawn(20, 9, 1.0, 3)), name="more")
        self.assertLen(outcome.members, 2)

    def test_a_search_takes_two(self):
        folders = [self.plant(name, drawn(9, 9, 1.0, 1)) for name in "abc"]
        with self.assertRaisesRegex(ValueError, "mixes two members, and --scores names 3: give --score_weights=least"):
            self.combine(*folders, score_weights="search")


class AlikeTest(Planted, parameterized.TestCase):
    ROWS = [(1, 5, 0.5, 1), (1, 6, 0.4, 0), (2, 5, 0.3, 0)]

    @parameterized.parameters(
        (ROWS, {"fold": 1}, "a has the fold 0 and .*b 1: score the same fold of the same records with both"),
        (ROWS, {"records_fingerprint": "g"}, "a has the records_fingerprint 'f' and .*b 'g'"),
        (ROWS[:2], {}, "differ in 1 pairs; .*b lacks query 2 with product 5: score the same candidates"),
        ([*ROWS, (2, 4, 0.1, 0)], {}, "differ in 1 pairs; .*a lacks query 2 with product 4"),
        ([*ROWS[:2], (2, 5, 0.3, 1)], {}, "a has the answer 0 to query 2 with product 5, and .*b 1"),
    )
    def test_members_of_other_pairs_are_refused(self, rows, about, message):
        with self.assertRaisesRegex(ValueError, message):
            self.combine(self.plant("a", planted(self.ROWS)), self.plant("b", planted(rows), **about))


class TableTest(Planted):
    def test_both_halves_and_what_is_out_of_sample_are_printed(self):
        folders = self.plant("a", drawn(41, 9, 1.0, 1)), self.plant("b", drawn(41, 9, 0.5, 2))
        outcome = self.combine(*folders)
        text = score_ensemble_table.table(folders, outcome)
        self.assertIn("nDCG@5 on the first half (21)", text)
        self.assertIn("nDCG@5 on the second half (20)", text)
        for figure in (*outcome.halves.found.ravel(), *outcome.halves.equal, *outcome.members, outcome.joined):
            self.assertIn(f"{figure:.4f}", text)
        self.assertRegex(text, rf"ensemble, out of sample +{outcome.joined:.4f}")

    def test_without_answers_there_are_weights_alone(self):
        rows = [(1, 5, 0.5, -1), (1, 6, 0.4, -1)]
        folders = self.plant("a", planted(rows)), self.plant("b", planted(rows))
        text = score_ensemble_table.table(folders, self.combine(*folders, score_weights="equal"))
        self.assertRegex(text, r"b +0\.500\nequal weights\nensemble$")


if __name__ == "__main__":
    tf.test.main()
