"""Grouped convolution: Keras's own outputs and gradients, from block-diagonal kernels."""

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from models.grouped_convolution import GroupedConv2D


class GroupedConv2DTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        # channels, filters, groups, strides: one block, two blocks, groups as wide as a block, more filters
        (32, 32, 8, 1),
        (128, 128, 32, 2),
        (256, 256, 2, 1),
        (128, 256, 64, 1),
        (96, 96, 3, 2),
        (24, 48, 3, 1),
    )
    def test_equals_keras_grouped_convolution_and_its_gradient(self, channels, filters, groups, strides):
        keras.utils.set_random_seed(0)
        options = {"strides": strides, "padding": "same", "groups": groups, "bias_initializer": "random_normal"}
        ours, kerass = GroupedConv2D(filters, 3, **options), keras.layers.Conv2D(filters, 3, **options)
        x = tf.constant(np.random.default_rng(0).normal(size=(2, 5, 5, channels)).astype("float32"))
        outputs, gradients = [], []
        for layer in (ours, kerass):
            layer.build(x.shape)
            layer.set_weights(ours.get_weights())
            with tf.GradientTape() as tape:
                tape.watch(x)
                outputs.append(layer(x))
                loss = tf.reduce_sum(tf.sin(outputs[-1]))
            gradients.append(tape.gradient(loss, [x, *layer.trainable_variables]))
        self.assertAllClose(*outputs, atol=1e-4)
        for one, other in zip(*gradients, strict=True):
            self.assertAllClose(one, other, atol=1e-4)

    def test_blocks_are_64_channels_wide(self):
        for channels, groups, blocks in ((128, 32, 2), (32, 32, 1), (1024, 32, 16), (256, 2, 2), (2048, 32, 32)):
            layer = GroupedConv2D(channels, 3, groups=groups)
            call = tf.function(layer).get_concrete_function(tf.TensorSpec((1, 8, 8, channels)))
            self.assertLen([op for op in call.graph.get_operations() if op.type == "Conv2D"], blocks)

    def test_compiles_and_saves(self):
        image = keras.Input((8, 8, 32))
        model = keras.Model(image, GroupedConv2D(32, 3, groups=8)(image))
        again = keras.models.model_from_json(model.to_json())
        again.set_weights(model.get_weights())
        x = np.ones((1, 8, 8, 32), "float32")
        compiled = tf.function(again, jit_compile=True)
        self.assertAllClose(compiled(x), model(x), atol=1e-5)

    def test_channels_that_do_not_divide_are_refused_as_keras_does(self):
        with self.assertRaisesRegex(ValueError, "divisible by the number of groups"):
            GroupedConv2D(32, 3, groups=8).build((None, 8, 8, 20))


if __name__ == "__main__":
    tf.test.main()
