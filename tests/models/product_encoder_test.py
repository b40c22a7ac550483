"""The product encoder: the shared bar for each kind of encoder, and what happens to missing sides."""

import types

import numpy as np
import pytest
import tensorflow as tf

from models.product_encoder import build_encoder
from tests.models.encoder_bar import EncoderBar
from tests.models.model_options import batch, options


class SmallImageEncoderTest(EncoderBar, tf.test.TestCase):
    def make_encoder(self):
        return build_encoder(options(modality="image", image_pooling="gem"))

    def make_inputs(self):
        return batch("image")


class TfidfEncoderTest(EncoderBar, tf.test.TestCase):
    def make_encoder(self):
        return build_encoder(options(modality="title", embedding_dim=16))

    def make_inputs(self):
        return batch("title")


class TokenEncoderTest(EncoderBar, tf.test.TestCase):
    def make_encoder(self):
        return build_encoder(options(modality="title", title_encoder="bert_tiny"), FakeTokens())

    def make_inputs(self):
        return batch("title", tokens=True)


class JointEncoderTest(EncoderBar, tf.test.TestCase):
    def make_encoder(self):
        return build_encoder(options(embedding_dim=16))

    def make_inputs(self):
        return batch()


@pytest.mark.slow
class EfficientNetEncoderTest(EncoderBar, tf.test.TestCase):
    jit_compile = False

    def make_encoder(self):
        return build_encoder(options(modality="image", image_encoder="efficientnet_b0"))

    def make_inputs(self):
        return batch("image")


@pytest.mark.slow
class VisionTransformerWithBertTest(EncoderBar, tf.test.TestCase):
    jit_compile = False

    def make_encoder(self):
        return build_encoder(options(image_encoder="dinov2_small", title_encoder="bert_tiny"), FakeTokens())

    def make_inputs(self):
        return batch(tokens=True)

    def test_every_weight_gets_a_finite_gradient(self):
        self.skipTest("DINOv2's mask token is used in its own pretraining only.")


class FakeTokens:
    vocabulary_size = 60


class MissingSidesTest(tf.test.TestCase):
    def test_a_missing_side_is_a_zero_vector_and_joint_is_the_other_side(self):
        encoder = build_encoder(options())
        inputs = batch(has_image=[1, 0, 1, 0], has_title=[1, 1, 0, 0])
        for training in (False, True):
            found = {name: np.array(e) for name, e in encoder(inputs, training=training).items()}
            self.assertAllClose(np.linalg.norm(found["image"], axis=1), [1, 0, 1, 0], atol=1e-5)
            self.assertAllClose(np.linalg.norm(found["title"], axis=1), [1, 1, 0, 0], atol=1e-5)
            self.assertAllClose(np.linalg.norm(found["joint"], axis=1), [1, 1, 1, 0], atol=1e-5)
            width = found["image"].shape[1]
            self.assertAllClose(found["joint"][1, width:], found["title"][1], atol=1e-5)
            self.assertAllClose(found["joint"][2, :width], found["image"][2], atol=1e-5)

    def test_joint_cosine_is_the_mean_of_both_sides(self):
        found = {name: np.array(e) for name, e in build_encoder(options())(batch()).items()}
        cosines = {name: e @ e.T for name, e in found.items()}
        self.assertAllClose(cosines["joint"], (cosines["image"] + cosines["title"]) / 2, atol=1e-5)

    def test_a_batch_without_any_picture_has_finite_outputs_and_gradients(self):
        encoder, inputs = build_encoder(options()), batch(has_image=[0, 0, 0, 0])
        with tf.GradientTape() as tape:
            found = encoder(inputs, training=True)
            loss = tf.add_n([tf.reduce_sum(tf.sin(e)) for e in found.values()])
        self.assertAllEqual(found["image"], tf.zeros_like(found["image"]))
        self.assertAllClose(np.linalg.norm(found["joint"], axis=1), np.ones(4), atol=1e-5)
        for gradient in tape.gradient(loss, encoder.trainable_weights):
            self.assertTrue(gradient is None or np.isfinite(gradient).all())

    def test_rows_do_not_see_each_other_in_inference(self):
        encoder, inputs = build_encoder(options()), batch(has_image=[1, 0, 1, 1])
        alone = encoder({name: value[2:3] for name, value in inputs.items()})
        for name, embedding in encoder(inputs).items():
            self.assertAllClose(embedding[2:3], alone[name], atol=1e-5)


class PublishedNegativesTest(EncoderBar, tf.test.TestCase):
    """Schemes 1 and 2: narrow networks on both sides, one layer over the two, no BatchNorm of our own."""

    def make_encoder(self):
        return build_encoder(
            options(image_layers="12,5", tfidf_layers="7,5", joint_dim=4, embedding_norm="none", dropout=0.4)
        )

    def make_inputs(self):
        return batch()

    def test_layers_are_as_published(self):
        encoder = self.make_encoder()
        shapes = {name: embedding.shape[-1] for name, embedding in encoder.output.items()}
        self.assertEqual(shapes, {"image": 5, "title": 5, "joint": 4})
        self.assertEqual(encoder.get_layer("image_hidden_0").activation.__name__, "relu")
        self.assertEqual(encoder.get_layer("image_hidden_dropout").rate, 0.4)
        self.assertEqual(encoder.get_layer("joint_dense").kernel.shape, (10, 4))
        self.assertEqual([layer.name for layer in encoder.layers if "batch_norm" in layer.name], [])
        widths = [layer.units for layer in encoder.get_layer("title_encoder").layers if hasattr(layer, "units")]
        self.assertEqual(widths, [7, 5])

    def test_a_product_without_any_side_stays_a_zero_vector_through_the_joint_layer(self):
        encoder = self.make_encoder()
        encoder.get_layer("joint_dense").bias.assign([1.0, 2.0, 3.0, 4.0])
        joint = np.array(encoder(batch(has_image=[1, 0, 1, 0], has_title=[1, 1, 0, 0]))["joint"])
        self.assertAllClose(np.linalg.norm(joint, axis=1), [1, 1, 1, 0], atol=1e-5)


class OptionsTest(tf.test.TestCase):
    def test_modality_decides_inputs_and_outputs(self):
        image = build_encoder(options(modality="image"))
        self.assertEqual((set(image.input), set(image.output)), ({"image", "has_image"}, {"image"}))
        title = build_encoder(options(modality="title", title_encoder="bert_tiny"), FakeTokens())
        self.assertEqual(set(title.input), {"token_ids", "padding_mask", "has_title"})
        self.assertEqual(set(build_encoder(options()).output), {"image", "title", "joint"})

    def test_embedding_dim_puts_dropout_and_dense_before_batch_norm(self):
        encoder = build_encoder(options(embedding_dim=24))
        self.assertEqual(encoder.output["joint"].shape, (None, 48))
        self.assertEqual(encoder.get_layer("image_dropout").rate, 0.1)
        self.assertEqual(encoder.get_layer("title_dense").units, 24)

    def test_unknown_modality_lists_them(self):
        with self.assertRaisesRegex(ValueError, "Unknown modality 'video'; there are image, title, joint"):
            build_encoder(types.SimpleNamespace(modality="video"))


if __name__ == "__main__":
    tf.test.main()
