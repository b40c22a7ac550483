"""L2 normalisation whose gradient stays finite at the zero vector."""

import keras
from keras import ops


def l2_normalize(x, axis=-1, epsilon=1e-6):
    """Scales vectors to length 1; a zero vector stays zero.

    `keras.ops.normalize` gives NaN gradients at the zero vector (0 times infinity, Keras 3.15), and a product without a
    picture or a title has exactly that vector: here the squared length is clamped before the root, so its gradient is
    finite (and at most 1 / epsilon).

    Args:
      x: float tensor of any shape. Taken to float32.
      axis: the axis that holds a vector's coordinates.
      epsilon: lengths below it are divided by it instead of by themselves.

    Returns:
      float32 tensor of x's shape, every vector of length 1, or shorter where x was shorter than epsilon.
    """
    x = ops.cast(x, "float32")
    squared_length = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(squared_length, epsilon**2))


@keras.saving.register_keras_serializable("shelflens")
class UnitVector(keras.layers.Layer):
    """Scales each row of `[batch, dim]` to length 1 in float32 under every dtype policy; zero rows stay zero."""

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})

    def call(self, x):
        return l2_normalize(x)

    def compute_output_shape(self, input_shape):
        return input_shape
