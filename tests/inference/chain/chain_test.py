"""The chain climbs by what gains on validation, gives the same elsewhere, and never looks at test labels."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from inference.baselines import baseline_spaces
from inference.chain.chain import Chain
from inference.chain.steps import STEPS
from inference.galleries import choose_galleries
from inference.matching import match
from tests.inference import planted


def catalogue(noise=0.35, groups=60):
    table = planted.products(groups=groups)
    table["phash"] = ""
    table["title"] = [f"lamp maker{group % 5} mx{group:03d}" for group in table["label"]]
    labels = table["label"].to_numpy()
    return table, {name: planted.space(labels, noise, seed) for seed, name in enumerate(("image", "title"))}


def climbed(table, spaces, steps, rows="all", **options):
    galleries = choose_galleries(table["label"], table["fold"], rows)
    return Chain(table, spaces, baseline_spaces(table), galleries, list(steps), **options)


class ChainTest(tf.test.TestCase, parameterized.TestCase):
    def test_every_step_is_tried_in_order_and_the_kept_ones_climb(self):
        chain = climbed(*catalogue(), STEPS)
        names = [tried.name for tried in chain.tried]
        self.assertEqual([names[0], names[-1]], ["alone", "final"])
        self.assertEqual(names[1:-1], [name for name in STEPS if name in names])
        kept = [tried.validation_f1.mean() for tried in chain.tried if tried.kept]
        self.assertEqual(kept, sorted(kept))
        self.assertGreater(kept[-1], kept[0] + 0.2)

    @parameterized.parameters(*STEPS)
    def test_a_step_alone_finds_the_planted_groups(self, step):
        table, spaces = catalogue(0.05)
        steps, f1 = climbed(table, spaces, ["embedding", step]).measured()
        self.assertGreater(steps[-1].mean_f1, 0.99)
        self.assertAllClose(f1.mean(), steps[-1].mean_f1)

    def test_what_it_matches_is_what_it_measured(self):
        table, spaces = catalogue()
        chain = climbed(table, spaces, ["min2", "blending", "classifier", "mutual"], "test")
        queries = chain.galleries.test_queries
        _, f1 = chain.measured()
        group = table["label"].to_numpy()
        for own, found, measured in zip(queries, chain.rows(queries, queries, "test"), f1, strict=True):
            right = (group[found] == group[own]).sum()
            self.assertEqual(found[0], own)
            self.assertAllClose(measured, 2 * right / (len(found) + 3))

    def test_its_candidates_are_those_of_the_methods_beside_it(self):
        table, spaces = catalogue()
        bare, chained = (match(table, spaces, "test", chain=steps) for steps in ((), ("embedding", "min2")))
        figures = [(method.name, method.validation_f1, method.mean_f1) for method in bare.methods]
        self.assertEqual(figures, [(m.name, m.validation_f1, m.mean_f1) for m in chained.methods[:-1]])
        for name, f1 in bare.validation_f1.items():
            self.assertAllEqual(f1, chained.validation_f1[name])

    def test_labels_of_the_test_fold_decide_nothing(self):
        table, spaces = catalogue()
        shuffled = table.copy()
        test = np.flatnonzero(table["fold"] == 1)
        shuffled.loc[test, "label"] = np.random.default_rng(0).permutation(table["label"].to_numpy()[test])
        found = [climbed(one, spaces, STEPS, "test").rows(test, test, "test") for one in (table, shuffled)]
        self.assertEqual([rows.tolist() for rows in found[0]], [rows.tolist() for rows in found[1]])

    def test_quantities_part_what_the_encoder_takes_for_one(self):
        table, spaces = catalogue(0.02)
        table["title"] = [f"tea {100 + 50 * (group % 2)} g" for group in table["label"]]
        pairs = {"title": planted.space(table["label"].to_numpy() // 2, 0.02)}  # two groups are one to it
        without, with_veto = (climbed(table, pairs, steps).measured()[0][-1] for steps in (["min2"], ["min2", "veto"]))
        self.assertGreater(with_veto.mean_f1, without.mean_f1 + 0.1)

    def test_most_matches_bound_every_list(self):
        table, spaces = catalogue(0.05)
        chain = climbed(table, spaces, ["min2", "groups"], most=2)
        every = np.arange(len(table))
        self.assertLessEqual(max(map(len, chain.rows(every, every, "all"))), 2)

    def test_a_gallery_of_one_kind_and_lacking_sides_climbs_without_error(self):
        table, spaces = catalogue(0.15)
        table["title"] = ""
        spaces["image"] = spaces["image"] * (np.arange(len(table)) % 3 > 0)[:, None]
        spaces["title"] = np.zeros_like(spaces["title"])
        chain = climbed(table, spaces, STEPS)
        self.assertGreater(chain.tried[-1].validation_f1.mean(), chain.tried[0].validation_f1.mean())


class MatchTest(tf.test.TestCase):
    def test_the_chain_is_a_method_and_is_chosen_where_it_clearly_gains(self):
        table, spaces = catalogue(0.6, groups=90)
        table["title"] = ""
        plain, chained = (match(table, spaces, "test", chain=chain) for chain in ((), tuple(STEPS)))
        self.assertEqual([method.name for method in chained.methods][-1], "chain")
        self.assertEqual(chained.chosen.name, "chain")
        self.assertGreater(chained.chosen.mean_f1, plain.chosen.mean_f1)
        self.assertAllClose(chained.test_f1.mean(), chained.chosen.mean_f1)
        self.assertEqual([step.name for step in chained.chain][-1], "final")

    def test_where_all_is_found_already_the_simpler_method_stays(self):
        table, spaces = catalogue(0.02)
        self.assertNotEqual(match(table, spaces, chain=("min2", "classifier")).chosen.name, "chain")


if __name__ == "__main__":
    tf.test.main()
