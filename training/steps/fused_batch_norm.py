"""BatchNorm of feature maps by TensorFlow's own op, which passes over memory twice where Keras's does a dozen times."""

import functools

import keras
import tensorflow as tf


def fuse(layer: keras.layers.BatchNormalization) -> None:
    """Lets a layer train by the op; what it computes stays the same but for rounding.

    Inference goes the layer's own way, as do inputs other than `[rows, height, width, channels]`, masks, and batch
    renormalisation. The layer's config and weights are as they were.
    """
    layer.call = functools.partial(_call, layer, layer.call)


def _call(layer, own, inputs, training=None, mask=None):
    maps = len(inputs.shape) == 4 and layer.axis in (-1, 3)
    if not (training and layer.trainable and maps) or mask is not None or layer.renorm:
        return own(inputs, training=training, mask=mask)
    channels = inputs.shape[-1]
    scale = tf.convert_to_tensor(layer.gamma) if layer.scale else tf.ones(channels)
    offset = tf.convert_to_tensor(layer.beta) if layer.center else tf.zeros(channels)
    # With `mean` and `variance` empty they are measured; tf.nn's function over it would raise a small epsilon.
    found = tf.raw_ops.FusedBatchNormV3(
        x=tf.cast(inputs, tf.float32), scale=scale, offset=offset, mean=[], variance=[], epsilon=layer.epsilon
    )
    count = tf.cast(tf.size(inputs) // channels, tf.float32)
    variance = found.batch_variance * (count - 1.0) / count  # the op's is a sample's, Keras's the batch's
    for stored, value in ((layer.moving_mean, found.batch_mean), (layer.moving_variance, variance)):
        stored.assign(stored * layer.momentum + value * (1.0 - layer.momentum))
    return tf.cast(found.y, layer.compute_dtype)
