"""A small residual network that learns product pictures from scratch on a CPU."""

import keras


def small_backbone(image_size, width=32, depth=1, stages=4):
    """Builds a ResNet of 3x3 convolutions for pictures of 64 to 128 px and a few thousand examples.

    A stem of stride 2, then stages of residual blocks; each stage halves the map and doubles the channels (but the
    first, which keeps them). With the defaults 1.2 M parameters, and a 128 px picture becomes an 8 x 8 map of 256
    channels. Two ideas of later ResNets are in, both cheap: the shortcut averages before its 1x1 convolution instead
    of skipping three pixels of four (ResNet-D), and the last BatchNorm of a block starts at 0, so that each block
    starts as the identity and the network trains at a high rate from the first step.

    Args:
      image_size: side of the square input in pixels, at least 2^stages.
      width: channels of the stem and of the first stage.
      depth: residual blocks per stage.
      stages: number of stages; the map is image_size / 2^stages on a side.

    Returns:
      keras.Model from normalised pictures `[batch, image_size, image_size, 3]` to a feature map
      `[batch, image_size / 2^stages, image_size / 2^stages, width * 2^(stages - 1)]`, not negative.

    Raises:
      ValueError: if the picture is too small for the stages.

    Source: He et al., Deep Residual Learning, arXiv:1512.03385; He et al., Bag of Tricks, arXiv:1812.01187, sec. 3, 4.
    """
    if image_size < 2**stages:
        raise ValueError(f"image_size={image_size} is too small for {stages} stages; at least {2**stages}.")
    image = keras.Input((image_size, image_size, 3), name="pixels")
    x = _conv_bn(image, width, strides=2)
    x = keras.layers.ReLU()(x)
    for stage in range(stages):
        for block in range(depth):
            halve = stage > 0 and block == 0
            x = _residual(x, width * 2**stage, strides=2 if halve else 1)
    return keras.Model(image, x, name="small")


def _conv_bn(x, channels, kernel=3, strides=1, gamma="ones"):
    x = keras.layers.Conv2D(channels, kernel, strides, "same", use_bias=False, kernel_initializer="he_normal")(x)
    # Runs on small catalogues last a few hundred steps: Keras's momentum of .99 would still remember the start.
    return keras.layers.BatchNormalization(momentum=0.9, gamma_initializer=gamma)(x)


def _residual(x, channels, strides):
    shortcut = x
    if strides > 1:
        shortcut = keras.layers.AveragePooling2D(strides, padding="same")(shortcut)
    if shortcut.shape[-1] != channels:
        shortcut = _conv_bn(shortcut, channels, kernel=1)
    x = keras.layers.ReLU()(_conv_bn(x, channels, strides=strides))
    x = _conv_bn(x, channels, gamma="zeros")
    return keras.layers.ReLU()(keras.layers.Add()([x, shortcut]))
