"""What the programs of all runs have in common: a training step and inference, as functions of shapes."""

import dataclasses

import jax
import keras
import numpy as np
from jax.sharding import NamedSharding

from models import column_shards, jax_layouts
from training import schedules
from training.steps import optimizers, step_options
from training.steps.jax_step import Step

STEPS_PER_EPOCH = 1000  # only places the schedule's corners: no program's size depends on it


@dataclasses.dataclass(frozen=True)
class Program:
    """A jitted function, its abstract arguments, and bytes of each part of them on one device."""

    function: jax.stages.Wrapped
    arguments: tuple
    parts: dict[str, int]


class RunPrograms:
    """The programs of one run for `devices`, with random weights.

    Args:
      devices: of a topology.
      encoder, heads: of the run.
      optimization: flags.optimizer.Optimization.
      prepare, margin, mixes: see Step and step_options.of.

    Attributes:
      names: those of its methods that give a Program.
      examples: what a row of its batch is.

    Raises:
      ValueError: a batch that does not divide by the devices, or a head whose classes are split.
    """

    names: tuple[str, ...]
    examples: str

    def __init__(self, devices: list, encoder, heads, optimization, prepare, margin: float = 0.0, mixes: bool = False):
        self.encoder, self.heads, self.optimization = encoder, heads, optimization
        total = STEPS_PER_EPOCH * optimization.epochs
        optimizer = optimizers.build(optimization, schedules.build(optimization, STEPS_PER_EPOCH, total))
        options = step_options.of(optimization, encoder, heads, STEPS_PER_EPOCH, margin, mixes)
        self.whole = jax_layouts.over(devices).whole
        self.step = Step(devices, encoder, heads, optimizer, prepare, options)
        if any(map(column_shards.is_split, self.step.variables)):
            raise ValueError(
                "--head=sharded lies on the devices of this machine, so it cannot be compiled for others: check with "
                "--head=replicated and --classes divided by the number of devices."
            )

    def batch(self) -> dict:
        """The shapes of a training batch."""
        raise NotImplementedError

    def train(self) -> Program:
        """One update: what is left to the device of the input, loss, gradients, optimizer."""
        state = {name: [_spec(v, to) for v, to in zip(group, self.step.layouts[name], strict=True)]
                 for name, group in self.step.groups.items()}  # fmt: skip
        batch = self.batch()
        sizes = {name: sum(map(_bytes, group)) for name, group in state.items()}
        return Program(self.step.update, (state, batch), {**sizes, "batch": self._share(batch)})

    def inference(self, owners: list, function, inputs: dict) -> Program:
        """`function` of `inputs`, with the weights of `owners` as arguments."""
        variables = [v for owner in owners for v in owner.variables]

        def stateless(weights, inputs):
            with keras.StatelessScope(state_mapping=zip(variables, weights, strict=True)):
                return function(inputs)

        weights = [_spec(v, self.whole) for v in variables]
        parts = {"weights": sum(map(_bytes, weights)), "batch": self._share(inputs)}
        return Program(jax.jit(stateless), (weights, inputs), parts)

    def rows(self, dtype: str, *shape: int) -> jax.ShapeDtypeStruct:
        """An array of a batch, its rows split over the devices."""
        return jax.ShapeDtypeStruct((self.optimization.batch_size, *shape), dtype, sharding=self.step.rows)

    def _share(self, batch) -> int:
        return sum(map(_bytes, jax.tree.leaves(batch))) // self.step.rows.mesh.size


def take_precision(precision: str) -> None:
    """Sets Keras's policy to that of --precision on a TPU."""
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "auto" else precision)


def _spec(variable, layout: NamedSharding) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(variable.shape, variable.dtype, sharding=layout)


def _bytes(spec: jax.ShapeDtypeStruct) -> int:
    return int(np.prod(spec.shape)) * np.dtype(spec.dtype).itemsize
