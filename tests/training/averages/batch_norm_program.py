"""An encoder with a BatchNorm outside and one inside a nested model, and batches to measure them on.

    KERAS_BACKEND=jax python -m tests.training.averages.batch_norm_program <out.npz>

Run by batch_norm_statistics_test.py: Keras takes its backend when a process starts.
"""

import sys

import keras
import numpy as np

STEPS, ROWS, WIDTH, OUT = 6, 8, 4, 3


def batches() -> np.ndarray:
    """float32 [STEPS, ROWS, WIDTH], each batch wider than the one before."""
    scale = np.linspace(1, 3, STEPS)[:, None, None]
    return np.random.default_rng(1).normal(2.0, scale, (STEPS, ROWS, WIDTH)).astype("float32")


def kernel() -> np.ndarray:
    """float32 [WIDTH, OUT], of the Dense layer between the two BatchNorms."""
    return np.random.default_rng(0).normal(size=(WIDTH, OUT)).astype("float32")


def encoder(dropout: float = 0.0) -> keras.Model:
    """{"x"} -> Dropout -> BatchNorm `first` -> nested model (Dense -> BatchNorm `second`) -> {"title"}."""
    inside = keras.Input((WIDTH,))
    dense = keras.layers.Dense(OUT, name="dense")
    nested = keras.Model(inside, keras.layers.BatchNormalization(name="second")(dense(inside)), name="nested")
    x = keras.Input((WIDTH,), name="x")
    features = keras.layers.Dropout(dropout, seed=3)(x)
    features = keras.layers.BatchNormalization(momentum=0.7, name="first")(features)
    model = keras.Model({"x": x}, {"title": nested(features)})
    dense.set_weights([kernel(), np.ones(OUT, "float32")])
    return model


def statistics(model) -> list[np.ndarray]:
    """Moving mean and variance of `first`, then of `second`."""
    layers = [model.get_layer("first"), model.get_layer("nested").get_layer("second")]
    return [np.array(v) for layer in layers for v in (layer.moving_mean, layer.moving_variance)]


def main(path: str) -> None:
    from flags.distribution import Distribution
    from training import devices
    from training.averages.batch_norm_statistics import reestimate_batch_norm

    chosen, model = devices.choose(Distribution(accelerator="cpu", replicas=2)), encoder()
    reestimate_batch_norm(chosen, model, ({"x": batch} for batch in batches()), STEPS)
    np.savez(path, *statistics(model))


if __name__ == "__main__":
    main(sys.argv[1])
