"""Res2Net, ResNeSt, SE-ResNeXt and SENet154: timm's parameters and timm's outputs for the same weights."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from absl.testing import parameterized
from safetensors.numpy import save_file

from models.image_encoders import IMAGE_ENCODERS
from models.res2net import res2net
from models.resnest import resnest
from models.senet import se_resnext, senet
from tests.models.drawn_torch_state import IMAGE_SIZE, draw_picture, draw_state
from training.weights.torch_weights import load_torch_weights, torch_shape, torch_variables

TIMM = json.loads(pathlib.Path(__file__).with_name("timm_outputs.json").read_text())
PUBLISHED = {  # with the classifier of 1000 classes, as the authors count
    "res2net50_v1b_26w_4s": 25.72,
    "res2net101_v1b_26w_4s": 45.23,
    "resnest50": 27.48,
    "resnest101": 48.28,
    "se_resnext50_32x4d": 27.56,
    "senet154": 115.09,
}
NARROW = {
    "res2net": lambda size: res2net(size, (2, 1, 1, 1), "res2net", width=16),
    "resnest": lambda size: resnest(size, (2, 1, 1, 1), 8, "resnest", width=16),
    "se_resnext": lambda size: se_resnext(size, (2, 1, 1, 1), "se_resnext", width=16, groups=8),
    "senet": lambda size: senet(size, (2, 1, 1, 1), "senet", width=16, groups=8),
}


class TimmTest(tf.test.TestCase, parameterized.TestCase):
    def drawn(self, name):
        """A backbone with the drawn weights, which went through a PyTorch state file."""
        backbone = IMAGE_ENCODERS[name].backbone(IMAGE_SIZE)
        state = draw_state({key: torch_shape(variable) for key, variable in torch_variables(backbone).items()})
        path = f"{self.get_temp_dir()}/{name}.safetensors"
        save_file(state, path)
        load_torch_weights(backbone, path, say=lambda line: None)
        return backbone, state

    @parameterized.parameters(*PUBLISHED)
    def test_has_the_published_number_of_parameters(self, name):
        backbone = IMAGE_ENCODERS[name].backbone(224)
        parameters = sum(int(np.prod(weight.shape)) for weight in backbone.trainable_weights)
        self.assertEqual(parameters, TIMM[name]["parameters"])
        self.assertEqual(round((parameters + 2048 * 1000 + 1000) / 1e6, 2), PUBLISHED[name])
        self.assertEqual(backbone.output.shape, (None, 7, 7, 2048))

    @parameterized.parameters("res2net50_v1b_26w_4s", "resnest50", "se_resnext50_32x4d")
    def test_gives_what_timm_gave(self, name):
        self.check_against_stored(name)

    @parameterized.parameters("res2net101_v1b_26w_4s", "resnest101", "senet154")
    @pytest.mark.slow
    def test_deeper_ones_give_what_timm_gave(self, name):
        self.check_against_stored(name)

    def check_against_stored(self, name):
        backbone, state = self.drawn(name)
        self.assertLen(state, TIMM[name]["tensors"])
        features = backbone(draw_picture(), training=False).numpy()
        self.assertEqual(features.shape, (1, 2, 2, 2048))
        expected = np.array(TIMM[name]["channels"])
        self.assertAllClose(
            features[0, :, :, :: 2048 // expected.shape[1]].reshape(expected.shape), expected, atol=1e-4
        )

    @parameterized.parameters(*PUBLISHED)
    @pytest.mark.slow
    def test_gives_what_timm_gives(self, name):
        if not importlib.util.find_spec("timm"):
            self.skipTest("timm is not installed: its stored outputs alone are compared")
        backbone, _ = self.drawn(name)
        for size in (IMAGE_SIZE, 75):  # odd maps: where padding and ceil_mode differ
            pictures = np.random.default_rng(1).normal(size=(2, size, size, 3)).astype("float32")
            resized = IMAGE_ENCODERS[name].backbone(size)
            resized.set_weights(backbone.get_weights())
            self.assertAllClose(resized(pictures, training=False), self.timm_map(name, pictures), atol=1e-4)

    def timm_map(self, name, pictures):
        """timm's feature map, from a process of its own: TensorFlow and PyTorch in one may crash."""
        given, taken = (os.path.join(self.get_temp_dir(), file) for file in ("pictures.npy", "map.npy"))
        np.save(given, pictures)
        subprocess.run([sys.executable, "-m", "tests.models.timm_outputs", name, given, taken], check=True)
        return np.load(taken)


class StructureTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        keras.utils.set_random_seed(0)

    @parameterized.parameters(*NARROW)
    def test_every_weight_gets_a_finite_gradient(self, name):
        backbone = NARROW[name](64)

        @tf.function
        def gradients(pictures):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.sin(3 * backbone(pictures, training=True)))
            return tape.gradient(loss, backbone.trainable_variables)

        pictures = np.random.default_rng(0).normal(size=(4, 64, 64, 3)).astype("float32")
        for variable, gradient in zip(backbone.trainable_variables, gradients(pictures), strict=True):
            self.assertIsNotNone(gradient, variable.path)
            self.assertTrue(np.isfinite(gradient).all(), variable.path)
            self.assertGreater(np.abs(gradient).max(), 0.0, variable.path)

    @parameterized.parameters(*NARROW)
    def test_is_built_again_from_its_json(self, name):
        backbone = NARROW[name](64)
        again = keras.models.model_from_json(backbone.to_json())
        again.set_weights(backbone.get_weights())
        self.assertEqual([w.path for w in again.weights], [w.path for w in backbone.weights])
        picture = draw_picture()
        self.assertAllClose(again(picture), backbone(picture), atol=1e-6)

    @parameterized.product(name=tuple(NARROW), policy=("mixed_bfloat16", "mixed_float16"))
    def test_mixed_precision(self, name, policy):
        whole = NARROW[name](64)
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(policy)
        try:
            backbone = NARROW[name](64)
        finally:
            keras.config.set_dtype_policy(before)
        backbone.set_weights(whole.get_weights())
        features = backbone(draw_picture())
        self.assertEqual(features.dtype, policy.removeprefix("mixed_"))
        expected = whole(draw_picture()).numpy()
        self.assertAllClose(tf.cast(features, "float32"), expected, atol=0.06 * expected.max())
        self.assertEqual({weight.dtype for weight in backbone.weights}, {"float32"})

    @parameterized.parameters(*NARROW)
    def test_compiled_call_equals_eager_call(self, name):
        backbone = NARROW[name](64)
        compiled = tf.function(lambda x: backbone(x, training=False), jit_compile=True)
        self.assertAllClose(compiled(draw_picture()), backbone(draw_picture(), training=False), atol=1e-4)

    @parameterized.parameters(*NARROW)
    def test_the_map_is_a_32nd_of_the_picture(self, name):
        for size in (32, 96):
            self.assertEqual(NARROW[name](size).output.shape, (None, size // 32, size // 32, 512))


if __name__ == "__main__":
    tf.test.main()
