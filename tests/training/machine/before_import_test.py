"""What is set before Keras and TensorFlow are imported, and what would crash them and is refused."""

import os
import subprocess
import sys
import types
from unittest import mock

import keras
import tensorflow as tf
from absl.testing import parameterized

from training import keras_backend
from training.machine import before_import, wheels


class BeforeImportTest(tf.test.TestCase, parameterized.TestCase):
    def prepared(self, accelerator, installed, backend="tensorflow", owners=("tensorflow-tpu",)):
        """What `prepare` adds to an empty environment, with these wheels installed."""
        library = types.SimpleNamespace(get_library_path=lambda: "/libtpu.so")
        with (
            mock.patch.dict(os.environ, {}, clear=True),
            mock.patch.object(wheels, "installed", return_value=installed),
            mock.patch.object(wheels, "owners", return_value=owners),
            mock.patch.object(keras_backend, "take", return_value=backend),
            mock.patch("importlib.import_module", return_value=library),
        ):
            before_import.prepare(accelerator, backend)
            return dict(os.environ)

    def test_the_tpu_build_is_led_to_libtpu(self):
        found = self.prepared("auto", {"tensorflow-tpu": "2.19.1", "libtpu": "0.0.10"})
        self.assertEqual(found["TF_PLUGGABLE_DEVICE_LIBRARY_PATH"], "/libtpu.so")
        self.assertEqual((found["PJRT_DEVICE"], found["NEXT_PLUGGABLE_DEVICE_USE_C_API"]), ("TPU", "true"))

    @parameterized.parameters(
        ("cpu", {"tensorflow-tpu": "2.19.1", "libtpu": "0.0.10"}, "tensorflow"),
        ("auto", {"libtpu": "0.0.51"}, "tensorflow"),
        ("auto", {"tensorflow-tpu": "2.19.1", "libtpu": "0.0.10"}, "jax"),
    )
    def test_otherwise_tensorflow_is_kept_from_libtpu(self, accelerator, installed, backend):
        self.assertEqual(self.prepared(accelerator, installed, backend), {"TF_ENABLE_ONEDNN_OPTS": "1"})

    def test_onednn_may_be_turned_off(self):
        with mock.patch.dict(os.environ, {"TF_ENABLE_ONEDNN_OPTS": "0"}):
            before_import.prepare("cpu")
            self.assertEqual(os.environ["TF_ENABLE_ONEDNN_OPTS"], "0")

    def test_a_libtpu_that_aborts_tensorflow_is_refused_before_the_import(self):
        message = "tensorflow-tpu 2.20.0 wants libtpu 0.0.14 to 0.0.30, but libtpu 0.0.51 is installed.*would abort"
        with self.assertRaisesRegex(ValueError, message):
            self.prepared("tpu", {"tensorflow-tpu": "2.20.0", "libtpu": "0.0.51"})

    def test_a_tpu_build_that_was_overwritten_is_refused_before_the_import(self):
        message = "tensorflow-tpu 2.19.1 is listed, but tensorflow was installed over its files.*Install the pair last"
        with self.assertRaisesRegex(ValueError, message):
            self.prepared("auto", {"tensorflow-tpu": "2.19.1", "libtpu": "0.0.10"}, owners=("tensorflow",))


class KerasBackendTest(tf.test.TestCase):
    def test_keras_that_is_imported_cannot_change(self):
        loaded = keras.config.backend()
        self.assertEqual(keras_backend.take("auto"), loaded)
        self.assertEqual(keras_backend.take(loaded), loaded)
        other = {"tensorflow": "jax", "jax": "tensorflow"}[loaded]
        with self.assertRaisesRegex(ValueError, f"--backend={other}, but Keras was imported with {loaded}"):
            keras_backend.take(other)

    def test_before_the_import_the_flag_decides_and_auto_keeps_what_is_set(self):
        program = (
            "import os, sys\nfrom training import keras_backend\n"
            "os.environ['KERAS_BACKEND'] = 'jax'\nprint(keras_backend.take('auto'))\n"
            "print(keras_backend.take('tensorflow'), os.environ['KERAS_BACKEND'])\n"
            "del os.environ['KERAS_BACKEND']\nprint(keras_backend.take('auto'), 'keras' in sys.modules)\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.split(), ["jax", "tensorflow", "tensorflow", "tensorflow", "False"])
