"""Devices that JAX sees: TPUs of Colab and Kaggle, GPUs, or the CPU."""

import contextlib
from collections.abc import Iterator

import jax
import keras
import numpy as np
import tensorflow as tf

from models import column_shards, jax_layouts
from training import precision
from training.steps.jax_step import Step
from training.steps.loss_scale import LossScale

KINDS = {"gpu": "gpu", "cuda": "gpu", "rocm": "gpu", "tpu": "tpu", "cpu": "cpu"}


class JaxDevices:
    """The first `--replicas` devices of JAX's platform, 0 = all; for the attributes see TensorFlowDevices.

    Raises:
      ValueError: `--accelerator` names another platform than JAX runs on, or there are fewer devices than asked for.
    """

    def __init__(self, distribution):
        found = jax.devices()
        platform = KINDS.get(found[0].platform, found[0].platform)
        if distribution.accelerator not in ("auto", platform):
            raise ValueError(
                f"--accelerator={distribution.accelerator}: JAX {jax.__version__} runs on {platform}. "
                "See what is installed: python -m training.doctor"
            )
        if distribution.replicas > len(found):
            raise ValueError(f"--replicas={distribution.replicas}, but JAX sees {len(found)} {platform} device(s).")
        self.devices = found[: distribution.replicas or None]
        self.replicas, self.is_cpu = len(self.devices), platform == "cpu"
        self.line = f"{platform.upper()} x {self.replicas} ({self.devices[0].device_kind}): JAX {jax.__version__}"
        capability = getattr(self.devices[0], "compute_capability", None)
        capability = tuple(map(int, capability.split("."))) if capability else None
        self.precision = precision.choose(distribution.precision, platform.upper(), capability)
        keras.config.set_dtype_policy(self.precision)
        tf.config.set_visible_devices([], "GPU")  # TensorFlow only reads here, and would take the GPUs' memory

    def scope(self) -> contextlib.AbstractContextManager:
        return contextlib.nullcontext()

    def prepare_batch_norm(self, encoder) -> None:
        """On JAX there is nothing to do: a batch is one array, however many devices hold it."""

    def step(self, encoder, heads, optimizer, prepare, options) -> Step:
        if self.replicas < len(jax.devices()) and column_shards.any_split(heads):
            raise ValueError(
                f"--replicas={self.replicas} with --head=sharded: its classes are split over all {len(jax.devices())} "
                "devices that JAX sees. Leave --replicas out."
            )
        scale = LossScale() if self.precision == "mixed_float16" else None
        return Step(self.devices, encoder, heads, optimizer, prepare, options, scale)

    def batches(self, dataset: tf.data.Dataset) -> Iterator[dict]:
        return dataset.as_numpy_iterator()

    def embedder(self, encoder) -> "Embedder":
        return Embedder(self.devices, encoder)


class Embedder:
    """Runs an encoder in inference mode; rows of a batch are split over the devices."""

    def __init__(self, devices, encoder):
        self.layouts = jax_layouts.over(devices)
        self.encoder, self.weights = encoder, None
        self.run = jax.jit(lambda weights, inputs: encoder.stateless_call(*weights, inputs, training=False)[0])

    def load(self) -> None:
        """Takes up the encoder's weights as they are now."""
        owned = self.encoder.trainable_variables, self.encoder.non_trainable_variables
        self.weights = tuple([jax.device_put(v.value, self.layouts.whole) for v in variables] for variables in owned)

    def __call__(self, inputs) -> dict[str, np.ndarray]:
        """{space: [batch, dim]} of the batch, on the host."""
        found = self.run(self.weights, jax.device_put(jax.tree.map(np.asarray, inputs), self.layouts.rows))
        return {space: np.asarray(value) for space, value in found.items()}
