"""Training as a process of its own, killed by SIGKILL and SIGTERM where it happens to be."""

import glob
import os
import random
import signal
import subprocess
import time

import pytest
import tensorflow as tf

from tests import tiny_catalogue
from tests.tiny_catalogue import ROOT

FLAGS = [
    "--modality=title", "--tfidf_dim=16", "--accelerator=cpu", "--batch_size=8", "--scale=10", "--evaluate_epochs=10",
    "--checkpoint_steps=10", "--augment=words(0.2)", "--schedule=cyclic_cosine", "--cycles=4", "--ema_momentum=0.9",
]  # fmt: skip
KILLS = 20  # of the long test


def start(folder, epochs):
    command = tiny_catalogue.train_command(folder, *FLAGS, f"--epochs={epochs}")
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def stop_after_first_checkpoints(folder, epochs, number, seconds):
    """Sends a signal some time after the process has written a checkpoint that was not there before.

    Returns:
      its exit status, and the seconds that it took to end.
    """
    before = set(glob.glob(f"{folder}/checkpoints/*.json"))
    process, began = start(folder, epochs), time.monotonic()
    while process.poll() is None and set(glob.glob(f"{folder}/checkpoints/*.json")) <= before:
        assert time.monotonic() - began < 300, "no checkpoint was written"
        time.sleep(0.02)
    time.sleep(seconds)
    process.send_signal(number)
    sent = time.monotonic()
    return process.wait(), time.monotonic() - sent


def contents(folder):
    """The bytes of all that a run leaves but TensorBoard's events, which have the time in them."""
    kept = ("metrics.jsonl", "checkpoints/*", "best/*", "snapshots/*")
    files = [name for pattern in kept for name in glob.glob(pattern, root_dir=folder)]
    return {name: open(os.path.join(folder, name), "rb").read() for name in files}


class KilledProcessTest(tf.test.TestCase):
    def folders(self):
        return (os.path.join(self.get_temp_dir(), self.id(), name) for name in ("unbroken", "broken"))

    def check_the_same(self, unbroken, broken, epochs):
        self.assertEqual(start(broken, epochs).wait(), 0)
        expected, found = contents(unbroken), contents(broken)
        self.assertEqual(expected.keys(), found.keys())
        self.assertLen([name for name in expected if name.startswith("snapshots/") and name.endswith(".npz")], 4)
        for name, data in expected.items():
            self.assertEqual(data, found[name], name)

    def test_ends_with_the_bytes_of_an_unbroken_run(self):
        unbroken, broken = self.folders()
        self.assertEqual(start(unbroken, 40).wait(), 0)
        signals = (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGKILL)
        statuses = [
            stop_after_first_checkpoints(broken, 40, number, seconds)[0]
            for number, seconds in zip(signals, (0.05, 0.11, 0.0, 0.02), strict=True)
        ]
        self.assertEqual(statuses[:2], [-signal.SIGKILL, 128 + signal.SIGTERM])
        self.check_the_same(unbroken, broken, 40)

    @pytest.mark.slow
    def test_killed_at_many_random_moments(self):
        unbroken, broken = self.folders()
        epochs, moments = 160, random.Random(0)
        self.assertEqual(start(unbroken, epochs).wait(), 0)
        statuses = [
            stop_after_first_checkpoints(broken, epochs, signal.SIGKILL, moments.uniform(0.0, 0.3))[0]
            for _ in range(KILLS)
        ]
        self.assertEqual(statuses, [-signal.SIGKILL] * KILLS)
        self.check_the_same(unbroken, broken, epochs)

    @pytest.mark.slow
    def test_a_notice_of_ten_seconds_is_enough(self):
        _, broken = self.folders()
        status, seconds = stop_after_first_checkpoints(broken, 160, signal.SIGTERM, 0.2)
        self.assertEqual(status, 128 + signal.SIGTERM)
        self.assertLess(seconds, 10.0)


if __name__ == "__main__":
    tf.test.main()
