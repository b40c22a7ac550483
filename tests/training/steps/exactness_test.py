"""The same batches give the same losses, weights and outputs on one device and on many, and on both backends."""

import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests.training.steps.exactness_program import CASES

ADAPTIVE = ("adam", "adamw", "lamb", "adafactor", "muon")


@pytest.mark.slow
class ExactnessTest(tf.test.TestCase):
    """Of adaptive optimizers the outputs count: a bias before a BatchNorm has no gradient but rounding, blown up."""

    def program(self, devices: int) -> dict[str, np.ndarray]:
        out = os.path.join(self.get_temp_dir(), f"{devices}.npz")
        command = [sys.executable, "-m", "tests.training.steps.exactness_program", str(devices), out]
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        with np.load(out) as arrays:
            return dict(arrays)

    def test_two_and_eight_devices_give_what_one_gives(self):
        one = self.program(1)
        for devices in (2, 8):
            several = self.program(devices)
            self.assertEqual(one.keys(), several.keys())
            for name, value in one.items():
                case, what = name.split("/")[:2]
                if what == "weights" and case in ADAPTIVE:
                    continue
                tolerance = 1e-4 if what == "outputs" and case in ADAPTIVE else 1e-5
                self.assertAllClose(value, several[name], atol=tolerance, msg=f"{name} on {devices} devices")
        self.assertNotAllClose(one["averaged/weights/0"], one["averaged/weights/6"], atol=1e-3)
        for case in CASES:
            losses = one[f"{case}/losses"]
            self.assertLess(losses[-10:].mean(), 0.8 * losses[:10].mean(), case)


if __name__ == "__main__":
    tf.test.main()
