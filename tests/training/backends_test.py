"""A run goes on with the other backend: the same flags, records, run folder and weights."""

import os
import subprocess

import pytest
import tensorflow as tf

from tests import backends, tiny_catalogue
from tests.tiny_catalogue import ROOT
from training import checkpoints, evaluation

FLAGS = [
    "--tfidf_dim=16", "--image_size=24", "--accelerator=cpu", "--replicas=1", "--epochs=2", "--batch_size=8",
    "--scale=10", "--dropout=0", "--optimizer=sgd", "--learning_rate=0.05", "--schedule=constant", "--clip_norm=0.5",
    "--augment=flip,words(0.2)", "--augment_on=host", "--ema_momentum=0.9",
]  # fmt: skip


def train(folder, backend):
    command = tiny_catalogue.train_command(folder, *FLAGS, f"--backend={backend}")
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.slow
class BackendsTest(tf.test.TestCase):
    def test_jax_goes_on_where_tensorflow_stopped_and_tensorflow_reads_its_weights(self):
        if not backends.HAS_JAX:
            self.skipTest("JAX is not installed: pip install '.[dev]'.")
        unbroken, changed = (os.path.join(self.get_temp_dir(), name) for name in ("unbroken", "changed"))
        for folder in (unbroken, changed):
            done = train(folder, "tensorflow")
            self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        # Back to the end of the first epoch.
        first, second = checkpoints.steps(f"{changed}/checkpoints")
        checkpoints.remove(f"{changed}/checkpoints", second)
        done = train(changed, "jax")
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        self.assertIn(f"starting at {first}", done.stderr)
        expected, found = (checkpoints.latest(f"{folder}/checkpoints") for folder in (unbroken, changed))
        self.assertEqual(expected[1]["step"], found[1]["step"])
        for name, value in expected[0].items():
            if "seed" not in name:
                self.assertAllClose(value, found[0][name], atol=1e-4, msg=name)
        score = lambda run: evaluation.evaluate_run(tiny_catalogue.records(), run, 0, tiny_catalogue.CPU)  # noqa: E731
        self.assertAllClose(score(unbroken), score(changed), atol=1e-3)


if __name__ == "__main__":
    tf.test.main()
