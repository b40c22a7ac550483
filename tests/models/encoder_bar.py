"""The bar that every product encoder has to pass."""

import os

import keras
import numpy as np
import tensorflow as tf


class EncoderBar:
    """Tests shared by all encoders. A class that uses it gives `make_encoder()` and `make_inputs()`."""

    jit_compile = True  # XLA on a CPU takes half a minute for a large backbone.

    def setUp(self):
        super().setUp()
        keras.utils.set_random_seed(0)

    def test_embeddings_are_unit_vectors_in_float32(self):
        for embedding in self.make_encoder()(self.make_inputs()).values():
            self.assertEqual(embedding.dtype, tf.float32)
            self.assertAllClose(np.linalg.norm(embedding, axis=1), np.ones(len(embedding)), atol=1e-5)

    def test_saves_and_loads_with_equal_outputs(self):
        encoder, inputs = self.make_encoder(), self.make_inputs()
        path = os.path.join(self.get_temp_dir(), "encoder.keras")
        encoder.save(path)
        self.assertSameOutputs(keras.models.load_model(path)(inputs), encoder(inputs))

    def test_is_built_again_from_its_json(self):
        encoder, inputs = self.make_encoder(), self.make_inputs()
        again = keras.models.model_from_json(encoder.to_json())
        again.set_weights(encoder.get_weights())
        self.assertSameOutputs(again(inputs), encoder(inputs))

    def test_compiled_call_equals_eager_call(self):
        encoder, inputs = self.make_encoder(), self.make_inputs()
        compiled = tf.function(lambda x: encoder(x, training=False), jit_compile=self.jit_compile)
        self.assertSameOutputs(compiled(inputs), encoder(inputs, training=False), atol=1e-4)

    def test_runs_inside_tf_data(self):
        encoder, inputs = self.make_encoder(), self.make_inputs()
        batch = tf.data.Dataset.from_tensors(inputs).map(lambda x: encoder(x, training=False)).get_single_element()
        self.assertSameOutputs(batch, encoder(inputs, training=False), atol=1e-4)

    def test_mixed_precision_gives_finite_float32(self):
        for policy in ("mixed_bfloat16", "mixed_float16"):
            before = keras.config.dtype_policy()
            keras.config.set_dtype_policy(policy)
            try:
                embeddings = self.make_encoder()(self.make_inputs(), training=True)
            finally:
                keras.config.set_dtype_policy(before)
            for embedding in embeddings.values():
                self.assertEqual(embedding.dtype, tf.float32)
                self.assertAllInRange(embedding, -1.01, 1.01)

    def test_every_weight_gets_a_finite_gradient(self):
        encoder, inputs = self.make_encoder(), self.make_inputs()
        with tf.GradientTape() as tape:
            embeddings = encoder(inputs, training=True)
            # Not the length, which is 1 whatever the weights.
            loss = tf.add_n([tf.reduce_sum(tf.sin(3 * e)) for e in embeddings.values()])
        for weight, gradient in zip(
            encoder.trainable_weights, tape.gradient(loss, encoder.trainable_weights), strict=True
        ):
            self.assertIsNotNone(gradient, weight.path)
            self.assertTrue(np.isfinite(tf.convert_to_tensor(gradient)).all(), weight.path)

    def assertSameOutputs(self, one, other, atol=1e-5):
        self.assertEqual(sorted(one), sorted(other))
        for name in one:
            self.assertAllClose(one[name], other[name], atol=atol)
