"""What Res2Net, ResNeSt and SENet have in common: layers that count as PyTorch's do, named as PyTorch's modules.

A layer's name is the path of the module in the published state (`layer1.0.conv1`), so that weights are found by name
(training/weights/torch_weights.py). Pictures are padded on both sides before a stride, where "same" of Keras would pad
on one.
"""

import keras

from models.grouped_convolution import GroupedConv2D

EXPANSION = 4
_INITIALIZER = keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal")


def conv(x, channels, kernel, name, strides=1, groups=1, bias=False):
    """Convolution of an odd kernel with `kernel // 2` zeros around the map."""
    if strides > 1 and kernel > 1:
        x = keras.layers.ZeroPadding2D(kernel // 2)(x)
    layer = keras.layers.Conv2D if groups == 1 else GroupedConv2D
    return layer(
        channels,
        kernel,
        strides,
        "valid" if strides > 1 else "same",
        groups=groups,
        use_bias=bias,
        kernel_initializer=_INITIALIZER.clone(),
        name=name,
    )(x)


def batch_norm(x, name, relu=True):
    """BatchNorm with PyTorch's epsilon and momentum, then ReLU."""
    x = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=name)(x)
    return keras.layers.ReLU()(x) if relu else x


def average_pool(x, strides):
    """3 x 3 average over a map with one zero around it; the zeros count."""
    return keras.layers.AveragePooling2D(3, strides)(keras.layers.ZeroPadding2D(1)(x))


def max_pool(x, padding):
    """3 x 3 maximum, stride 2, of a map that is not negative, with `padding` = zeros ((top, bottom), (left, right))."""
    return keras.layers.MaxPooling2D(3, 2)(keras.layers.ZeroPadding2D(padding)(x))


def squeeze(x):
    """Mean over the map, `[batch, 1, 1, channels]`, in float32: float16 ends at 65504."""
    return keras.layers.GlobalAveragePooling2D(keepdims=True, dtype="float32")(x)


def deep_stem(image, width, channels):
    """Three 3 x 3 convolutions in place of a 7 x 7 (ResNet-C), then the maximum: a quarter of the picture."""
    x = image
    for place in (0, 3):
        x = conv(x, width, 3, f"conv1.{place}", strides=1 if place else 2)
        x = batch_norm(x, f"conv1.{place + 1}")
    x = batch_norm(conv(x, channels, 3, "conv1.6"), "bn1")
    return max_pool(x, 1)


def average_shortcut(x, channels, strides, name):
    """Average of 2 x 2, then 1 x 1 convolution (ResNet-D); the picture itself where nothing changes."""
    if x.shape[-1] == channels:
        return x
    if strides > 1:
        x = keras.layers.AveragePooling2D(strides, padding="same")(x)
    return batch_norm(conv(x, channels, 1, f"{name}.downsample.1"), f"{name}.downsample.2", relu=False)


def add(x, shortcut):
    """End of a residual block."""
    return keras.layers.ReLU()(keras.layers.Add()([x, shortcut]))


def residual_stages(x, depths, width, block):
    """Stacks stages of blocks; each stage but the first halves the map, and each doubles the width.

    Args:
      x: map after the stem.
      depths: blocks per stage.
      width: width of the first stage's blocks; they end in four times as many channels.
      block: `block(x, width, strides, name)` -> map of `4 * width` channels; name is `layer<stage>.<block>`.
    """
    for stage, depth in enumerate(depths):
        for index in range(depth):
            halve = stage > 0 and index == 0
            x = block(x, width * 2**stage, 2 if halve else 1, f"layer{stage + 1}.{index}")
    return x
