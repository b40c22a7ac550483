"""A picture of a run's schedule before the run: learning rate, margin, momentum of the average, ends of cycles."""

import dataclasses
import io

import keras
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tfrecords_tools.manifest import Manifest
from tfrecords_tools.writer import write_whole
from training import schedules
from training.classes import of_run
from training.inputs.training_input import TrainingInput
from training.steps import gradients

# Pixels of the picture, which is twice as large as it is meant to be looked at.
WIDTH, PANEL, LEFT, RIGHT, TOP, GAP, BOTTOM = 2000, 340, 230, 60, 120, 70, 130
INK, FAINT, CYCLE = "#222222", "#dddddd", "#c03028"
POINTS = 2000


@dataclasses.dataclass(frozen=True)
class Panel:
    """One value over the steps: its name with the unit, its colour, float `[points]`."""

    name: str
    colour: str
    values: np.ndarray


def draw_run(records: str, model, optimization, run, wanted=None) -> None:
    """Draws what `training.train` would do with these flags and records into `run.plot_schedule`."""
    manifest = Manifest.read(records)
    rows, classes = of_run(records, manifest, run, wanted)
    products = TrainingInput(
        records, manifest, model, None,
        folds=rows.folds, class_of_label=classes, optimization=optimization, seed=run.seed, chosen=rows,
    )  # fmt: skip
    total_steps = schedules.total_steps(optimization, products.steps_per_epoch)
    draw(run.plot_schedule, optimization, model.margin, products.steps_per_epoch, total_steps)


def draw(path: str, optimization, model_margin: float, steps_per_epoch: int, total_steps: int) -> None:
    """Writes a PNG with three curves over the same steps; of several cycles, a dashed line where each ends.

    Args:
      path: file to write, local or gs://.
      optimization: flags.optimizer.Optimization.
      model_margin: --margin, in radians.
      steps_per_epoch, total_steps: in updates of the weights.

    Raises:
      ValueError: the schedule does not fit the steps, see schedules.build.
    """
    ends = schedules.snapshot_steps(optimization, total_steps)
    steps = sampled(total_steps, ends)
    panels = curves(steps, optimization, model_margin, steps_per_epoch, total_steps)
    pen = _Pen(total_steps, len(panels))
    pen.title(f"{optimization.schedule}, {optimization.optimizer}, {total_steps:,} steps, {optimization.epochs} epochs")
    for row, panel in enumerate(panels):
        pen.panel(row, panel, steps, ends)
    pen.steps_axis(steps_per_epoch)
    file = io.BytesIO()
    pen.picture.save(file, "PNG", optimize=True)
    write_whole(path, file.getvalue())


def sampled(total_steps: int, ends: list[int]) -> np.ndarray:
    """The steps that are drawn: evenly spaced ones, and the last step of every cycle and the first of the next."""
    even = np.linspace(0, total_steps - 1, min(POINTS, total_steps)).round()
    turns = [step for end in ends for step in (end - 1, end) if step < total_steps]
    return np.unique(np.concatenate([even, turns])).astype(np.int32)


def curves(steps: np.ndarray, optimization, model_margin: float, steps_per_epoch: int, total_steps: int) -> list:
    """The three panels; what the step computes, at `steps`, int32 `[points]`."""
    schedule = schedules.build(optimization, steps_per_epoch, total_steps)
    average = "momentum of the average of weights" + ("" if optimization.ema_momentum else ": none is kept")
    values = {
        ("learning rate", "#1f6fb4"): schedule(steps),
        ("margin (radians)", "#2a8a3e"): schedules.margin_at(steps, optimization, steps_per_epoch, model_margin),
        (average, "#8a4fb0"): gradients.average_share(steps, optimization.ema_momentum),
    }
    return [
        Panel(*key, np.broadcast_to(keras.ops.convert_to_numpy(value), steps.shape)) for key, value in values.items()
    ]


class _Pen:
    """Places panels of one width under each other."""

    def __init__(self, total_steps: int, panels: int):
        self.total_steps, self.bottom = total_steps, TOP + panels * (PANEL + GAP) - GAP
        self.picture = Image.new("RGB", (WIDTH, self.bottom + BOTTOM), "white")
        self.ink, self.font = ImageDraw.Draw(self.picture), ImageFont.load_default(28)

    def title(self, text: str) -> None:
        self.ink.text((LEFT, 22), text, INK, ImageFont.load_default(34))

    def panel(self, row: int, panel: Panel, steps: np.ndarray, ends: list[int]) -> None:
        top = TOP + row * (PANEL + GAP)
        high = nice(float(panel.values.max())) if panel.values.max() > 0 else 1.0
        down = lambda value: top + PANEL * (1.0 - value / high)  # noqa: E731
        for tick in np.linspace(0.0, high, 5):
            self.ink.line([(LEFT, down(tick)), (WIDTH - RIGHT, down(tick))], FAINT, 2)
            self.ink.text((LEFT - 14, down(tick)), f"{tick:.3g}", INK, self.font, anchor="rm")
        points = [(self._across(step), down(value)) for step, value in zip(steps, panel.values, strict=True)]
        self.ink.line(points, panel.colour, 6, joint="curve")
        for end in ends:
            self._dashes(self._across(end), top)
        self.ink.line([(LEFT, top), (LEFT, top + PANEL), (WIDTH - RIGHT, top + PANEL)], INK, 3)
        self.ink.text((LEFT, top - 10), panel.name, panel.colour, self.font, anchor="ls")
        if ends and row == 0:
            self.ink.text((WIDTH - RIGHT, top - 10), "- - end of a cycle: snapshot", CYCLE, self.font, anchor="rs")

    def steps_axis(self, steps_per_epoch: int) -> None:
        spacing = nice(self.total_steps / 8)
        for step in np.arange(0, self.total_steps + 1, max(1, round(spacing))):
            across = self._across(step)
            self.ink.line([(across, self.bottom), (across, self.bottom + 12)], INK, 3)
            self.ink.text((across, self.bottom + 20), f"{step:,}", INK, self.font, anchor="mt")
            self.ink.text((across, self.bottom + 56), f"{step / steps_per_epoch:.3g}", INK, self.font, anchor="mt")
        self.ink.text((LEFT - 60, self.bottom + 20), "step", INK, self.font, anchor="rt")
        self.ink.text((LEFT - 60, self.bottom + 56), "epoch", INK, self.font, anchor="rt")

    def _across(self, step: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * step / self.total_steps

    def _dashes(self, across: float, top: int) -> None:
        for y in range(top, top + PANEL - 12, 24):
            self.ink.line([(across, y), (across, y + 12)], CYCLE, 3)


def nice(number: float) -> float:
    """The smallest of 1, 2, 3, 4, 5, 6, 8 or 10 times a power of ten that is no smaller than `number`, above 0."""
    power = 10.0 ** np.floor(np.log10(number))
    return float(next(digit * power for digit in (1, 2, 3, 4, 5, 6, 8, 10) if digit * power >= number * (1 - 1e-6)))
