"""Two processes of a cluster train as one does."""

import os
import subprocess

import pytest
import tensorflow as tf

from tests import tiny_catalogue
from tests.tiny_catalogue import ROOT
from tests.training.clusters import cluster, free_ports
from training import checkpoints

FLAGS = [
    "--modality=title", "--tfidf_dim=16", "--accelerator=cpu", "--epochs=3", "--batch_size=8", "--scale=10",
    "--optimizer=sgd", "--learning_rate=0.05", "--clip_norm=0.5", "--dropout=0", "--ema_momentum=0.9",
]  # fmt: skip


def start(folder, config="", replicas=0):
    return subprocess.Popen(
        tiny_catalogue.train_command(folder, *FLAGS, f"--replicas={replicas}"),
        cwd=ROOT, env={**os.environ, "TF_CONFIG": config},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.mark.slow
class WorkersTest(tf.test.TestCase):
    def test_two_workers_give_the_weights_of_one_process(self):
        alone, together = (os.path.join(self.get_temp_dir(), name) for name in ("alone", "together"))
        said = start(alone, replicas=1).communicate()[0]
        ports = free_ports(2)
        for process in [start(together, cluster(index, ports)) for index in range(2)]:
            said = process.communicate(timeout=300)[0]
            self.assertEqual(process.returncode, 0, said[-3000:])
        expected = checkpoints.latest(f"{alone}/checkpoints")
        for folder in (together, f"{together}/workers/1"):
            arrays, state = checkpoints.latest(f"{folder}/checkpoints")
            self.assertEqual(state["step"], expected[1]["step"])
            for name, value in expected[0].items():
                self.assertAllClose(value, arrays[name], atol=1e-5, msg=name)


if __name__ == "__main__":
    tf.test.main()
