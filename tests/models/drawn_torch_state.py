"""A PyTorch state and a picture drawn by a rule that both sides of a comparison can follow. NumPy alone."""

import zlib

import numpy as np

IMAGE_SIZE = 64


def draw_tensor(name, shape):
    """The tensor of a name: kernels by their fan-in, small biases, statistics and gains near 1, variances positive."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if len(shape) == 4:
        return rng.normal(0.0, (2.0 / np.prod(shape[1:])) ** 0.5, shape).astype("float32")
    if name.endswith("running_var"):
        return rng.uniform(0.5, 1.5, shape).astype("float32")
    if name.endswith(".weight"):
        return rng.uniform(0.3, 0.9, shape).astype("float32")
    return rng.normal(0.0, 0.1, shape).astype("float32")


def draw_state(shapes):
    """{name: tensor} for {name: shape}."""
    return {name: draw_tensor(name, shape) for name, shape in shapes.items()}


def draw_picture():
    """A normalised picture `[1, 64, 64, 3]`, channels last."""
    return np.random.default_rng(0).normal(size=(1, IMAGE_SIZE, IMAGE_SIZE, 3)).astype("float32")
