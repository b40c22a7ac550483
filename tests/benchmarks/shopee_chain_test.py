"""The benchmark of the chain: its schemes train by flags that hold, and its methods beside match as they say."""

import dataclasses

import tensorflow as tf

from benchmarks import figures, real_matching, real_tasks, shopee_chain
from flags import command
from flags.model import Model
from flags.optimizer import Optimization
from flags.together import check_together
from tests.inference import planted

BOTH = real_tasks.Task(lambda: None, real_tasks.BOTH)


class ShopeeChainTest(tf.test.TestCase):
    def test_every_scheme_trains_by_flags_that_hold(self):
        for name, (kind, side) in shopee_chain.schemes_of(BOTH, "minilm").items():
            recipe, changes = shopee_chain.recipe_of(name, kind, side)
            path = f"{real_matching.RECIPES}/{recipe}.flags"
            model, optimization = command.read_flagfile(path, Model, Optimization)
            known = {field.name for concern in (Model, Optimization) for field in dataclasses.fields(concern)}
            self.assertLessEqual(set(changes), known, name)
            model, optimization = (real_matching._changed(concern, changes) for concern in (model, optimization))
            check_together(model, optimization)
            self.assertEqual(model.modality, side)

    def test_a_joint_scheme_also_matches_by_the_sides_of_its_kind(self):
        trained = {name: {"image": name, "title": name, "joint": name} for name in shopee_chain.schemes_of(BOTH, "x")}
        self.assertEqual(
            shopee_chain.spaces_of("winner_{}", "joint", trained),
            {"joint": "winner_joint", "image": "winner_image", "title": "winner_title"},
        )
        self.assertEqual(
            shopee_chain.spaces_of("{}_minilm", "joint", trained),
            {"joint": "joint_minilm", "image": "image", "title": "title_minilm", "title_from_scratch": "title"},
        )
        self.assertEqual(shopee_chain.spaces_of("{}", "title", trained), {"title": "title"})

    def test_an_ensemble_has_all_encoders_of_a_side_and_the_joint_one_all_there_are(self):
        schemes = {"neg_title": ("neg_{}", "title"), "title": ("{}", "title"), "joint": ("{}", "joint")}
        trained = {name: {"title": name, "joint": name} for name in schemes}
        titles = {"title@neg_title": "neg_title", "title@title": "title"}
        self.assertEqual(
            shopee_chain.ensembles(schemes, trained),
            {"ensemble_title": titles, "ensemble_joint": {**titles, "joint@joint": "joint"}},
        )
        self.assertEqual(shopee_chain.ensembles({"title": ("{}", "title")}, trained), {})

    def test_the_table_has_a_row_a_step_in_their_order_and_a_column_a_scheme(self):
        names = ("seed", "title/alone", "title/final", "joint/alone", "joint/votes", "joint/final")
        found = [figures.figure(f"chain/a/{name}/mean_f1", 0.5, "mean F1", 0.5) for name in names]
        self.assertEqual(
            shopee_chain.table(found).splitlines(),
            ["| a | title | joint |", "|---|---|---|", "| alone | 0.500 | 0.500 |", "| votes |  | 0.500 |",
             "| final | 0.500 | 0.500 |", "", "Beside: seed 0.500."],
        )  # fmt: skip

    def test_the_methods_beside_match_by_fixed_thresholds_and_by_chosen_ones(self):
        table = planted.products().assign(phash="")
        found = shopee_chain.beside(table, {"image": planted.space(table["label"].to_numpy(), 0.02)})
        self.assertGreater(found["seed"], 0.95)  # the image encoder, at a threshold of its own
        table["title"] = [f"lamp{group} a{row} b{row} c{row}" for row, group in enumerate(table["label"])]
        found = shopee_chain.beside(table, {})
        self.assertGreater(found["tfidf"], 0.9)
        self.assertAllClose(found["seed"], 0.5)  # one shared word of four is below .75


if __name__ == "__main__":
    tf.test.main()
