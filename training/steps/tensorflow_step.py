"""The training step on TensorFlow: gradients are summed over replicas, then changed, and applied once.

The loss is divided by the global batch and gradients are clipped after the sum, so the same batch moves the weights the
same way on any number of replicas. Its twin is training/steps/jax_step.py.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from models import column_shards
from training.steps import gradients as changes
from training.steps.loss_scale import all_finite
from training.steps.objective import batch_loss
from training.steps.step_options import StepOptions

SUM = tf.distribute.ReduceOp.SUM


class Step:
    """Steps of one model under a distribution strategy; build it in the strategy's scope.

    Args:
      strategy: tf.distribute.Strategy.
      encoder, heads: what `training.model_state.build` gave.
      optimizer: a Keras optimizer.
      prepare: what the input pipeline left to be done to a batch on the device, TrainingInput.on_device.
      options: see StepOptions.
      xla: whether a replica's forward and backward pass is compiled.
      loss_scale: training.steps.loss_scale.LossScale of a float16 policy, else None.

    Attributes:
      variables: the trainable variables.
      averages: their moving averages, in that order; empty without `options.ema_momentum`.
    """

    def __init__(
        self, strategy, encoder, heads, optimizer, prepare: Callable, options: StepOptions,
        xla: bool = False, loss_scale=None,
    ):  # fmt: skip
        self.strategy, self.encoder, self.heads, self.optimizer = strategy, encoder, heads, optimizer
        self.prepare, self.options, self.loss_scale = prepare, options, loss_scale
        self.variables = encoder.trainable_variables + [v for head in heads.values() for v in head.trainable_variables]
        self.split = column_shards.places(self.variables)
        optimizer.build(self.variables)
        column_shards.mark_slots(optimizer, self.variables)
        optimizer._all_reduce_sum_gradients = list  # Keras would sum over replicas what `_gradients` has summed
        averaged = self.variables if options.ema_momentum else []
        self.averages = [column_shards.copy(v, f"average_{i}") for i, v in enumerate(averaged)]
        self._loop = tf.function(self._loop, reduce_retracing=True)
        if xla:
            self._part_gradients = tf.function(self._part_gradients, jit_compile=True)

    def run(self, iterator, steps: int) -> tuple[np.ndarray, float]:
        """Takes `steps` batches; the loop stays on the device.

        Args:
          iterator: of a distributed dataset.

        Returns:
          float32 losses `[steps]`, seconds spent waiting for input.
        """
        losses, waited = self._loop(iterator, tf.constant(steps))
        return losses.numpy(), float(waited)

    def sync(self) -> None:
        """Brings the Keras variables up to date; on TensorFlow they are the state itself."""

    def load(self) -> None:
        """Takes the state from the Keras variables; on TensorFlow they are the state itself."""

    def _loop(self, iterator, steps):
        losses = tf.TensorArray(tf.float32, size=steps)
        waited = tf.zeros((), tf.float64)
        for i in tf.range(steps):
            before = _clock()
            batch = next(iterator)
            waited += _clock() - before
            loss = self.strategy.run(self._step, (batch,))
            losses = losses.write(i, self.strategy.reduce(SUM, loss, None))
        return losses.stack(), waited

    def _step(self, batch):
        batch, options = self.prepare(batch), self.options
        if options.margin:
            for head in self.heads.values():
                _assign([head.margin], [options.margin(self.optimizer.iterations)])
        loss, gradients = self._gradients(batch)
        if options.sam_rho:
            before = [tf.identity(v) for v in self.variables]
            moves = changes.sharpness_moves(gradients, options.sam_rho, self.split)
            _assign(self.variables, [v + move for v, move in zip(before, moves, strict=True)])
            _, gradients = self._gradients(batch, observe=False)
            _assign(self.variables, before)
        if self.loss_scale:
            self._apply_if_finite(gradients)
        else:
            self._apply(changes.change(gradients, options, self.split))
        return loss

    def _gradients(self, batch, observe: bool = True):
        """This replica's part of the loss, and the gradients of the global batch; for `observe` see batch_loss."""
        total, sums = 0.0, None
        for part in changes.parts(batch, self.options.accumulate_steps, self.options.rows_together):
            if sums is not None:  # one after another, or the parts' activations would be in memory together
                with tf.control_dependencies(sums):
                    part = tf.nest.map_structure(tf.identity, part)
            loss, gradients = self._part_gradients(part, observe)
            total += loss
            sums = gradients if sums is None else [a + b for a, b in zip(sums, gradients, strict=True)]
        # The gradient of a replica's own columns is whole already.
        whole = [gradient for place, gradient in enumerate(sums) if place not in self.split]
        whole = iter(tf.distribute.get_replica_context().all_reduce(SUM, whole))
        sums = [gradient if place in self.split else next(whole) for place, gradient in enumerate(sums)]
        if self.loss_scale:
            sums = [gradient / self.loss_scale.scale for gradient in sums]
        return total, sums

    def _part_gradients(self, part, observe: bool):
        options = self.options
        with tf.GradientTape() as tape:
            loss = batch_loss(self.encoder, self.heads, part, options.global_batch, options.label_smoothing, observe)
            scaled = loss * self.loss_scale.scale if self.loss_scale else loss
        # A mask token that a backbone keeps for pretraining has no part in the loss.
        zero = tf.UnconnectedGradients.ZERO
        gradients = tape.gradient(scaled, [v.value for v in self.variables], unconnected_gradients=zero)
        return loss, [tf.convert_to_tensor(gradient) for gradient in gradients]  # an embedding table's is sparse

    def _apply_if_finite(self, gradients) -> None:
        # All is computed and then taken back: replicas may not meet, as Keras's optimizers do, within a condition.
        finite = all_finite(gradients)
        state = [*self.variables, *self.optimizer.variables, *self.averages]
        before = [tf.identity(v) for v in state]
        self._apply(changes.change(gradients, self.options, self.split))
        _assign(state, [tf.where(finite, tf.identity(v), old) for v, old in zip(state, before, strict=True)])
        scale = self.loss_scale
        _assign(scale.variables, scale.stateless_update([tf.identity(v) for v in scale.variables], finite))

    def _apply(self, gradients) -> None:
        slowed = [v for v in self.variables if v.path in self.options.multipliers]
        before = [tf.identity(v) for v in slowed]
        self.optimizer.apply_gradients(list(zip(gradients, self.variables, strict=True)))
        factors = [self.options.multipliers[v.path] for v in slowed]
        _assign(slowed, [old + k * (v - old) for old, v, k in zip(before, slowed, factors, strict=True)])
        if self.averages:
            kept = changes.average_share(self.optimizer.iterations, self.options.ema_momentum)
            values = [kept * a + (1.0 - kept) * v for a, v in zip(self.averages, self.variables, strict=True)]
            _assign(self.averages, values)


def _assign(variables: Sequence, values: Sequence) -> None:
    """Assigns from within a replica, where a mirrored variable takes values only for all replicas at once."""

    def update(strategy, values):
        for variable, value in zip(variables, values, strict=True):
            strategy.extended.update(variable.value, lambda v, x: v.assign(x), (value,))

    if variables:
        tf.distribute.get_replica_context().merge_call(update, (list(values),))


def _clock() -> tf.Tensor:
    # tf.timestamp would do, but TensorFlow refuses it where ops must be deterministic.
    return tf.ensure_shape(tf.numpy_function(lambda: np.float64(time.perf_counter()), [], tf.float64), ())
