"""SE-ResNeXt and SENet154: bottlenecks of grouped convolutions that weigh their channels (squeeze and excitation)."""

import functools

import keras

from models.residual_parts import EXPANSION, add, batch_norm, conv, max_pool, residual_stages, squeeze

_REDUCTION = 16


def se_resnext(image_size, depths, name, width=64, groups=32):
    """Builds an SE-ResNeXt 32x4d with random weights: a 7x7 stem, and 1x1 convolutions as shortcuts.

    Args:
      image_size: side of the square input in pixels.
      depths: blocks per stage.
      name: name of the model.
      width: width of the first stage, a multiple of 16; 64 in the published networks.
      groups: groups of the 3x3 convolutions.

    Returns:
      keras.Model from normalised pictures `[batch, image_size, image_size, 3]` to a feature map
      `[batch, image_size / 32, image_size / 32, 32 * width]`, not negative.

    Source: Hu et al., Squeeze-and-Excitation Networks, arXiv:1709.01507, and the PyTorch form of its Caffe weights,
    github.com/Cadene/pretrained-models.pytorch: the maximum of the stem pads on the right and below only.
    """

    def block(x, width, strides, name):
        inside = width * 4 // 64 * groups
        return _bottleneck(x, (inside, inside, EXPANSION * width), groups, strides, 1, name)

    image = keras.Input((image_size, image_size, 3), name="pixels")
    x = batch_norm(conv(image, width, 7, "layer0.conv1", strides=2), "layer0.bn1")
    return keras.Model(image, residual_stages(_pool(x), depths, width, block), name=name)


def senet(image_size, depths, name, width=64, groups=64):
    """Builds a SENet154 with random weights: a stem of three 3x3 convolutions, wider bottlenecks, 3x3 shortcuts.

    Args, returns and source: as se_resnext.
    """

    def block(x, width, strides, name):
        channels = (2 * width, EXPANSION * width, EXPANSION * width)
        return _bottleneck(x, channels, groups, strides, 3 if strides > 1 else 1, name)

    x = image = keras.Input((image_size, image_size, 3), name="pixels")
    for i, channels in enumerate((width, width, 2 * width), start=1):
        x = conv(x, channels, 3, f"layer0.conv{i}", strides=2 if i == 1 else 1)
        x = batch_norm(x, f"layer0.bn{i}")
    return keras.Model(image, residual_stages(_pool(x), depths, width, block), name=name)


def _pool(x):
    return max_pool(x, ((0, 1), (0, 1)))


def _bottleneck(x, channels, groups, strides, shortcut_kernel, name):
    shortcut = x
    if x.shape[-1] != channels[2]:
        shortcut = conv(x, channels[2], shortcut_kernel, f"{name}.downsample.0", strides)
        shortcut = batch_norm(shortcut, f"{name}.downsample.1", relu=False)
    x = batch_norm(conv(x, channels[0], 1, f"{name}.conv1"), f"{name}.bn1")
    x = batch_norm(conv(x, channels[1], 3, f"{name}.conv2", strides, groups), f"{name}.bn2")
    x = batch_norm(conv(x, channels[2], 1, f"{name}.conv3"), f"{name}.bn3", relu=False)
    return add(_excite(x, f"{name}.se_module"), shortcut)


def _excite(x, name):
    weights = conv(squeeze(x), x.shape[-1] // _REDUCTION, 1, f"{name}.fc1", bias=True)
    weights = conv(keras.layers.ReLU()(weights), x.shape[-1], 1, f"{name}.fc2", bias=True)
    return keras.layers.Multiply()([x, keras.layers.Activation("sigmoid")(weights)])


SENETS = {
    "se_resnext50_32x4d": functools.partial(se_resnext, depths=(3, 4, 6, 3), name="se_resnext50_32x4d"),
    "senet154": functools.partial(senet, depths=(3, 8, 36, 3), name="senet154"),
}
