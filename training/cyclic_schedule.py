"""One-cycle and cyclic annealing of the learning rate, and the steps at which cycles end."""

import itertools
import math

import keras
from keras import ops


def cycle_ends(total_steps: int, cycles: int) -> list[int]:
    """The steps at which `cycles` cycles of equal length end; the last is `total_steps`.

    The schedule restarts, the loop evaluates and the snapshot is taken at these very steps, so that no snapshot is
    taken at a high rate. Where the steps do not divide, cycles differ by one step.

    Raises:
      ValueError: more cycles than steps.
    """
    if cycles > total_steps:
        raise ValueError(f"--cycles={cycles} is more than the {total_steps} steps of the run: lower it.")
    return [total_steps * cycle // cycles for cycle in range(1, cycles + 1)]


@keras.saving.register_keras_serializable("shelflens")
class CyclicCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Rises from peak / 40 to `peak`, falls to peak / 400,000 at the end of the cycle, and starts again at `peak`.

    Rise and falls are halves of a cosine. The rise is part of the first cycle. One cycle is the one-cycle schedule of
    Smith and Topin, Super-Convergence, arXiv:1708.07120, in the form of Shopee's product categories (7th place);
    several are its cyclic annealing, with a snapshot for an ensemble at each end (arXiv:1704.00109). The momentum
    stays as it is.

    Args:
      peak: highest rate.
      warmup_steps: of the rise, fewer than the first cycle has.
      total_steps: of the whole run.
      cycles: number of cycles, see cycle_ends.

    Raises:
      ValueError: the rise fills the first cycle, or there are more cycles than steps.
    """

    START, END = 1 / 40, 1 / 400_000

    def __init__(self, peak: float, warmup_steps: int, total_steps: int, cycles: int = 1):
        self.peak, self.warmup_steps, self.total_steps, self.cycles = peak, warmup_steps, total_steps, cycles
        self.ends = cycle_ends(total_steps, cycles)
        if not 0 <= warmup_steps < self.ends[0]:
            raise ValueError(
                f"Warm-up takes {warmup_steps} steps and the first of {cycles} cycles {self.ends[0]}: nothing is left "
                "to fall in. Lower --warmup_epochs or --cycles, or raise --epochs."
            )

    def __call__(self, step):
        step = ops.cast(step, "float32")
        start, end = float(self.warmup_steps), float(self.ends[0])
        for restart, next_end in itertools.pairwise(self.ends):
            start = ops.where(step < restart, start, float(restart))
            end = ops.where(step < restart, end, float(next_end))
        falling = self._between(self.END, ops.clip((end - step) / (end - start), 0.0, 1.0))
        rising = self._between(self.START, step / max(1, self.warmup_steps))
        return self.peak * ops.where(step < self.warmup_steps, rising, falling)

    def _between(self, low: float, share):
        """Half a cosine from `low` at share 0 to 1 at share 1."""
        return low + (1.0 - low) * 0.5 * (1.0 - ops.cos(math.pi * share))

    def get_config(self):
        return {
            "peak": self.peak,
            "warmup_steps": self.warmup_steps,
            "total_steps": self.total_steps,
            "cycles": self.cycles,
        }
