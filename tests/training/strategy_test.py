"""The choice of devices: explained, and never another than the one asked for."""

from unittest import mock

import keras
import tensorflow as tf
from absl.testing import parameterized

from flags.distribution import Distribution
from training import strategy, tpu_environment


class ChooseTest(tf.test.TestCase, parameterized.TestCase):
    def test_auto_without_accelerators_takes_the_cpu_and_says_why(self):
        chosen, line = strategy.choose(Distribution(replicas=1))
        self.assertIsInstance(chosen, tf.distribute.OneDeviceStrategy)
        self.assertEqual(line, "CPU (no TPU and no GPU is visible): one device")

    def test_all_devices_of_a_kind_train_together(self):
        chosen, line = strategy.choose(Distribution(accelerator="cpu"))
        self.assertEqual(chosen.num_replicas_in_sync, len(tf.config.list_logical_devices("CPU")))
        self.assertIn("CPU x 2 (asked for): MirroredStrategy", line)

    @parameterized.parameters(
        ("gpu", 0, "--accelerator=gpu: TensorFlow .* sees no GPU. Install the GPU build"),
        ("tpu", 0, "--accelerator=tpu: TensorFlow .* sees no TPU.*--no-deps --force-reinstall"),
        ("cpu", 9, r"--replicas=9, but only 2 CPU device\(s\) are visible"),
    )
    def test_what_is_not_there_is_an_error_with_the_cure(self, accelerator, replicas, message):
        with self.assertRaisesRegex(ValueError, message):
            strategy.choose(Distribution(accelerator=accelerator, replicas=replicas))


class NumbersTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(("GPU (visible): one device", "mixed_bfloat16"), ("CPU (asked for)", "float32"))
    def test_auto_precision_follows_the_device(self, line, policy):
        try:
            with mock.patch.object(tf.config.experimental, "enable_op_determinism"):
                self.assertEqual(strategy.set_numbers(line), policy)
            self.assertEqual(keras.config.dtype_policy().name, policy)
        finally:
            keras.config.set_dtype_policy("float32")

    def test_the_environment_is_left_alone_where_libtpu_is_not_installed(self):
        with mock.patch.dict("os.environ", {}, clear=True), mock.patch("importlib.util.find_spec", return_value=None):
            tpu_environment.prepare("tpu")
            import os

            self.assertEqual(dict(os.environ), {})
