"""The benchmark of classes: its forms train by flags that hold, and its figures stand beside what they say."""

from unittest import mock

import tensorflow as tf
from absl.testing import parameterized

from benchmarks import real_classes
from flags import command
from flags.classify import Classification
from flags.model import Model
from flags.optimizer import Optimization
from flags.run import Run
from flags.selection import TrainingRows
from flags.together import check_together
from flags.weights import RunWeights
from training import schedules


class RealClassesTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*real_classes.RUNS)
    def test_every_run_trains_by_flags_that_hold(self, run):
        layout, changes = real_classes.RUNS[run]
        concerns = (Model, Optimization, Run, TrainingRows)
        model, optimization, *_ = command.read_flagfile(real_classes.RECIPE, *concerns, extra=changes)
        check_together(model, optimization)
        schedules.build(optimization, steps_per_epoch=41, total_steps=41 * optimization.epochs)
        self.assertIn(layout, ("aliproducts", "code_league"))
        self.assertEqual(bool(model.level_weights), run == "hierarchy")
        self.assertEqual(optimization.cycles, 4 if run == "cycles" else 1)

    @parameterized.parameters(*real_classes.FORMS)
    def test_every_form_classifies_a_run_by_flags_that_hold(self, form):
        run, classify = real_classes.FORMS[form]
        self.assertIn(run, real_classes.RUNS)
        known = {field for concern in (Classification, RunWeights) for field in concern.__dataclass_fields__}
        self.assertContainsSubset([flag.split("=")[0].removeprefix("--") for flag in classify], known)

    def test_the_mean_of_the_seeds_stands_beside_the_first_forms(self):
        accuracies = {("plain", 0): 0.4, ("plain", 1): 0.5, ("smoothing", 0): 0.6, ("smoothing", 1): 0.6}
        bench = mock.Mock(form=lambda name, seed: {"fine": accuracies[name, seed], "coarse": 0.8})
        found = {one["name"]: one for one in real_classes.measure(bench, ["plain", "smoothing"], 2)}
        self.assertLen(found, 8)
        self.assertAllClose(found["grocery/plain/fine"]["value"], 0.45)
        self.assertAllClose(found["grocery/smoothing/fine"]["ratio"], 0.6 / 0.45)
        self.assertAllClose(found["grocery/plain/fine_deviation"]["value"], 0.0707107)

    def test_pytorch_trains_by_the_values_of_the_recipe(self):
        (chosen,) = command.read_flagfile(real_classes.RECIPE, Optimization)
        values = real_classes.recipe_values()
        self.assertEqual([float(v) for v in values[:3]], [chosen.epochs, chosen.warmup_epochs, chosen.batch_size])
