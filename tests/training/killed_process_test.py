"""Training as a process of its own, killed by SIGKILL and SIGTERM where it happens to be."""

import glob
import os
import signal
import subprocess
import sys
import time

import pytest
import tensorflow as tf

from tests import tiny_catalogue

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLAGS = ["--modality=title", "--tfidf_dim=16", "--accelerator=cpu", "--epochs=40", "--batch_size=8", "--scale=10",
         "--evaluate_epochs=10", "--checkpoint_steps=10", "--augment=words(0.2)"]  # fmt: skip


def start(folder):
    command = [sys.executable, "-m", "training.train", f"--records={tiny_catalogue.records()}", f"--run={folder}"]
    return subprocess.Popen([*command, *FLAGS], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def stop_after_first_checkpoints(folder, number, seconds):
    """Sends a signal some time after the process has written a checkpoint that was not there before."""
    before = set(glob.glob(f"{folder}/checkpoints/*.json"))
    process, began = start(folder), time.monotonic()
    while process.poll() is None and set(glob.glob(f"{folder}/checkpoints/*.json")) <= before:
        assert time.monotonic() - began < 300, "no checkpoint was written"
        time.sleep(0.02)
    time.sleep(seconds)
    process.send_signal(number)
    return process.wait()


def contents(folder):
    files = ["metrics.jsonl", "checkpoints/step-00000160.npz", *glob.glob("best/*.npz", root_dir=folder)]
    return {name: open(os.path.join(folder, name), "rb").read() for name in files}


class KilledProcessTest(tf.test.TestCase):
    @pytest.mark.slow
    def test_ends_with_the_bytes_of_an_unbroken_run(self):
        unbroken, broken = (os.path.join(self.get_temp_dir(), name) for name in ("unbroken", "broken"))
        self.assertEqual(start(unbroken).wait(), 0)
        statuses = [
            stop_after_first_checkpoints(broken, signal.SIGKILL, 0.05),
            stop_after_first_checkpoints(broken, signal.SIGTERM, 0.11),
            stop_after_first_checkpoints(broken, signal.SIGKILL, 0.0),
        ]
        self.assertEqual(statuses[0], -signal.SIGKILL)
        self.assertEqual(statuses[1], 128 + signal.SIGTERM)
        self.assertEqual(start(broken).wait(), 0)
        self.assertEqual(contents(unbroken).keys(), contents(broken).keys())
        for name, data in contents(unbroken).items():
            self.assertEqual(data, contents(broken)[name], name)
