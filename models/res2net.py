"""Res2Net v1b: bottlenecks whose 3x3 convolution works at several scales, on a ResNet-D frame."""

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
)

_SCALES = 4


def res2net(image_size, depths, name, width=64):
    """Builds a Res2Net-v1b 26w 4s with random weights.

    Each bottleneck splits its channels into four parts of 26 (times the stage): a part is added to the convolved part
    before it, and convolved in turn, so that receptive fields of several sizes leave one block. In the first block of a
    stage nothing is added, and the last part is averaged. v1b has a stem of three convolutions and averages in the
    shortcuts.

    Args:
      image_size: side of the square input in pixels.
      depths: blocks per stage.
      name: name of the model.
      width: width of the first stage; 64 in the published networks.

    Returns:
      keras.Model from normalised pictures `[batch, image_size, image_size, 3]` to a feature map
      `[batch, image_size / 32, image_size / 32, 32 * width]`, not negative.

    Source: Gao et al., Res2Net: A New Multi-scale Backbone Architecture, arXiv:1904.01169, and
    github.com/Res2Net/Res2Net-PretrainedModels (res2net_v1b).
    """
    image = keras.Input((image_size, image_size, 3), name="pixels")
    x = deep_stem(image, width // 2, width)
    return keras.Model(image, residual_stages(x, depths, width, _bottleneck), name=name)


def _bottleneck(x, width, strides, name):
    part = width * 26 // 64
    first = x.shape[-1] != EXPANSION * width
    shortcut = average_shortcut(x, EXPANSION * width, strides, name)
    x = batch_norm(conv(x, _SCALES * part, 1, f"{name}.conv1"), f"{name}.bn1")
    parts = ops.split(x, _SCALES, axis=-1)
    convolved = []
    for i, x in enumerate(parts[:-1]):
        if convolved and not first:
            x = ops.add(convolved[-1], x)
        x = conv(x, part, 3, f"{name}.convs.{i}", strides)
        convolved.append(batch_norm(x, f"{name}.bns.{i}"))
    last = average_pool(parts[-1], strides) if first else parts[-1]
    x = ops.concatenate([*convolved, last], axis=-1)
    x = batch_norm(conv(x, EXPANSION * width, 1, f"{name}.conv3"), f"{name}.bn3", relu=False)
    return add(x, shortcut)


RES2NETS = {
    name: functools.partial(res2net, depths=depths, name=name)
    for name, depths in {"res2net50_v1b_26w_4s": (3, 4, 6, 3), "res2net101_v1b_26w_4s": (3, 4, 23, 3)}.items()
}
