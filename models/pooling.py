"""Turns a feature map or a row of token vectors into one vector."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("shelflens")
class GeneralizedMeanPooling(keras.layers.Layer):
    """Pools a feature map by `mean(x^p)^(1/p)` per channel, p learned.

    p = 1 is the average of the positive part, p -> infinity the maximum: what stands out in a small part of the picture
    counts more. Needs features that are positive where something is seen (after ReLU or SiLU); negative ones count as
    zero. Computed in float32: x^3 overflows float16 from 41 on.

    Args:
      p: initial exponent, at least 1. 3 is the paper's.
      epsilon: the floor of the features, where the power's gradient would be infinite.

    Call arguments:
      features: float tensor `[batch, height, width, channels]`.

    Returns:
      tensor `[batch, channels]` of the layer's compute dtype, at least epsilon.

    Source: Radenovic et al., Fine-tuning CNN Image Retrieval with No Human Annotation, arXiv:1711.02512, eq. 3.
    """

    def __init__(self, p=3.0, epsilon=1e-6, **kwargs):
        super().__init__(**kwargs)
        if not p >= 1:
            raise ValueError(f"GeM's exponent p must be at least 1 (1 = average), got {p}.")
        self.initial_p, self.epsilon = p, epsilon

    def build(self, features_shape):
        self.p = self.add_weight(
            name="p", shape=(), initializer=keras.initializers.Constant(self.initial_p), autocast=False
        )

    def call(self, features):
        p = ops.maximum(ops.cast(self.p, "float32"), 1.0)
        powers = ops.power(ops.maximum(ops.cast(features, "float32"), self.epsilon), p)
        return ops.cast(ops.power(ops.mean(powers, axis=(1, 2)), 1.0 / p), self.compute_dtype)

    def compute_output_shape(self, features_shape):
        return (features_shape[0], features_shape[-1])

    def get_config(self):
        return {**super().get_config(), "p": self.initial_p, "epsilon": self.epsilon}


@keras.saving.register_keras_serializable("shelflens")
class MeanTokenPooling(keras.layers.Layer):
    """Averages the token vectors that the mask keeps, in float32: sentence-transformers' mean pooling.

    Call arguments:
      tokens: float tensor `[batch, length, dim]`.
      mask: int or bool tensor `[batch, length]`, nonzero where a token is, 0 at padding. A row of zeros gives zeros.

    Returns:
      tensor `[batch, dim]` of the layer's compute dtype.

    Source: Reimers and Gurevych, Sentence-BERT, arXiv:1908.10084, section 3.
    """

    def call(self, tokens, mask):
        weights = ops.expand_dims(ops.cast(mask, "float32"), -1)
        total = ops.sum(ops.cast(tokens, "float32") * weights, axis=1)
        return ops.cast(total / ops.maximum(ops.sum(weights, axis=1), 1.0), self.compute_dtype)

    def compute_output_shape(self, tokens_shape, mask_shape=None):
        return (tokens_shape[0], tokens_shape[-1])


@keras.saving.register_keras_serializable("shelflens")
class FirstTokenPooling(keras.layers.Layer):
    """Takes the first token's vector ([CLS], <s> or a vision transformer's class token).

    Call arguments:
      tokens: float tensor `[batch, length, dim]`.
      mask: ignored; there so that both token poolings are called alike.

    Returns:
      tensor `[batch, dim]`.
    """

    def call(self, tokens, mask=None):
        return tokens[:, 0]

    def compute_output_shape(self, tokens_shape, mask_shape=None):
        return (tokens_shape[0], tokens_shape[-1])


IMAGE_POOLINGS = {
    "avg": keras.layers.GlobalAveragePooling2D,
    "gem": GeneralizedMeanPooling,
    "max": keras.layers.GlobalMaxPooling2D,
}
TOKEN_POOLINGS = {"mean": MeanTokenPooling, "cls": FirstTokenPooling}


def choose_pooling(poolings, name):
    """Returns a new pooling layer by name.

    Args:
      poolings: IMAGE_POOLINGS or TOKEN_POOLINGS.
      name: a key of it.

    Raises:
      ValueError: naming the poolings there are.
    """
    if name not in poolings:
        raise ValueError(f"Unknown pooling {name!r}; there are {', '.join(poolings)}.")
    return poolings[name]()
