"""Dynamic loss scaling: keeps small float16 gradients from becoming zero."""

import keras
from keras import ops

from models import replicas

LARGEST = 2.0**24


class LossScale:
    """The factor on the loss, as large as the gradients allow.

    A step multiplies its loss by `scale`, divides the summed gradients by it, and leaves everything else as it was if
    one of them is not finite. keras.optimizers.LossScaleOptimizer would do so within the optimizer, before gradients
    are summed over replicas and clipped.

    Args:
      initial: the first scale; a power of two, so that multiplying rounds nothing.
      growth_steps: finite steps after which the scale doubles; it halves with every one that is not, down to 1.

    Attributes:
      scale: float32 scalar variable.
      good_steps: int32 scalar variable, finite steps since the scale last changed.

    Source: Micikevicius et al., Mixed Precision Training, arXiv:1710.03740, section 3.2.
    """

    def __init__(self, initial: float = 2.0**15, growth_steps: int = 2000):
        self.growth_steps = growth_steps
        self.scale = keras.Variable(initial, dtype="float32", trainable=False, name="loss_scale")
        self.good_steps = keras.Variable(0, dtype="int32", trainable=False, name="good_steps")

    @property
    def variables(self) -> list[keras.Variable]:
        """[scale, good_steps], for checkpoints and for a step's explicit state."""
        return [self.scale, self.good_steps]

    def update(self, finite) -> None:
        """Assigns what follows a step; not from within a replica, see `stateless_update`."""
        for variable, value in zip(self.variables, self.stateless_update(self.variables, finite), strict=True):
            variable.assign(value)

    def stateless_update(self, values, finite) -> list:
        """What `variables` become after a step.

        Args:
          values: [scale, good_steps] before it.
          finite: bool scalar, whether its gradients were all finite.
        """
        scale, good_steps = ops.convert_to_tensor(values[0]), ops.convert_to_tensor(values[1]) + 1
        grows = good_steps >= self.growth_steps
        larger = ops.where(grows, ops.minimum(scale * 2.0, LARGEST), scale)
        starts_anew = ops.logical_or(grows, ops.logical_not(finite))
        return [
            ops.where(finite, larger, ops.maximum(scale / 2.0, 1.0)),
            ops.where(starts_anew, ops.zeros_like(good_steps), good_steps),
        ]


def all_finite(gradients: list):
    """Bool scalar: no gradient of the list has an infinite value or a NaN, on any replica."""
    finite = ops.all(ops.stack([ops.all(ops.isfinite(gradient)) for gradient in gradients]))
    return replicas.total(ops.cast(ops.logical_not(finite), "float32")) == 0.0
