"""Devices under a tf.distribute strategy."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from models import column_shards
from training import strategy, xla
from training.machine import host_memory
from training.steps import fused_batch_norm
from training.steps.loss_scale import LossScale
from training.steps.tensorflow_step import Step


class TensorFlowDevices:
    """What `training.strategy.choose` found, as a run uses it.

    Attributes:
      strategy: tf.distribute.Strategy.
      line: what was chosen and why.
      replicas: how many devices a batch is divided among.
      precision: the dtype policy in force.
    """

    def __init__(self, distribution):
        self.strategy, self.line = strategy.choose(distribution)
        self.precision = strategy.set_numbers(self.line, distribution.precision)
        self.replicas = self.strategy.num_replicas_in_sync
        self.is_cpu = strategy.is_cpu(self.line)
        if self.is_cpu:
            host_memory.keep()
        if distribution.fused_batch_norm and self.replicas > 1:
            raise ValueError(
                f"--fused_batch_norm is of one device, and {self.replicas} were chosen: "
                "give --fused_batch_norm=false or --replicas=1."
            )
        self.fused_batch_norm = distribution.fused_batch_norm
        self.xla = xla.jit_compile(distribution.xla, strategy.kind_of(self.line), self.replicas)

    def scope(self) -> contextlib.AbstractContextManager:
        """Where models, optimizers and steps are built."""
        return self.strategy.scope()

    def prepare_batch_norm(self, encoder) -> None:
        """Lets every BatchNorm see the global batch, so that replicas give the statistics of one device."""
        for layer in encoder._flatten_layers():
            if not isinstance(layer, keras.layers.BatchNormalization):
                continue
            layer.synchronized = self.replicas > 1
            if self.fused_batch_norm:
                fused_batch_norm.fuse(layer)

    def step(self, encoder, heads, optimizer, prepare, options) -> Step:
        """The training step; see training.steps.tensorflow_step."""
        if self.xla and self.replicas > 1 and column_shards.any_split(heads):
            raise ValueError(
                f"--head=sharded on {self.replicas} devices: they exchange sums within the pass that XLA would compile "
                "for each alone. Give --xla=off, or --backend=jax, where XLA compiles for all of them."
            )
        scale = LossScale() if self.precision == "mixed_float16" else None
        return Step(self.strategy, encoder, heads, optimizer, prepare, options, self.xla, scale)

    def batches(self, dataset: tf.data.Dataset):
        """An iterator over batches, each divided among the replicas in the order of its rows."""
        options = tf.data.Options()  # of several hosts each takes its rows of every batch, not files of its own
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
        return iter(self.strategy.experimental_distribute_dataset(dataset.with_options(options)))

    def embedder(self, encoder) -> "Embedder":
        return Embedder(self.strategy, encoder)


class Embedder:
    """Runs an encoder in inference mode over batches that `batches` gave."""

    def __init__(self, strategy: tf.distribute.Strategy, encoder):
        self.strategy = strategy
        self.run = tf.function(
            lambda inputs: strategy.run(lambda values: encoder(values, training=False), (inputs,)),
            reduce_retracing=True,
        )

    def load(self) -> None:
        """Takes up the encoder's weights as they are now: the variables are read anew with every batch."""

    def __call__(self, inputs) -> dict[str, np.ndarray]:
        """{space: [batch, dim]} of the global batch, on the host."""
        embeddings = self.run(inputs)
        if self.strategy.num_replicas_in_sync > 1:
            embeddings = {space: self.strategy.gather(value, axis=0) for space, value in embeddings.items()}
        return {space: value.numpy() for space, value in embeddings.items()}
