"""ResNeSt: bottlenecks whose 3x3 convolution has two halves, weighed per channel by attention."""

import functools

import keras
from keras import ops

from models.residual_parts import (
    EXPANSION,
    add,
    average_pool,
    average_shortcut,
    batch_norm,
    conv,
    deep_stem,
    residual_stages,
    squeeze,
)

_RADIX = 2


def resnest(image_size, depths, stem, name, width=64):
    """Builds a ResNeSt (radix 2, cardinality 1, width 64) with random weights.

    Where a stage halves the map, an average after the 3x3 convolution does it, and one before the 1x1 convolution of
    the shortcut.

    Args:
      image_size: side of the square input in pixels.
      depths: blocks per stage.
      stem: channels of the stem's first two convolutions; the third has twice as many.
      name: name of the model.
      width: width of the first stage; 64 in the published networks.

    Returns:
      keras.Model from normalised pictures `[batch, image_size, image_size, 3]` to a feature map
      `[batch, image_size / 32, image_size / 32, 32 * width]`, not negative.

    Source: Zhang et al., ResNeSt: Split-Attention Networks, arXiv:2004.08955, and github.com/zhanghang1989/ResNeSt.
    """
    image = keras.Input((image_size, image_size, 3), name="pixels")
    x = deep_stem(image, stem, 2 * stem)
    return keras.Model(image, residual_stages(x, depths, width, _bottleneck), name=name)


def _bottleneck(x, width, strides, name):
    shortcut = average_shortcut(x, EXPANSION * width, strides, name)
    x = batch_norm(conv(x, width, 1, f"{name}.conv1"), f"{name}.bn1")
    x = _split_attention(x, width, f"{name}.conv2")
    if strides > 1:
        x = average_pool(x, strides)
    x = batch_norm(conv(x, EXPANSION * width, 1, f"{name}.conv3"), f"{name}.bn3", relu=False)
    return add(x, shortcut)


def _split_attention(x, channels, name):
    x = batch_norm(conv(x, _RADIX * channels, 3, f"{name}.conv", groups=_RADIX), f"{name}.bn0")
    halves = ops.split(x, _RADIX, axis=-1)
    weights = ops.add(*ops.split(squeeze(x), _RADIX, axis=-1))
    weights = batch_norm(conv(weights, max(channels * _RADIX // 4, 32), 1, f"{name}.fc1", bias=True), f"{name}.bn1")
    weights = conv(weights, _RADIX * channels, 1, f"{name}.fc2", bias=True)
    weights = ops.softmax(ops.reshape(weights, (-1, 1, _RADIX, channels)), axis=2)
    weights = ops.split(ops.reshape(weights, (-1, 1, 1, _RADIX * channels)), _RADIX, axis=-1)
    return ops.add(*(ops.multiply(half, weight) for half, weight in zip(halves, weights, strict=True)))


RESNESTS = {
    name: functools.partial(resnest, depths=depths, stem=stem, name=name)
    for name, depths, stem in (("resnest50", (3, 4, 6, 3), 32), ("resnest101", (3, 4, 23, 3), 64))
}
