"""A training step's grouped convolution on the CPU: ours beside Keras's.

    python -m benchmarks.grouped_convolution

Forward pass and gradient of 3x3 convolutions of SE-ResNeXt50 and ResNeSt50 on one picture of 224 px, each a
tf.function; milliseconds, the best of three, beside those of keras.layers.Conv2D(groups=...), and the ratio of the two.
"""

import time
from collections.abc import Iterator

import keras
import tensorflow as tf
from absl import app

from benchmarks import figures
from models.grouped_convolution import GroupedConv2D

BATCH, TURNS = 1, 3
# Name: channels, filters, groups, side of the map.
LAYERS = {
    "se_resnext50_layer1": (128, 128, 32, 56),
    "se_resnext50_layer2": (256, 256, 32, 28),
    "se_resnext50_layer3": (512, 512, 32, 14),
    "se_resnext50_layer4": (1024, 1024, 32, 7),
    "resnest50_layer3": (256, 512, 2, 14),
}


def measure(layers: dict = LAYERS) -> Iterator[dict]:
    """Figures of the forward pass and of the gradient of each layer."""
    for name, (channels, filters, groups, side) in layers.items():
        ours, kerass = (
            kind(filters, 3, padding="same", groups=groups, use_bias=False)
            for kind in (GroupedConv2D, keras.layers.Conv2D)
        )
        x = tf.random.stateless_normal((BATCH, side, side, channels), (0, 0))
        for what, program in (("forward", _forward), ("gradient", _gradient)):
            mine, theirs = (_best(program(layer), x) for layer in (ours, kerass))
            yield figures.figure(f"grouped_convolution/{name}_{what}", 1000 * mine, "ms", 1000 * theirs)


def _forward(layer):
    return tf.function(lambda x: layer(x))


def _gradient(layer):
    @tf.function
    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.square(layer(x)))
        return tape.gradient(loss, [x, *layer.trainable_variables])

    return gradient


def _best(program, x) -> float:
    program(x)
    taken = []
    for _ in range(TURNS):
        before = time.perf_counter()
        tf.nest.map_structure(lambda tensor: tensor.numpy(), program(x))
        taken.append(time.perf_counter() - before)
    return min(taken)


def main(argv: list[str]) -> None:
    """Prints the figures."""
    if argv[1:]:
        raise app.UsageError(f"unexpected arguments: {' '.join(argv[1:])}")
    figures.show(measure())


if __name__ == "__main__":
    app.run(main)
