"""Brings pixels of 0..255 to the range that a pretrained network was trained on, on the device."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("shelflens")
class PixelNormalization(keras.layers.Layer):
    """Computes `(pixel - mean) / std` per channel in float32.

    It is part of the encoder, so that the host hands over bytes and no caller can normalise twice or not at all.

    Args:
      mean: three floats in 0..255, in RGB order.
      std: three floats in 0..255, in RGB order.
      channels: "rgb", or "bgr" for networks trained on OpenCV's order: the picture is turned round after
        normalisation.

    Call arguments:
      image: uint8 or float tensor `[batch, height, width, 3]`, RGB, in 0..255.

    Returns:
      tensor of image's shape in the layer's compute dtype.
    """

    def __init__(self, mean, std, channels="rgb", **kwargs):
        super().__init__(**{"autocast": False, **kwargs})
        if channels not in ("rgb", "bgr"):
            raise ValueError(f"channels is the order that the network expects, rgb or bgr; got {channels!r}.")
        self.mean, self.std, self.channels = tuple(mean), tuple(std), channels

    def call(self, image):
        normalized = (ops.cast(image, "float32") - ops.array(self.mean, "float32")) / ops.array(self.std, "float32")
        if self.channels == "bgr":
            normalized = ops.flip(normalized, axis=-1)
        return ops.cast(normalized, self.compute_dtype)

    def compute_output_shape(self, image_shape):
        return image_shape

    def get_config(self):
        return {**super().get_config(), "mean": self.mean, "std": self.std, "channels": self.channels}
