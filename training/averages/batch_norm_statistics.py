"""Measures the stored statistics of BatchNorm anew, for weights that no training step has seen."""

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator

import keras
import numpy as np

from tfrecords_tools.progress import Progress


def reestimate_batch_norm(devices, encoder, batches: Iterable, steps: int, say: bool = False) -> None:
    """Sets the moving mean and variance of every BatchNorm to their exact average over `steps` batches.

    The batches run in training mode, so each layer sees what the layers before it normalise by the batch itself. No
    other state changes, seeds of dropout included. A BatchNorm that is frozen (`trainable` False) stays as it is. On
    several replicas a statistic is that of the global batch where the layer is synchronised, else the replicas' mean.

    Args:
      devices: what `training.devices.choose` gave.
      encoder: keras.Model; BatchNorms inside nested models count.
      batches: model inputs, as `devices.batches` gives them; nothing is read beyond `steps`.
      steps: number of batches, at least 1.
      say: show a progress line.

    Raises:
      ValueError: `steps` is below 1, or there are fewer batches.

    Source: Izmailov et al., Averaging Weights Leads to Wider Optima, arXiv:1803.05407, algorithm 1.
    """
    if steps < 1:
        raise ValueError(f"steps={steps}: statistics need at least 1 batch.")
    layers = learning_layers(encoder)
    if not layers:
        return
    statistics = [v for layer in layers for v in (layer.moving_mean, layer.moving_variance)]
    progress = Progress(steps, "batches") if say else None
    sums, done = [np.zeros(v.shape, np.float64) for v in statistics], 0
    with _of_the_last_batch(layers):
        for found in _statistics(devices, encoder, statistics, itertools.islice(batches, steps)):
            sums = [total + value for total, value in zip(sums, found, strict=True)]
            done += 1
            if progress:
                progress.advance()
    if progress:
        progress.finish()
    if done < steps:
        raise ValueError(f"There were {done} batches to measure BatchNorm on, not {steps}.")
    for variable, total in zip(statistics, sums, strict=True):
        variable.assign((total / steps).astype(np.float32))


def learning_layers(encoder) -> list[keras.layers.BatchNormalization]:
    """The BatchNorms that training moves, those of nested models included, each once."""
    layers = {id(layer): layer for layer in encoder._flatten_layers()}.values()
    return [layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable]


@contextlib.contextmanager
def _of_the_last_batch(layers: list) -> Iterator[None]:
    """While the block runs, a training pass stores the statistics of its batch alone."""
    momentum = [layer.momentum for layer in layers]
    for layer in layers:
        layer.momentum = 0.0
    try:
        yield
    finally:
        for layer, value in zip(layers, momentum, strict=True):
            layer.momentum = value


def _statistics(devices, encoder, statistics: list, batches: Iterable) -> Iterator[list[np.ndarray]]:
    """The values that `statistics` would have after each batch.

    The state is handed from batch to batch outside of the variables: dropout draws anew and nothing is written.
    """
    at = {id(v): place for place, v in enumerate(encoder.non_trainable_variables)}
    places = [at[id(v)] for v in statistics]
    start, step, value = (_on_jax if keras.backend.backend() == "jax" else _on_tensorflow)(devices, encoder)
    state = start()
    for inputs in batches:
        state = step(state, inputs)
        yield [value(state[place]) for place in places]


def _on_tensorflow(devices, encoder) -> tuple[Callable, Callable, Callable]:
    import tensorflow as tf

    strategy = devices.strategy

    def pass_state(state, inputs):
        weights = [v.value for v in encoder.trainable_variables]
        return encoder.stateless_call(weights, state, inputs, training=True)[1]

    def read():
        return [tf.identity(v.value) for v in encoder.non_trainable_variables]

    start = tf.function(lambda: strategy.run(read))
    step = tf.function(lambda state, inputs: strategy.run(pass_state, (state, inputs)), reduce_retracing=True)
    return start, step, lambda value: strategy.reduce(tf.distribute.ReduceOp.MEAN, value, axis=None).numpy()


def _on_jax(devices, encoder) -> tuple[Callable, Callable, Callable]:
    import jax

    from models import jax_layouts

    layouts = jax_layouts.over(devices.devices)
    owned = encoder.trainable_variables, encoder.non_trainable_variables
    weights, start = ([jax.device_put(np.array(v.value), layouts.whole) for v in variables] for variables in owned)

    @jax.jit
    def pass_state(weights, state, inputs):
        return encoder.stateless_call(weights, state, inputs, training=True)[1]

    def step(state, inputs):
        return pass_state(weights, state, jax.device_put(jax.tree.map(np.asarray, inputs), layouts.rows))

    return lambda: start, step, np.asarray
