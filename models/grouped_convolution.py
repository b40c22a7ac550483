"""Grouped convolution with a fast gradient on CPUs."""

import keras
import numpy as np
from keras import ops

# Channels that share one dense convolution. More of them are fewer and larger convolutions, but more products with 0.
_BLOCK = 64


@keras.saving.register_keras_serializable("shelflens")
class GroupedConv2D(keras.layers.Conv2D):
    """keras.layers.Conv2D with `groups`, channels last: same arguments, same weights, same outputs.

    Narrow groups are gathered into blocks of 64 input channels, each one dense convolution by a block-diagonal kernel.
    Keras's gradient of 32 groups takes 80 to 480 times as long as its forward pass on a CPU, this one up to four times
    (benchmarks/grouped_convolution.py).

    Args:
      filters, kernel_size, **options: as keras.layers.Conv2D.

    Call arguments:
      inputs: float tensor `[batch, height, width, channels]`.

    Returns:
      tensor `[batch, height', width', filters]`.
    """

    def convolution_op(self, inputs, kernel):
        blocks = self.groups // _groups_per_block(self.groups, inputs.shape[-1])
        pairs = zip(ops.split(inputs, blocks, axis=-1), ops.split(kernel, blocks, axis=-1), strict=True)
        outputs = [
            ops.conv(x, _block_diagonal(k, x.shape[-1]), list(self.strides), self.padding, "channels_last")
            for x, k in pairs
        ]
        return ops.concatenate(outputs, axis=-1)


def _groups_per_block(groups, channels):
    """The fewest groups that together have 64 channels and of which a whole number make up all."""
    enough = (n for n in range(1, groups) if groups % n == 0 and n * channels // groups >= _BLOCK)
    return next(enough, groups)


def _block_diagonal(kernel, channels):
    """`[height, width, channels of a group, filters]` -> `[height, width, channels, filters]`, 0 between groups."""
    groups = channels // kernel.shape[2]
    of_input = np.repeat(np.arange(groups), kernel.shape[2])
    of_output = np.repeat(np.arange(groups), kernel.shape[3] // groups)
    same = ops.convert_to_tensor(of_input[:, None] == of_output, dtype=kernel.dtype)
    return ops.tile(kernel, (1, 1, groups, 1)) * same
