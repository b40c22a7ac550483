"""Random numbers for a batch of examples, each from a seed of its own."""

from collections.abc import Callable

import tensorflow as tf


class Draws:
    """Deals one number per example at every call; the same seed gets the same numbers in any batch, on any host.

    Args:
      seeds: int32 `[batch, 2]`.
      count: how many uniform numbers will be asked for, see `count`.
    """

    def __init__(self, seeds, count: int):
        self.seeds, self.used, self.betas = seeds, 0, 0
        draw = lambda seed: tf.random.stateless_uniform([max(count, 1)], seed)  # noqa: E731
        self._numbers = tf.map_fn(draw, seeds, fn_output_signature=tf.TensorSpec([max(count, 1)], tf.float32))

    def uniform(self, low: float, high: float) -> tf.Tensor:
        """float32 `[batch]` in [low, high)."""
        number = self._numbers[:, self.used]
        self.used += 1
        return low + (high - low) * number

    def normal(self) -> tf.Tensor:
        """float32 `[batch]` of mean 0 and deviation 1. Source: Box and Muller, 1958."""
        radius, turn = self.uniform(0.0, 1.0), self.uniform(0.0, 1.0)
        return tf.sqrt(-2.0 * tf.math.log1p(-radius)) * tf.cos(2.0 * 3.14159265 * turn)

    def beta(self, alpha: float) -> tf.Tensor:
        """float32 `[batch]` from Beta(alpha, alpha)."""
        self.betas += 1

        def draw(seed):
            gammas = tf.random.stateless_gamma([2], tf.random.fold_in(seed, self.betas), alpha)
            return gammas[0] / tf.maximum(gammas[0] + gammas[1], 1e-20)

        return tf.map_fn(draw, self.seeds, fn_output_signature=tf.float32)

    def gate(self, share: float) -> tf.Tensor:
        """bool `[batch]`, true for about `share` of the examples."""
        return self.uniform(0.0, 1.0) < share


class _Counter(Draws):
    """Counts what is asked for, drawing nothing."""

    def __init__(self):
        self.used = 0

    def uniform(self, low, high):
        self.used += 1
        return tf.zeros([1])

    def beta(self, alpha):
        return tf.ones([1])


def count(deal: Callable[[Draws], object]) -> int:
    """How many uniform numbers `deal` asks for."""
    counter = _Counter()
    with tf.init_scope():
        deal(counter)
    return counter.used
