"""What changes over a run: learning rate and margin, as functions that run on the device.

The step is a number or an integer tensor of any shape, and counts updates of the weights from 0.
"""

import math

import keras
from keras import ops

from training import cyclic_schedule
from training.cyclic_schedule import CyclicCosine


@keras.saving.register_keras_serializable("shelflens")
class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    """Rises linearly to `peak` over `warmup_steps`, then falls to zero at `total_steps`.

    Args:
      peak: highest rate, reached at the end of the warm-up.
      warmup_steps, total_steps: in steps; the first below the second.
      decay: `cosine` for half a cosine (Loshchilov and Hutter, SGDR, arXiv:1608.03983, eq. 5), `linear` for a line
        (the usual schedule of BERT fine-tuning, arXiv:1810.04805). The warm-up is that of arXiv:1706.02677.

    Raises:
      ValueError: the warm-up leaves no step after it.
    """

    def __init__(self, peak: float, warmup_steps: int, total_steps: int, decay: str = "cosine"):
        _check_warmup(warmup_steps, total_steps)
        self.peak, self.warmup_steps, self.total_steps, self.decay = peak, warmup_steps, total_steps, decay

    def __call__(self, step):
        step = ops.cast(step, "float32")
        share = ops.clip((step - self.warmup_steps) / max(1, self.total_steps - self.warmup_steps), 0.0, 1.0)
        falling = 1.0 - share if self.decay == "linear" else 0.5 * (1.0 + ops.cos(math.pi * share))
        return self.peak * ops.where(step < self.warmup_steps, _rising(step, self.warmup_steps), falling)

    def get_config(self):
        return {
            "peak": self.peak,
            "warmup_steps": self.warmup_steps,
            "total_steps": self.total_steps,
            "decay": self.decay,
        }


