"""Files of rounds: which flags each round gets, and what is wrong with a file."""

import glob
import os

import tensorflow as tf
from absl.testing import parameterized

from flags import command, round_list

RECIPES = os.path.join(os.path.dirname(command.__file__), "recipes")
PUBLISHED = {
    "baseline": [(2, 512, 4, 0.5), (10, 96, 4, 0.5), (8, 512, 3, 0.4)],
    "v1": [(1, 768, 4, 0.5), (10, 96, 4, 0.4), (8, 512, 3, 0.4)],
    "v2": [(10, 1024, 3, 0.4)],
    "v3": [(1, 1024, 1, 0.4), (15, 128, 3, 0.5), (8, 1024, 3, 0.4)],
}


class RoundListTest(tf.test.TestCase, parameterized.TestCase):
    def write(self, name, text):
        path = os.path.join(self.get_temp_dir(), name)
        with open(path, "w") as file:
            file.write(text)
        return path

    @parameterized.parameters(*sorted(glob.glob(f"{RECIPES}/**/*.rounds", recursive=True)))
    def test_the_rounds_of_recipes_are_the_published_ones(self, path):
        listed = round_list.read(path, "runs")
        found = [
            (one.optimization.epochs, one.optimization.batch_size, one.optimization.decay_epochs,
             one.optimization.decay_rate)
            for one in listed
        ]  # fmt: skip
        self.assertEqual(found, PUBLISHED[os.path.basename(path).removesuffix(".rounds")])
        with open(path) as file:
            self.assertIn("# Command    python -m training.rounds --rounds=flags/recipes/", file.read())

    def test_a_round_begins_with_the_one_before_unless_it_says_otherwise(self):
        self.write("a.flags", "--epochs=3\n--head=linear\n")
        self.write("b.flags", "--initial_run=none\n")
        self.write("c.flags", "--initial_run=runs/other\n")
        path = self.write("x.rounds", "# all\na.flags  # first\nagain = a.flags\n\nb.flags\nc.flags\n")
        listed = round_list.read(path, "runs/x/", ["--epochs=5"], "runs/before")
        self.assertEqual([one.name for one in listed], ["a", "again", "b", "c"])
        self.assertEqual([one.run.begins_from for one in listed], ["runs/before", "runs/x/a", "", "runs/other"])
        self.assertEqual([one.folder for one in listed][:2], ["runs/x/a", "runs/x/again"])
        self.assertEqual({one.optimization.epochs for one in listed}, {5})
        self.assertIn("--initial_run=runs/x/a", listed[1].arguments)

    def test_a_smoke_test_takes_classes_of_every_size(self):
        [one] = round_list.read(f"{RECIPES}/aliproducts/v2.rounds", "runs", ["--smoke", "--class_size_low=50"])
        self.assertEqual((one.rows.class_size_low, one.model.image_encoder), (1, "small"))

    def test_what_is_wrong_is_named(self):
        self.write("good.flags", "--epochs=3\n")
        self.write("typo.flags", "--epoch=3\n")
        self.write("idle.flags", "--head=linear\n--margin_start=0.2\n")
        for text, kind, message in (
            ("good.flags\ngood.flags\n", ValueError, "has two rounds called good"),
            ("one two three\n", ValueError, "line 1: 'one two three' is neither <flagfile> nor"),
            ("\nnone.flags\n", FileNotFoundError, "line 2: there is no flagfile .*none.flags"),
            ("# nothing\n", ValueError, "lists no round"),
            ("typo.flags\n", ValueError, "typo.flags: Unknown command line flag 'epoch'. Did you mean: epochs"),
            ("idle.flags\n", ValueError, "idle.flags: --margin_start=0.2 has no effect on --head=linear"),
        ):
            with self.assertRaisesRegex(kind, message):
                round_list.read(self.write("x.rounds", text), "runs")
        with self.assertRaisesRegex(FileNotFoundError, r"There is no file nowhere \(--rounds\)"):
            round_list.read("nowhere", "runs")


if __name__ == "__main__":
    tf.test.main()
