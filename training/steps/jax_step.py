"""The training step on JAX: one compiled function of an explicit state, data parallel over devices.

Rows of a batch are split over the devices and all else is computed as if there were one: XLA sums the gradients, and
every BatchNorm sees the global batch. Every device holds all weights, but for a head whose classes are split. Its twin
is training/steps/tensorflow_step.py.
"""

import functools
import time
from collections.abc import Callable, Iterator, Sequence

import jax
import keras
import numpy as np
from jax import numpy as jnp

from models import column_shards, jax_layouts
from training.steps import gradients as changes
from training.steps.loss_scale import all_finite
from training.steps.objective import batch_loss
from training.steps.step_options import StepOptions, check_batch


class Step:
    """Steps of one model on `devices`.

    The state lives on the devices, apart from the Keras variables: `load` takes it from them (the first `run` does so
    by itself), `sync` writes it back for a checkpoint or an evaluation.

    Args:
      devices: jax.devices(), or those of a topology that is only compiled for.
      encoder, heads: what `training.model_state.build` gave.
      optimizer: a Keras optimizer.
      prepare: what the input pipeline left to be done to a batch on the device, TrainingInput.on_device.
      options: see StepOptions.
      loss_scale: training.steps.loss_scale.LossScale of a float16 policy, else None.

    Attributes:
      variables: the trainable variables.
      averages: their moving averages as of the last `sync`, in that order; empty without `options.ema_momentum`.
      groups: {part of the state: the Keras variables that it stands for}.
      layouts, rows: how that state, and the rows of a batch, lie on the devices.
      update: compiled (state, batch) -> (state, loss float32 scalar); the state given is used up.

    Raises:
      ValueError: a batch, or a part of one, does not divide by the devices.
    """

    def __init__(
        self, devices: Sequence, encoder, heads, optimizer, prepare: Callable, options: StepOptions, loss_scale=None
    ):
        check_batch(options.global_batch, options.accumulate_steps, len(devices), options.rows_together)
        self.encoder, self.heads, self.optimizer = encoder, heads, optimizer
        self.prepare, self.options, self.loss_scale, self.state = prepare, options, loss_scale, None
        owners = [encoder, *heads.values()]
        self.variables = [v for owner in owners for v in owner.trainable_variables]
        self.others = [v for owner in owners for v in owner.non_trainable_variables]
        optimizer.build(self.variables)
        column_shards.mark_slots(optimizer, self.variables)
        averaged = self.variables if options.ema_momentum else []
        self.averages = [column_shards.copy(v, f"average_{i}") for i, v in enumerate(averaged)]
        self.groups = {
            "weights": self.variables, "others": self.others,
            "optimizer": list(optimizer.variables), "averages": self.averages,
            "loss_scale": loss_scale.variables if loss_scale else [],
        }  # fmt: skip
        over = jax_layouts.over(devices)
        self.rows = over.rows
        self.layouts = {
            name: [over.columns if column_shards.is_split(v) else over.whole for v in variables]
            for name, variables in self.groups.items()
        }
        self.update = jax.jit(self._update, donate_argnums=0, out_shardings=(self.layouts, over.whole))
        self._ahead = (None, None)

    def load(self) -> None:
        """Takes the state from the Keras variables; what was prefetched stays."""
        # A copy: the devices' buffers are used up by the next step, and a CPU would share Keras's own with them.
        self.state = {
            name: [jax.device_put(jnp.copy(v.value), to) for v, to in zip(variables, self.layouts[name], strict=True)]
            for name, variables in self.groups.items()
        }

    def sync(self) -> None:
        """Writes the state into the Keras variables; before the first `run` or `load` there is nothing to write."""
        for name, values in (self.state or {}).items():
            for variable, value in zip(self.groups[name], values, strict=True):
                variable.assign(np.asarray(value))

    def run(self, iterator: Iterator[dict], steps: int) -> tuple[np.ndarray, float]:
        """Takes `steps` batches; the next one is on its way to the devices while they compute.

        Args:
          iterator: of batches as NumPy arrays or TensorFlow tensors. One batch more than `steps` is taken from it if
            there is one, and kept for the next call with the same iterator.

        Returns:
          float32 losses `[steps]`, seconds in which the devices stood idle for want of a batch: reads that ended after
          the step that ran beside them count in full.

        Raises:
          ValueError: the input ends before the last step.
        """
        if self.state is None:
            self.load()
        began = time.perf_counter()
        batch = self._ahead[1] if self._ahead[0] is iterator else self._next(iterator)
        waited, losses = time.perf_counter() - began, []
        for done in range(steps):
            if batch is None:
                raise ValueError(f"The input ended after {done} of {steps} steps.")
            self.state, loss = self.update(self.state, batch)
            began = time.perf_counter()
            batch = self._next(iterator)
            if loss.is_ready():
                waited += time.perf_counter() - began
            if losses:  # at most two steps and their batches are in flight
                losses[-1].block_until_ready()
            losses.append(loss)
        self._ahead = (iterator, batch)
        return np.asarray(jax.device_get(losses), np.float32), waited

    def _next(self, iterator):
        batch = next(iterator, None)
        return None if batch is None else jax.device_put(jax.tree.map(np.asarray, batch), self.rows)

    def _update(self, state, batch):
        batch, options = self.prepare(batch), self.options
        weights, others = state["weights"], self._with_margin(state)
        scale = state["loss_scale"][0] if self.loss_scale else 1.0
        loss, gradients, after = self._gradients(weights, others, batch, scale)
        if options.sam_rho:
            moves = changes.sharpness_moves(gradients, options.sam_rho)
            moved = [value + move for value, move in zip(weights, moves, strict=True)]
            # From the statistics and random state of the first pass, as on TensorFlow, where it has assigned them.
            _, gradients, after = self._gradients(moved, after, batch, scale, observe=False)
        state = {**state, "others": after}
        applied = self._apply(state, changes.change(gradients, options))
        return self._if_finite(gradients, state, applied) if self.loss_scale else applied, loss

    def _if_finite(self, gradients, state, applied):
        finite = all_finite(gradients)
        chosen = jax.tree.map(lambda old, new: jnp.where(finite, new, old), state, applied)
        return {**chosen, "loss_scale": self.loss_scale.stateless_update(state["loss_scale"], finite)}

    def _with_margin(self, state):
        if not self.options.margin:
            return state["others"]
        margin = self.options.margin(self._iterations(state["optimizer"]))
        places = {id(head.margin) for head in self.heads.values()}
        pairs = zip(self.others, state["others"], strict=True)
        return [jnp.asarray(margin, value.dtype) if id(v) in places else value for v, value in pairs]

    def _gradients(self, weights, others, batch, scale, observe: bool = True):
        """The loss of a batch, its gradients, and the other variables after it; for `observe` see batch_loss."""

        def differentiate(weights, others, part):
            loss = functools.partial(self._loss, observe=observe)
            (_, aux), gradients = jax.value_and_grad(loss, has_aux=True)(weights, others, part, scale)
            return aux, gradients

        def add(carry, part):
            total, sums, others = carry
            (loss, others), gradients = differentiate(weights, others, part)
            return (total + loss, [a + b for a, b in zip(sums, gradients, strict=True)], others), None

        parts = self.options.accumulate_steps
        if parts == 1:
            (loss, others), gradients = differentiate(weights, others, batch)
        else:
            start = (jnp.zeros(()), [jnp.zeros_like(value) for value in weights], others)
            cut = jax.tree.map(lambda rows: _parts(rows, parts, self.options.rows_together), batch)
            (loss, gradients, others), _ = jax.lax.scan(add, start, cut)
        return loss, [gradient / scale for gradient in gradients] if self.loss_scale else gradients, others

    def _loss(self, weights, others, batch, scale, observe: bool):
        """The scaled loss; beside it the loss, and the other variables after it."""
        options, variables = self.options, self.variables + self.others
        with keras.StatelessScope(state_mapping=zip(variables, weights + others, strict=True)) as scope:
            loss = batch_loss(self.encoder, self.heads, batch, options.global_batch, options.label_smoothing, observe)
        return loss * scale, (loss, [scope.get_current_value(v) for v in self.others])

    def _apply(self, state, gradients):
        weights, slots = self.optimizer.stateless_apply(state["optimizer"], gradients, state["weights"])
        factors = [self.options.multipliers.get(v.path, 1.0) for v in self.variables]
        triples = zip(state["weights"], weights, factors, strict=True)
        weights = [new if factor == 1.0 else old + factor * (new - old) for old, new, factor in triples]
        averages = state["averages"]
        if averages:
            kept = changes.average_share(self._iterations(slots), self.options.ema_momentum)
            averages = [kept * a + (1.0 - kept) * value for a, value in zip(averages, weights, strict=True)]
        return {**state, "weights": weights, "optimizer": slots, "averages": averages}

    def _iterations(self, slots):
        return next(s for v, s in zip(self.optimizer.variables, slots, strict=True) if v is self.optimizer.iterations)


def _parts(rows, count: int, together: int = 1):
    """`[batch, ...]` -> `[count, batch / count, ...]`, see `gradients.dealt`."""
    return jnp.reshape(jnp.moveaxis(changes.dealt(rows, count, together), 1, 0), (count, -1, *rows.shape[1:]))
