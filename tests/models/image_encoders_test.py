"""Image encoders by name: what they expect of pixels, what they give, and what they refuse."""

import builtins
from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf
from absl.testing import parameterized

from models.image_encoders import IMAGE_ENCODERS, NORMALIZATIONS, build_image_encoder
from models.pixel_normalization import PixelNormalization
from models.small_image_encoder import small_backbone

PICTURES = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("uint8")


class PixelNormalizationTest(tf.test.TestCase):
    def test_bytes_and_floats_give_the_same(self):
        layer = PixelNormalization(**NORMALIZATIONS["imagenet"])
        self.assertAllEqual(layer(PICTURES), layer(PICTURES.astype("float32")))

    def test_each_family_gets_its_own_range(self):
        pixels = np.array([[[[0, 0, 0], [255, 255, 255]]]], "uint8")
        normalized = {name: PixelNormalization(**entry)(pixels)[0, 0] for name, entry in NORMALIZATIONS.items()}
        self.assertAllClose(normalized["imagenet"][0], [-2.1179, -2.0357, -1.8044], atol=1e-3)
        self.assertAllClose(normalized["efficientnet"], 255 * normalized["imagenet"], rtol=1e-4)
        self.assertAllClose(normalized["minus_one_to_one"], [[-1.0] * 3, [1.0] * 3])
        # Keras's own functions for the same networks.
        raw = pixels.astype("float32")
        self.assertAllClose(normalized["caffe"], keras.applications.resnet.preprocess_input(raw.copy())[0, 0])

    def test_half_precision_is_normalised_before_it_is_rounded(self):
        layer = PixelNormalization(**NORMALIZATIONS["imagenet"], dtype="mixed_float16")
        out = layer(np.full((1, 1, 1, 3), 123.7, "float32"))
        self.assertEqual(out.dtype, tf.float16)
        self.assertAllClose(tf.cast(out, tf.float32)[0, 0, 0, 0], (123.7 - 123.675) / 58.395, atol=1e-5)

    def test_unknown_channel_order_is_refused(self):
        with self.assertRaisesRegex(ValueError, "rgb or bgr; got 'rbg'"):
            PixelNormalization((0,) * 3, (1,) * 3, "rbg")


class ImageEncodersTest(tf.test.TestCase, parameterized.TestCase):
    def check(self, name, pooling="avg"):
        encoder = build_image_encoder(name, 32, pooling)
        features = encoder(PICTURES)
        self.assertEqual(features.shape, (2, encoder.output.shape[-1]))
        self.assertTrue(np.isfinite(features).all())
        # Fed as float it is the same picture.
        self.assertAllClose(encoder(PICTURES.astype("float32")), features, rtol=1e-4, atol=1e-5)

    @parameterized.parameters("small", "mobilenet_v3_small", "resnet18")
    def test_gives_one_finite_vector_per_picture(self, name):
        self.check(name)
        self.check(name, "gem")
        self.check(name, "max")

    @parameterized.parameters(sorted(set(IMAGE_ENCODERS) - {"small", "mobilenet_v3_small", "resnet18"}))
    @pytest.mark.slow
    def test_every_other_name_builds_offline(self, name):
        keras.backend.clear_session()
        self.check(name)

    def test_hub_architectures_have_the_published_numbers_of_weights(self):
        self.assertEqual(IMAGE_ENCODERS["resnet18"].backbone(224).count_params(), 11_186_112)

    def test_efficientnet_normalises_as_keras_does_with_imagenet_weights(self):
        encoder = build_image_encoder("efficientnet_b0", 32)
        network = encoder.get_layer("efficientnetb0")
        to_stem = keras.Model(network.input, network.get_layer("stem_conv_pad").input)
        pixels = encoder.get_layer("pixel_normalization")(PICTURES)
        expected = (PICTURES / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
        self.assertAllClose(to_stem(pixels), expected, atol=1e-4)

    def test_gem_on_a_vector_is_refused(self):
        vector = keras.Model(i := keras.Input((32, 32, 3)), keras.layers.GlobalAveragePooling2D()(i))
        with self.assertRaisesRegex(ValueError, "dinov2_small gives one vector per picture.*use 'avg'"):
            build_image_encoder("dinov2_small", 32, "gem", backbone=vector)

    def test_unknown_name_lists_the_names(self):
        with self.assertRaisesRegex(ValueError, "Unknown image encoder .efficientnet.; there are small, edges_"):
            build_image_encoder("efficientnet", 32)

    def test_missing_keras_hub_says_how_to_install_it(self):
        importing = builtins.__import__

        def without_hub(name, *args, **kwargs):
            if name == "keras_hub":
                raise ImportError("No module named 'keras_hub'")
            return importing(name, *args, **kwargs)

        with mock.patch.object(builtins, "__import__", without_hub):
            with self.assertRaisesRegex(ImportError, 'ResNet comes from keras-hub.*pip install "keras-hub'):
                build_image_encoder("resnet18", 32)


class SmallBackboneTest(tf.test.TestCase):
    def test_map_is_a_sixteenth_of_the_picture_and_not_negative(self):
        features = small_backbone(64)(np.random.default_rng(0).normal(size=(1, 64, 64, 3)).astype("float32"))
        self.assertEqual(features.shape, (1, 4, 4, 256))
        self.assertAllGreaterEqual(features, 0.0)

    def test_width_depth_and_stages_change_it(self):
        self.assertEqual(small_backbone(64, width=8, stages=3).output.shape, (None, 8, 8, 32))
        self.assertGreater(small_backbone(64, depth=2).count_params(), small_backbone(64).count_params())

    def test_too_small_a_picture_is_refused(self):
        with self.assertRaisesRegex(ValueError, "image_size=8 is too small for 4 stages; at least 16"):
            small_backbone(8)

    def test_learns_to_tell_four_patterns_apart(self):
        keras.utils.set_random_seed(0)
        rng = np.random.default_rng(0)
        patterns = rng.normal(size=(4, 32, 32, 3))
        label = np.tile(np.arange(4), 16)
        pictures = patterns[label] + rng.normal(size=(64, 32, 32, 3))
        features = keras.layers.GlobalAveragePooling2D()((b := small_backbone(32, width=8)).output)
        model = keras.Model(b.input, keras.layers.Dense(4)(features))
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
        history = model.fit(pictures, label, batch_size=16, epochs=12, verbose=0)
        self.assertGreater(history.history["accuracy"][-1], 0.9)


if __name__ == "__main__":
    tf.test.main()