@keras.saving.register_keras_serializable("shelflens")
class WarmupDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Rises linearly to `peak` over `warmup_steps`, then is multiplied by `rate` every `decay_steps`.

    Args:
      peak: highest rate, reached at the end of the warm-up.
      warmup_steps: of the rise; the decay is counted from its end.
      total_steps: of the whole run, more than the warm-up.
      decay_steps: steps of one decay, above 0.
      rate: factor of one decay, in [0, 1].
      stairs: True to decay all at once at the end of every `decay_steps` (the "step" schedule of the AliProducts
        rounds), False to decay smoothly.

    Raises:
      ValueError: the warm-up leaves no step after it.
    """

    def __init__(self, peak: float, warmup_steps: int, total_steps: int, decay_steps: float, rate: float, stairs: bool):
        _check_warmup(warmup_steps, total_steps)
        self.peak, self.warmup_steps, self.total_steps = peak, warmup_steps, total_steps
        self.decay_steps, self.rate, self.stairs = decay_steps, rate, stairs

    def __call__(self, step):
        step = ops.cast(step, "float32")
        decays = ops.maximum(step - self.warmup_steps, 0.0) / self.decay_steps
        falling = ops.power(self.rate, ops.floor(decays) if self.stairs else decays)
        return self.peak * ops.where(step < self.warmup_steps, _rising(step, self.warmup_steps), falling)

    def get_config(self):
        return {
            "peak": self.peak,
            "warmup_steps": self.warmup_steps,
            "total_steps": self.total_steps,
            "decay_steps": self.decay_steps,
            "rate": self.rate,
            "stairs": self.stairs,
        }


@keras.saving.register_keras_serializable("shelflens")
class ShopeeEpochs(keras.optimizers.schedules.LearningRateSchedule):
    """The rate of the Shopee ArcFace notebooks: constant within an epoch, five epochs up, then times 0.8 each.

    Epoch e < 5 has 1e-5 + (peak - 1e-5) e / 5, a later one (peak - 1e-6) 0.8^(e-5) + 1e-6. Published with
    peak = 1e-5 times the global batch.
    """

    START, END, RISING_EPOCHS, DECAY = 1e-5, 1e-6, 5, 0.8

    def __init__(self, peak: float, steps_per_epoch: int):
        self.peak, self.steps_per_epoch = peak, steps_per_epoch

    def __call__(self, step):
        epoch = ops.cast(ops.cast(step, "int32") // self.steps_per_epoch, "float32")
        rising = self.START + (self.peak - self.START) * epoch / self.RISING_EPOCHS
        falling = (self.peak - self.END) * ops.power(self.DECAY, epoch - self.RISING_EPOCHS) + self.END
        return ops.where(epoch < self.RISING_EPOCHS, rising, falling)

    def get_config(self):
        return {"peak": self.peak, "steps_per_epoch": self.steps_per_epoch}


@keras.saving.register_keras_serializable("shelflens")
class Constant(keras.optimizers.schedules.LearningRateSchedule):
    """The same rate at every step."""

    def __init__(self, peak: float):
        self.peak = peak

    def __call__(self, step):
        return ops.full((), self.peak, dtype="float32")

    def get_config(self):
        return {"peak": self.peak}


def build(optimization, steps_per_epoch: int, total_steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """The schedule that `optimization` (flags.optimizer.Optimization) names.

    Args:
      steps_per_epoch, total_steps: in updates of the weights.

    Raises:
      ValueError: the warm-up leaves nothing after it, or there are more cycles than steps.
    """
    # As a share of the run: --max_steps shortens the warm-up with the rest.
    steps = total_steps / optimization.epochs
    peak, warmup_steps = optimization.learning_rate, round(steps * optimization.warmup_epochs)
    decay = steps * optimization.decay_epochs, optimization.decay_rate
    builders = {
        "warmup_cosine": lambda: Warmup(peak, warmup_steps, total_steps, "cosine"),
        "warmup_linear": lambda: Warmup(peak, warmup_steps, total_steps, "linear"),
        "warmup_step": lambda: WarmupDecay(peak, warmup_steps, total_steps, *decay, stairs=True),
        "warmup_exponential": lambda: WarmupDecay(peak, warmup_steps, total_steps, *decay, stairs=False),
        "one_cycle": lambda: CyclicCosine(peak, warmup_steps, total_steps),
        "cyclic_cosine": lambda: CyclicCosine(peak, warmup_steps, total_steps, optimization.cycles),
        "shopee_epochs": lambda: ShopeeEpochs(peak, steps_per_epoch),
        "constant": lambda: Constant(peak),
    }
    return builders[optimization.schedule]()


def total_steps(optimization, steps_per_epoch: int) -> int:
    """The steps of a whole run: --epochs of them, or --max_steps if that is less."""
    steps = steps_per_epoch * optimization.epochs
    return min(steps, optimization.max_steps or steps)


def snapshot_steps(optimization, total_steps: int) -> list[int]:
    """The steps after which one of several cycles has ended: the loop evaluates there and keeps a snapshot."""
    return cyclic_schedule.cycle_ends(total_steps, optimization.cycles) if optimization.cycles > 1 else []


def margin_at(step, optimization, steps_per_epoch: int, margin: float):
    """The margin that the step's loss is computed with: a line from --margin_start to `margin`, then constant.

    A margin from the first step on pushes embeddings before they have found their classes; the winners of Shopee Price
    Match raised it from .2 to 1.0 (pictures) and .8 (titles).

    Args:
      steps_per_epoch: in updates of the weights.
      margin: in radians, --margin.

    Returns:
      float32 of step's shape.
    """
    step = ops.cast(step, "float32")
    rising_steps = optimization.margin_warmup_epochs * steps_per_epoch
    if not rising_steps:
        return ops.full_like(step, margin)
    share = ops.minimum(step / rising_steps, 1.0)
    return optimization.margin_start + (margin - optimization.margin_start) * share


def _rising(step, warmup_steps: int):
    return (step + 1.0) / max(1, warmup_steps)


def _check_warmup(warmup_steps: int, total_steps: int) -> None:
    if not 0 <= warmup_steps < total_steps:
        raise ValueError(
            f"Warm-up takes {warmup_steps} steps and the whole run {total_steps}: nothing is left after it. "
            "Lower --warmup_epochs or raise --epochs."
        )
