"""Learning rate over time, as Keras schedules that run on the device and resume with the optimizer."""

import math

import keras
from keras import ops


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
        if not 0 <= warmup_steps < total_steps:
            raise ValueError(
                f"Warm-up takes {warmup_steps} steps and the whole run {total_steps}: nothing is left after it. "
                "Lower --warmup_epochs or raise --epochs."
            )
        self.peak, self.warmup_steps, self.total_steps, self.decay = peak, warmup_steps, total_steps, decay

    def __call__(self, step):
        step = ops.cast(step, "float32")
        rising = (step + 1.0) / max(1, self.warmup_steps)
        share = ops.clip((step - self.warmup_steps) / max(1, self.total_steps - self.warmup_steps), 0.0, 1.0)
        falling = 1.0 - share if self.decay == "linear" else 0.5 * (1.0 + ops.cos(math.pi * share))
        return self.peak * ops.where(step < self.warmup_steps, rising, falling)

    def get_config(self):
        return {
            "peak": self.peak,
            "warmup_steps": self.warmup_steps,
            "total_steps": self.total_steps,
            "decay": self.decay,
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
    """The schedule that `optimization` (flags.optimizer.Optimization) names."""
    # As a share of the run: --max_steps shortens the warm-up with the rest.
    peak, warmup_steps = (
        optimization.learning_rate,
        round(total_steps * optimization.warmup_epochs / optimization.epochs),
    )
    builders = {
        "warmup_cosine": lambda: Warmup(peak, warmup_steps, total_steps, "cosine"),
        "warmup_linear": lambda: Warmup(peak, warmup_steps, total_steps, "linear"),
        "shopee_epochs": lambda: ShopeeEpochs(peak, steps_per_epoch),
        "constant": lambda: Constant(peak),
    }
    return builders[optimization.schedule]()
