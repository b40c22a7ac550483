"""BatchNorm by one op computes what Keras computes, and what the op cannot do is left to Keras."""

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.distribution import Distribution
from training import devices
from training.steps import fused_batch_norm


def trained(layer, values, fused):
    """Outputs, gradients and variables after a training pass."""
    if fused:
        fused_batch_norm.fuse(layer)
    given = tf.constant(values)
    weights = tf.constant(np.random.default_rng(1).normal(size=values.shape).astype("float32"))

    @tf.function
    def run():
        with tf.GradientTape() as tape:
            tape.watch(given)
            outputs = layer(given, training=True)
            loss = tf.reduce_sum(weights * tf.cast(outputs, tf.float32))
        return outputs, tape.gradient(loss, [given, *(v.value for v in layer.trainable_variables)])

    outputs, gradients = run()
    return [outputs, *gradients, *(v.numpy() for v in layer.variables)]


def built(values, **options):
    layer = keras.layers.BatchNormalization(**{"momentum": 0.7, "epsilon": 1e-5, **options})
    layer.build(values.shape)
    random = np.random.default_rng(2)
    layer.set_weights([random.uniform(0.5, 2.0, w.shape) for w in layer.get_weights()])
    return layer


class FusedBatchNormTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ((6, 5, 4, 3), {}), ((6, 5, 4, 3), {"scale": False}), ((6, 5, 4, 3), {"center": False, "axis": 3}),
        ((1, 1, 1, 3), {}), ((6, 5, 4, 3), {"axis": 1}), ((6, 3), {}), ((6, 5, 4, 3), {"trainable": False}),
        ((6, 5, 4, 3), {"renorm": True}),
    )  # fmt: skip
    def test_it_computes_what_keras_computes(self, shape, options):
        values = np.random.default_rng(0).normal(3.0, 2.0, shape).astype("float32")
        expected, found = (trained(built(values, **options), values, fused) for fused in (False, True))
        self.assertLen(found, len(expected))
        for one, other in zip(expected, found, strict=True):
            self.assertAllClose(one, other, rtol=1e-4, atol=1e-4)

    def test_only_where_it_is_asked_for(self):
        for asked in (False, True):
            model = keras.Sequential([keras.Input((3, 3, 2)), keras.layers.BatchNormalization()])
            devices.choose(Distribution(accelerator="cpu", replicas=1, fused_batch_norm=asked)).prepare_batch_norm(
                model
            )
            graph = tf.function(lambda x, model=model: model(x, training=True)).get_concrete_function(
                tf.TensorSpec((4, 3, 3, 2))
            )
            self.assertEqual("FusedBatchNormV3" in {op.type for op in graph.graph.get_operations()}, asked)

    def test_several_devices_are_refused(self):
        for given, message in (
            ({"backend": "jax"}, "is of one device of TensorFlow, not of --backend=jax: give --fused_batch_norm=false"),
            ({"replicas": 2}, "is of one device of TensorFlow, not of --replicas=2: give --fused_batch_norm=false"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                Distribution(fused_batch_norm=True, **given)
        with self.assertRaisesRegex(
            ValueError, "is of one device, and 2 were chosen: give --fused_batch_norm=false or"
        ):
            devices.choose(Distribution(accelerator="cpu", fused_batch_norm=True))

    def test_inference_is_untouched(self):
        values = np.random.default_rng(0).normal(size=(4, 3, 3, 2)).astype("float32")
        layer = built(values)
        expected = layer(values, training=False)
        fused_batch_norm.fuse(layer)
        self.assertAllEqual(layer(values, training=False), expected)

    def test_the_op_is_used_for_feature_maps_alone(self):
        for shape, expected in (((4, 3, 3, 2), True), ((4, 2), False)):
            layer = built(np.zeros(shape, "float32"))
            fused_batch_norm.fuse(layer)
            graph = tf.function(lambda x, layer=layer: layer(x, training=True)).get_concrete_function(
                tf.TensorSpec((None, *shape[1:]))
            )
            kinds = {operation.type for operation in graph.graph.get_operations()}
            self.assertEqual("FusedBatchNormV3" in kinds, expected)

    def test_a_low_precision_layer_normalises_in_float32(self):
        values = np.random.default_rng(0).normal(100.0, 1.0, (8, 4, 4, 2)).astype("float32")
        layer = built(values, dtype="mixed_bfloat16")
        fused_batch_norm.fuse(layer)
        outputs = layer(tf.cast(values, tf.bfloat16), training=True)
        self.assertEqual(outputs.dtype, tf.bfloat16)
        self.assertDTypeEqual(np.array(layer.moving_variance), np.float32)


if __name__ == "__main__":
    tf.test.main()
