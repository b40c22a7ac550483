"""Learning rate and margin against published values, at their ends, on both backends."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.optimizer import SCHEDULES, Optimization
from tests import backends
from training import schedules
from training.cyclic_schedule import CyclicCosine
from training.schedules import Constant, ShopeeEpochs, Warmup, WarmupDecay, build

CYCLIC = Optimization(schedule="cyclic_cosine", cycles=4, epochs=32, warmup_epochs=2.4, learning_rate=6e-4)
ON_JAX = """
import jax, numpy as np
from flags.optimizer import SCHEDULES, Optimization
from training import schedules
steps = np.arange(40)
for name in SCHEDULES:
    cycles = 2 if name == "cyclic_cosine" else 1
    options = Optimization(schedule=name, epochs=4, cycles=cycles, margin_warmup_epochs=2.0)
    schedule = schedules.build(options, 10, 40)
    margin = lambda step: schedules.margin_at(step, options, 10, 0.5)
    for function in (schedule, margin):
        compiled = jax.jit(function)
        print(*(f"{float(compiled(step)):.9g}" for step in steps))
"""


class SchedulesTest(tf.test.TestCase, parameterized.TestCase):
    def test_shopee_epochs_have_the_published_rates_at_batch_32(self):
        schedule = ShopeeEpochs(peak=3.2e-4, steps_per_epoch=10)
        rates = [float(schedule(10 * epoch + 9)) for epoch in range(8)]
        published = [1e-5, 7.2e-5, 1.34e-4, 1.96e-4, 2.58e-4, 3.2e-4, 2.562e-4, 2.0516e-4]
        self.assertAllClose(rates, published, rtol=1e-5)

    @parameterized.parameters("cosine", "linear")
    def test_warm_up_reaches_the_peak_and_the_end_is_zero(self, decay):
        schedule = Warmup(peak=0.1, warmup_steps=10, total_steps=110, decay=decay)
        self.assertAllClose(schedule(0), 0.01)
        self.assertAllClose(schedule(9), 0.1)
        self.assertAllClose(schedule(60), 0.05, atol=1e-6)
        self.assertAllClose(schedule(110), 0.0, atol=1e-8)

    def test_rate_never_rises_after_the_warm_up(self):
        schedule = Warmup(peak=0.1, warmup_steps=5, total_steps=50)
        self.assertAllLessEqual(np.diff([float(schedule(step)) for step in range(5, 50)]), 0.0)

    def test_a_warm_up_longer_than_the_run_is_refused(self):
        with self.assertRaisesRegex(ValueError, "Warm-up takes 20 steps and the whole run 20.*--warmup_epochs"):
            Warmup(0.1, 20, 20)

    @parameterized.parameters(
        Warmup(0.1, 2, 9, "linear"),
        WarmupDecay(0.1, 2, 9, 2.5, 0.5, True),
        WarmupDecay(0.1, 2, 9, 2.5, 0.5, False),
        CyclicCosine(0.1, 2, 9, 3),
        ShopeeEpochs(0.1, 7),
        Constant(0.2),
    )
    def test_survives_its_config_and_compiles(self, schedule):
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
        compiled = tf.function(again, jit_compile=True)
        for step in (0, 3, 8):
            self.assertAllClose(compiled(tf.constant(step)), schedule(step))

    def test_a_run_cut_short_warms_up_for_the_same_share(self):
        optimization = Optimization(epochs=10, warmup_epochs=2, max_steps=50)
        self.assertEqual(build(optimization, steps_per_epoch=100, total_steps=50).warmup_steps, 10)
        self.assertEqual(build(optimization, steps_per_epoch=100, total_steps=1000).warmup_steps, 200)

    def test_every_choice_of_the_flag_is_built_and_never_above_the_peak(self):
        field = next(field for field in dataclasses.fields(Optimization) if field.name == "schedule")
        for name in field.metadata["choices"]:
            schedule = build(Optimization(schedule=name, epochs=8), 10, 80)
            rates = np.array([float(schedule(step)) for step in range(80)])
            self.assertAllInRange(rates, 0.0, 1e-3 + 1e-9)
            self.assertAllClose(rates.max(), 1e-3)


class WarmupDecayTest(tf.test.TestCase):
    def test_steps_halve_the_rate_every_four_epochs_after_the_warm_up(self):
        options = Optimization(
            schedule="warmup_step", epochs=10, warmup_epochs=1, decay_epochs=4, decay_rate=0.5, learning_rate=0.8
        )
        schedule = build(options, 10, 100)
        rates = [float(schedule(step)) for step in (0, 9, 10, 49, 50, 89, 90, 99)]
        self.assertAllClose(rates, [0.08, 0.8, 0.8, 0.8, 0.4, 0.4, 0.2, 0.2])

    def test_an_exponential_goes_through_the_same_rates_without_stairs(self):
        options = Optimization(
            schedule="warmup_exponential", epochs=10, warmup_epochs=0, decay_epochs=2, decay_rate=0.25, learning_rate=1
        )
        schedule = build(options, 10, 100)
        rates = [float(schedule(step)) for step in (0, 10, 20, 40)]
        self.assertAllClose(rates, [1.0, 0.5, 0.25, 0.0625])

    def test_a_warm_up_longer_than_the_run_is_refused(self):
        with self.assertRaisesRegex(ValueError, "Warm-up takes 80 steps and the whole run 80.*--warmup_epochs"):
            build(Optimization(schedule="warmup_step", epochs=8, warmup_epochs=8), 10, 80)


class CyclesTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters((0, 1.5e-5), (939, 3.073e-4), (1879, 6e-4), (4071, 3.001e-4), (6264, 1.5e-9))
    def test_one_cycle_has_the_published_rates(self, step, rate):
        options = Optimization(schedule="one_cycle", epochs=8, warmup_epochs=2.4, learning_rate=6e-4)
        self.assertAllClose(build(options, 783, 6264)(step), rate, rtol=3e-4, atol=1e-10)

    def test_each_cycle_ends_at_the_lowest_rate_and_the_next_starts_at_the_peak(self):
        schedule, ends = build(CYCLIC, 783, 25056), schedules.snapshot_steps(CYCLIC, 25056)
        self.assertEqual(ends, [6264, 12528, 18792, 25056])
        for end in ends:
            self.assertLess(float(schedule(end - 1)), 1e-4 * 6e-4)
        for end in ends[:-1]:
            self.assertAllClose(schedule(end), 6e-4)

    def test_the_rate_only_falls_within_a_later_cycle(self):
        schedule = build(CYCLIC, 10, 320)
        self.assertAllLess(np.diff([float(schedule(step)) for step in range(80, 160)]), 0.0)

    def test_cycles_of_steps_that_do_not_divide_differ_by_one(self):
        ends = schedules.snapshot_steps(CYCLIC, 103)
        self.assertEqual(ends[-1], 103)
        self.assertAllInRange(np.diff([0, *ends]), 25, 26)

    def test_other_schedules_have_one_cycle(self):
        self.assertEqual(schedules.snapshot_steps(Optimization(schedule="shopee_epochs"), 70), [])

    def test_more_cycles_than_steps_are_refused(self):
        with self.assertRaisesRegex(ValueError, "--cycles=4 is more than the 3 steps of the run: lower it"):
            schedules.snapshot_steps(CYCLIC, 3)

    def test_a_warm_up_longer_than_the_first_cycle_is_refused(self):
        options = dataclasses.replace(CYCLIC, warmup_epochs=8)
        with self.assertRaisesRegex(ValueError, "takes 80 steps and the first of 4 cycles 80.*or --cycles"):
            build(options, 10, 320)


class MarginTest(tf.test.TestCase):
    def test_the_margin_rises_on_a_line_and_stays(self):
        options = Optimization(margin_start=0.2, margin_warmup_epochs=5)
        margins = [float(schedules.margin_at(step, options, 10, 1.0)) for step in (0, 25, 50, 99)]
        self.assertAllClose(margins, [0.2, 0.6, 1.0, 1.0])

    def test_without_a_warm_up_the_margin_is_constant(self):
        options = Optimization(margin_start=0.2)
        self.assertAllClose(schedules.margin_at(tf.constant([0, 7]), options, 10, 0.5), [0.5, 0.5])

    def test_it_compiles_with_the_step_as_a_tensor(self):
        options = Optimization(margin_warmup_epochs=2)
        compiled = tf.function(lambda step: schedules.margin_at(step, options, 10, 0.5), jit_compile=True)
        for step in (0, 7, 30):
            self.assertAllClose(compiled(tf.constant(step, tf.int64)), schedules.margin_at(step, options, 10, 0.5))


@backends.needs_jax
class JaxTest(tf.test.TestCase):
    def test_gives_the_same_under_jit_of_jax(self):
        lines = backends.run("jax", "-c", ON_JAX).splitlines()
        on_jax, here = [[float(x) for x in line.split()] for line in lines], []
        for name in SCHEDULES:
            cycles = 2 if name == "cyclic_cosine" else 1
            options = Optimization(schedule=name, epochs=4, cycles=cycles, margin_warmup_epochs=2.0)
            steps = tf.range(40)
            here += [tf.broadcast_to(build(options, 10, 40)(steps), [40])]
            here += [schedules.margin_at(steps, options, 10, 0.5)]
        self.assertAllClose(on_jax, here, rtol=1e-5, atol=1e-9)
