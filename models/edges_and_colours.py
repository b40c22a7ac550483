"""A picture encoder for a few hundred studio photographs: fixed edges and colours, learned projections.

Where there are too few pictures to learn filters from, the filters are given: oriented edges say what shape a product
has, whatever its colour, and a fine colour histogram what shade, whatever the view. What is learned is how much each of
them matters.
"""

import math

import keras
import numpy as np
from keras import ops

from models.unit_vector import UnitVector


def edges_and_colours_backbone(image_size, dim=256):
    """Builds the encoder: edges -> Dense -> BatchNorm -> L2 beside colours -> Dense -> BatchNorm -> L2.

    In training each half is left out for three examples in ten.

    Args:
      image_size: side of the square input in pixels, at least 16.
      dim: width of each half.

    Returns:
      keras.Model from pixels `[batch, image_size, image_size, 3]` in 0..255 to `[batch, 2 * dim]`: two unit vectors.

    Raises:
      ValueError: if the picture is smaller than two cells of 8 pixels.
    """
    if image_size < 16:
        raise ValueError(f"image_size={image_size} is too small for cells of 8 pixels; at least 16.")
    pixels = keras.Input((image_size, image_size, 3), name="pixels")
    edges = keras.layers.Flatten()(EdgeCells(name="edges")(pixels))
    edges = keras.layers.Dropout(0.2)(edges)
    halves = [_project(edges, dim, "edges"), _project(ColourHistogram(name="colours")(pixels), dim, "colours")]
    both = keras.layers.Reshape((2, dim))(keras.layers.Concatenate()(halves))
    # Else the half that is easier to learn from does all the work: training must also do with either one.
    both = keras.layers.Dropout(0.3, noise_shape=(None, 2, 1), name="half_dropout")(both)
    return keras.Model(pixels, keras.layers.Flatten()(both), name="edges_and_colours")


def _project(features, dim, name):
    x = keras.layers.Dense(dim, use_bias=False, name=f"{name}_dense")(features)
    return UnitVector(name=f"{name}_unit")(keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x))


class _Float32Layer(keras.layers.Layer):
    """Computes in float32 under every policy: neighbouring shades are one number in bfloat16."""

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})


@keras.saving.register_keras_serializable("shelflens")
class EdgeCells(_Float32Layer):
    """Strength of grey edges in 8 directions per cell of 8x8 pixels, each cell scaled to the same contrast.

    A dark line on white and a white line on dark give the same: gradients are taken by their doubled angle.

    Call arguments:
      pixels: `[batch, height, width, 3]` in 0..255.

    Returns:
      float32 `[batch, height // 8, width // 8, 8]`.

    Source: after Dalal and Triggs, Histograms of Oriented Gradients, CVPR 2005.
    """

    DIRECTIONS, CELL, SHARPNESS, CONTRAST_FLOOR = 8, 8, 0.7, 0.5 / 64

    def call(self, pixels):
        grey = ops.sum(pixels * np.array([0.299, 0.587, 0.114], "float32"), axis=-1, keepdims=True) / 255.0
        padded = ops.pad(grey, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect")
        across = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
        down = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
        strength = ops.sqrt(ops.square(across) + ops.square(down) + 1e-8)
        cosine = (ops.square(across) - ops.square(down)) / (strength + 1e-4)
        sine = 2.0 * across * down / (strength + 1e-4)
        angles = [2.0 * math.pi * direction / self.DIRECTIONS for direction in range(self.DIRECTIONS)]
        along = [math.cos(a) * cosine + math.sin(a) * sine - self.SHARPNESS * strength for a in angles]
        edges = ops.relu(ops.concatenate(along, axis=-1)) / (1.0 - self.SHARPNESS)
        cells = ops.average_pool(edges, self.CELL, strides=self.CELL)
        contrast = ops.sqrt(ops.sum(ops.square(cells), axis=-1, keepdims=True) + 1e-12)
        return ops.sqrt(cells / (contrast + self.CONTRAST_FLOOR) + 1e-6)

    def compute_output_shape(self, shape):
        return (shape[0], shape[1] // self.CELL, shape[2] // self.CELL, self.DIRECTIONS)


@keras.saving.register_keras_serializable("shelflens")
class ColourHistogram(_Float32Layer):
    """How much of the picture has each of 12 x 12 x 12 shades; white background is left out.

    Every third pixel is read, and shared between the neighbouring shades, so that a little more light moves a little of
    the histogram. Square roots are taken: a shade seen twice as often does not count twice.

    Call arguments:
      pixels: `[batch, height, width, 3]` in 0..255.

    Returns:
      float32 `[batch, 1728]`, 0 or more.
    """

    BINS, STRIDE, WHITE, FLOOR = 12, 3, 0.93, 1e-7

    def call(self, pixels):
        pixels = pixels[:, 1 :: self.STRIDE, 1 :: self.STRIDE] / 255.0
        count = pixels.shape[1] * pixels.shape[2]
        coloured = ops.reshape(ops.cast(ops.min(pixels, axis=-1) < self.WHITE, "float32"), (-1, count))
        places = ops.reshape(pixels, (-1, count, 3, 1)) * self.BINS - 0.5
        near = ops.relu(1.0 - ops.abs(places - np.arange(self.BINS, dtype="float32")))
        red_green = near[:, :, 0, :, None] * near[:, :, 1, None, :] * coloured[:, :, None, None]
        red_green = ops.reshape(red_green, (-1, count, self.BINS**2))
        shades = ops.matmul(ops.transpose(red_green, (0, 2, 1)), near[:, :, 2])
        shares = ops.reshape(shades, (-1, self.BINS**3)) / (ops.sum(coloured, axis=1, keepdims=True) + 1.0)
        return ops.sqrt(shares + self.FLOOR) - math.sqrt(self.FLOOR)

    def compute_output_shape(self, shape):
        return (shape[0], self.BINS**3)
