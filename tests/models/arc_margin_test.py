"""ArcMargin against known values, at the edges of the cosine, and under XLA."""

import os

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from models.arc_margin import ArcMargin


def layer_with_centres(centres, **kwargs):
    layer = ArcMargin(num_classes=centres.shape[1], **kwargs)
    layer.build((None, centres.shape[0]))
    layer.centres.assign(centres)
    return layer


class ArcMarginTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters((0.9, 17.4254), (0.3, -5.8220), (-0.95, -35.6914))
    def test_target_logit_has_the_published_value(self, cosine, logit):
        layer = layer_with_centres(np.eye(2, dtype="float32"), scale=30.0, margin=0.5)
        embedding = np.array([[cosine, np.sqrt(1 - cosine**2)]], "float32")
        logits = layer(embedding, np.array([0]), training=True)
        self.assertAllClose(logits[0, 0], logit, atol=1e-3)
        self.assertAllClose(logits[0, 1], 30 * embedding[0, 1], atol=1e-4)

    def test_margin_is_left_out_when_not_training(self):
        layer = layer_with_centres(np.eye(2, dtype="float32"), scale=30.0, margin=0.5)
        self.assertAllClose(layer(np.array([[0.6, 0.8]], "float32")), [[18.0, 24.0]], atol=1e-4)

    @parameterized.parameters("float32", "mixed_bfloat16", "mixed_float16")
    def test_value_and_gradient_are_finite_from_cosine_minus_one_to_one(self, policy):
        layer = layer_with_centres(np.eye(2, dtype="float32"))
        compute_dtype = keras.dtype_policies.get(policy).compute_dtype
        cosine = np.linspace(-1, 1, 2001)
        embedding = tf.cast(np.stack([cosine, np.sqrt(1 - cosine**2)], 1), compute_dtype)
        with tf.GradientTape() as tape:
            tape.watch(embedding)
            logits = layer(embedding, np.zeros(2001, int), training=True)
        self.assertAllInRange(logits, -30 * (1 + 0.5 * np.sin(0.5)) - 0.1, 30.1)
        self.assertEqual(logits.dtype, tf.float32)
        self.assertTrue(np.isfinite(tf.cast(tape.gradient(logits, embedding), tf.float32)).all())

    def test_gradient_is_finite_where_embedding_and_centre_are_the_same_vector(self):
        # After normalisation in float32 the cosine of a vector with itself exceeds 1 for one row in eight.
        centres = np.random.default_rng(0).normal(size=(64, 500)).astype("float32")
        layer = layer_with_centres(centres)
        with tf.GradientTape() as tape:
            logits = layer(centres.T, np.arange(500), training=True)
            loss = tf.reduce_sum(logits * tf.eye(500))
        self.assertTrue(np.isfinite(tf.convert_to_tensor(tape.gradient(loss, layer.centres.value))).all())

    def test_a_zero_embedding_gives_finite_gradients(self):
        layer = layer_with_centres(np.eye(3, dtype="float32"))
        embedding = tf.constant([[0.0, 0.0, 0.0], [0.6, 0.8, 0.0]])
        with tf.GradientTape() as tape:
            tape.watch(embedding)
            logits = layer(embedding, np.array([0, 1]), training=True)
        self.assertAllClose(logits[0, 1:], [0.0, 0.0])
        for gradient in tape.gradient(logits, [embedding, layer.centres.value]):
            self.assertTrue(np.isfinite(gradient).all())

    def test_margin_can_be_moved_after_compiling(self):
        layer = layer_with_centres(np.eye(2, dtype="float32"), margin=0.5)
        step = tf.function(lambda: layer(np.array([[0.6, 0.8]], "float32"), np.array([0]), training=True))
        step()
        layer.margin.assign(0.0)
        self.assertAllClose(step(), [[18.0, 24.0]], atol=1e-4)

    def test_a_row_without_label_has_no_margin(self):
        layer = layer_with_centres(np.eye(2, dtype="float32"))
        embedding = np.array([[0.6, 0.8]], "float32")
        self.assertAllClose(layer(embedding, np.array([-1]), training=True), layer(embedding), atol=1e-5)

    def test_logit_falls_as_the_angle_grows(self):
        layer = layer_with_centres(np.eye(2, dtype="float32"), margin=0.8)
        angle = np.linspace(0.01, np.pi - 0.01, 500)
        embedding = np.stack([np.cos(angle), np.sin(angle)], 1).astype("float32")
        target = layer(embedding, np.zeros(500, int), training=True)[:, 0]
        self.assertAllLess(np.diff(target), 0.0)

    def test_compiles_under_xla_and_gives_the_same(self):
        layer = layer_with_centres(np.random.default_rng(0).normal(size=(8, 5)).astype("float32"))
        embedding, label = tf.random.stateless_normal((4, 8), [1, 2]), tf.constant([0, 4, 2, 2])
        step = lambda: layer(embedding, label, training=True)  # noqa: E731
        self.assertAllClose(tf.function(step, jit_compile=True)(), step(), atol=1e-5)

    def test_survives_saving(self):
        layer = ArcMargin(7, scale=16.0, margin=0.3)
        self.assertEqual(ArcMargin.from_config(layer.get_config()).get_config(), layer.get_config())

    def test_a_saved_model_gives_the_same_logits(self):
        embedding, label = keras.Input((4,)), keras.Input((), dtype="int32")
        model = keras.Model([embedding, label], ArcMargin(3, margin=0.2)(embedding, label, training=True))
        path = os.path.join(self.get_temp_dir(), "margin.keras")
        model.save(path)
        batch = [np.random.default_rng(0).normal(size=(2, 4)).astype("float32"), np.array([0, 2])]
        self.assertAllClose(keras.models.load_model(path)(batch), model(batch))

    def test_training_without_label_is_refused(self):
        with self.assertRaisesRegex(ValueError, "training=True and no label"):
            layer_with_centres(np.eye(2, dtype="float32"))(np.ones((1, 2), "float32"), training=True)

    @parameterized.parameters(
        ({"num_classes": 1}, "at least 2 classes, got num_classes=1"),
        ({"num_classes": 9, "margin": 30}, "radians in .* got 30. Degrees"),
        ({"num_classes": 9, "scale": 0}, "must be above 0, got 0"),
    )
    def test_says_what_is_wrong(self, arguments, message):
        with self.assertRaisesRegex(ValueError, message):
            ArcMargin(**arguments)


if __name__ == "__main__":
    tf.test.main()
