"""The choice of devices: explained, and never another than the one asked for."""

import os
import subprocess
import sys
from unittest import mock

import keras
import pytest
import tensorflow as tf
from absl.testing import parameterized

from flags.distribution import Distribution
from tests.training.clusters import cluster, free_ports
from training import strategy
from training.machine import hardware

WORKER = """
import tensorflow as tf
from flags.distribution import Distribution
from training import strategy
chosen, line = strategy.choose(Distribution(accelerator="cpu"))
step = tf.function(lambda: tf.distribute.get_replica_context().all_reduce("sum", tf.constant(3.0)))
print(line, float(chosen.run(step)), chosen.num_replicas_in_sync)
"""


class ChooseTest(tf.test.TestCase, parameterized.TestCase):
    def test_auto_without_accelerators_takes_the_cpu_and_says_why(self):
        with mock.patch.object(hardware, "present", return_value={}):
            chosen, line = strategy.choose(Distribution(replicas=1))
        self.assertIsInstance(chosen, tf.distribute.OneDeviceStrategy)
        self.assertEqual(line, "CPU (no TPU and no GPU is visible): one device")

    def test_auto_says_that_it_leaves_an_accelerator_unused(self):
        with mock.patch.object(hardware, "present", return_value={"GPU": "2 x NVIDIA"}):
            _, line = strategy.choose(Distribution(replicas=1))
        self.assertIn("no GPU is visible; this machine has 2 x NVIDIA GPU, see python -m training.doctor", line)
        self.assertTrue(strategy.is_cpu(line))

    def test_all_devices_of_a_kind_train_together(self):
        chosen, line = strategy.choose(Distribution(accelerator="cpu"))
        self.assertEqual(chosen.num_replicas_in_sync, len(tf.config.list_logical_devices("CPU")))
        self.assertIn("CPU x 2 (asked for): MirroredStrategy", line)

    @parameterized.parameters(
        ({"accelerator": "gpu"}, "--accelerator=gpu: TensorFlow .* sees no GPU. Install the GPU build"),
        ({"accelerator": "tpu"}, "--accelerator=tpu: .* sees no TPU.*--no-deps --force-reinstall.*--backend=jax"),
        ({"accelerator": "cpu", "replicas": 9}, r"--replicas=9, but only 2 CPU device\(s\) are visible"),
    )
    def test_what_is_not_there_is_an_error_with_the_cure(self, asked, message):
        with self.assertRaisesRegex(ValueError, message):
            strategy.choose(Distribution(**asked))

    def test_a_tpu_that_does_not_answer_is_named(self):
        failing = mock.Mock(side_effect=ValueError("Could not lookup TPU metadata"))
        with mock.patch.object(tf.distribute.cluster_resolver, "TPUClusterResolver", failing):
            with self.assertRaisesRegex(ValueError, "--tpu=pod7: .* cannot reach this TPU .Could not lookup TPU"):
                strategy.choose(Distribution(accelerator="tpu", tpu="pod7"))
        failing.assert_called_once_with(tpu="pod7")


class WorkersTest(tf.test.TestCase):
    def test_a_worker_cannot_join_once_tensorflow_was_used(self):
        tf.constant(0)
        with mock.patch.dict(os.environ, TF_CONFIG=cluster(1)):
            with self.assertRaisesRegex(
                ValueError, r"Worker 1 \(localhost:12346\) of TF_CONFIG cannot join: Collective"
            ):
                strategy.choose(Distribution(accelerator="cpu"))

    def test_replicas_are_not_for_workers(self):
        with mock.patch.dict(os.environ, TF_CONFIG=cluster(0)):
            with self.assertRaisesRegex(ValueError, "--replicas=2 with 2 workers in TF_CONFIG"):
                strategy.choose(Distribution(accelerator="cpu", replicas=2))

    @pytest.mark.slow
    def test_two_processes_train_together(self):
        ports = free_ports(2)
        started = [
            subprocess.Popen(
                [sys.executable, "-c", WORKER],
                env={**os.environ, "PYTHONPATH": ".", "TF_CONFIG": cluster(index, ports)},
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for index in range(2)
        ]  # fmt: skip
        outputs = [process.communicate(timeout=240) for process in started]
        for index, (output, errors) in enumerate(outputs):
            place = f"CPU (asked for), worker {index} of 2{', the chief' if index == 0 else ''}"
            self.assertIn(f"{place}: MultiWorkerMirroredStrategy 6.0 2", output, errors)


class NumbersTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("TPU local x 8 (a TPU is visible): TPUStrategy", None, "mixed_bfloat16"),
        ("GPU (asked for): one device", (8, 0), "mixed_bfloat16"),
        ("GPU (asked for): one device", (7, 5), "float32"),
        ("CPU (asked for): one device", None, "float32"),
    )
    def test_auto_precision_follows_the_device(self, line, capability, policy):
        try:
            with (
                mock.patch.object(tf.config.experimental, "enable_op_determinism"),
                mock.patch.object(tf.config, "list_physical_devices", return_value=[capability] * bool(capability)),
                mock.patch.object(
                    tf.config.experimental, "get_device_details", lambda found: {"compute_capability": found}
                ),
            ):
                self.assertEqual(strategy.set_numbers(line), policy)
            self.assertEqual(keras.config.dtype_policy().name, policy)
        finally:
            keras.config.set_dtype_policy("float32")
