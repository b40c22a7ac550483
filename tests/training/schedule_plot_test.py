"""The picture of a schedule: the curves are the schedule's, and a stranger's eye finds them in the file."""

import os
from unittest import mock

import numpy as np
import tensorflow as tf
from absl.testing import parameterized
from PIL import Image, ImageColor

from flags.optimizer import SCHEDULES, Optimization
from tests import tiny_catalogue
from training import schedule_plot, schedules

CYCLIC = Optimization(schedule="cyclic_cosine", cycles=3, epochs=6, margin_warmup_epochs=3, ema_momentum=0.99)


class SchedulePlotTest(tf.test.TestCase, parameterized.TestCase):
    def drawn(self, optimization, steps_per_epoch, total_steps):
        path = os.path.join(self.get_temp_dir(), "schedule.png")
        schedule_plot.draw(path, optimization, 0.5, steps_per_epoch, total_steps)
        return np.asarray(Image.open(path))

    def columns(self, pixels, colour):
        """Top-most row of the colour in each column of the plot, -1 where there is none."""
        found = (pixels == np.array(ImageColor.getrgb(colour))).all(-1)
        found[: schedule_plot.TOP] = False
        return np.where(found.any(0), found.argmax(0), -1)

    def test_a_run_is_drawn_from_its_records_without_training(self):
        path = os.path.join(self.get_temp_dir(), "run.png")
        model, optimization = tiny_catalogue.tiny_model(modality="image"), tiny_catalogue.tiny_optimization(max_steps=5)
        with mock.patch.object(schedule_plot, "draw") as draw:
            run = tiny_catalogue.tiny_run("", plot_schedule=path)
            schedule_plot.draw_run(tiny_catalogue.records(), model, optimization, run)
        draw.assert_called_once_with(path, optimization, 0.3, 4, 5)

    def test_the_rate_s_curve_is_where_the_schedule_says(self):
        pixels = self.drawn(Optimization(epochs=10, learning_rate=1e-3), 100, 1000)
        rows = self.columns(pixels, "#1f6fb4")
        schedule = schedules.build(Optimization(epochs=10, learning_rate=1e-3), 100, 1000)
        wide = schedule_plot.WIDTH - schedule_plot.LEFT - schedule_plot.RIGHT
        for step in (150, 400, 550, 800):
            height = 1.0 - (rows[schedule_plot.LEFT + wide * step // 1000] - schedule_plot.TOP) / schedule_plot.PANEL
            self.assertAllClose(height, schedule(step) / 1e-3, atol=0.03)

    def test_every_cycle_s_end_is_a_line(self):
        found = self.columns(self.drawn(CYCLIC, 50, 300), "#c03028") >= 0
        wide = schedule_plot.WIDTH - schedule_plot.LEFT - schedule_plot.RIGHT
        for end in (100, 200, 300):
            across = round(schedule_plot.LEFT + wide * end / 300)
            self.assertTrue(found[across - 2 : across + 3].any())
        self.assertFalse(found[schedule_plot.LEFT + 5 : schedule_plot.LEFT + wide // 3 - 5].any())

    def test_a_run_of_one_cycle_has_no_such_line(self):
        pixels = self.drawn(Optimization(schedule="one_cycle", epochs=6), 50, 300)
        self.assertAllEqual(self.columns(pixels, "#c03028"), np.full(schedule_plot.WIDTH, -1))

    @parameterized.parameters(*SCHEDULES)
    def test_every_schedule_is_drawn(self, name):
        pixels = self.drawn(Optimization(schedule=name, epochs=3), 40, 120)
        self.assertEqual(pixels.shape[1], schedule_plot.WIDTH)
        self.assertGreater((self.columns(pixels, "#1f6fb4") >= 0).sum(), 1500)

    def test_a_run_of_a_few_steps_is_drawn(self):
        self.assertEqual(self.drawn(Optimization(epochs=1, warmup_epochs=0.5), 2, 2).shape[1], schedule_plot.WIDTH)

    def test_the_turn_of_every_cycle_is_among_the_steps_drawn(self):
        steps = schedule_plot.sampled(100_000, [33_333, 66_666, 100_000])
        self.assertContainsSubset([0, 33_332, 33_333, 66_665, 66_666, 99_999], steps.tolist())
        self.assertLess(len(steps), schedule_plot.POINTS + 6)

    def test_curves_are_what_the_step_computes(self):
        steps = schedule_plot.sampled(300, [100, 200, 300])
        rate, margin, average = schedule_plot.curves(steps, CYCLIC, 0.5, 50, 300)
        self.assertAllClose(rate.values, [schedules.build(CYCLIC, 50, 300)(step) for step in steps])
        self.assertAllClose(margin.values[[0, 75, 299]], [0.0, 0.25, 0.5])
        self.assertAllClose(average.values[[0, 8, 299]], [0.1, 0.5, 300 / 309])

    @parameterized.parameters((0.00031, 0.0004), (1.0, 1.0), (7.0, 8.0), (9.5, 10.0), (6e-4, 6e-4))
    def test_axes_end_at_round_numbers(self, number, end):
        self.assertAllClose(schedule_plot.nice(number), end)
