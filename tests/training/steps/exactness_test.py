"""The same batches give the same losses, weights and outputs on one device and on many, and on both backends."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests import backends
from tests.training.steps.exactness_program import CASES, POISONED

ADAPTIVE = ("adam", "adamw", "lamb", "adafactor", "muon", "sharded_adamw")


@pytest.mark.slow
class ExactnessTest(tf.test.TestCase):
    """Of adaptive optimizers the outputs count: a bias before a BatchNorm has no gradient but rounding, blown up."""

    def program(self, backend: str, devices: int) -> dict[str, np.ndarray]:
        first, out = f"{self.get_temp_dir()}/first", f"{self.get_temp_dir()}/{backend}{devices}.npz"
        command = [sys.executable, "-m", "tests.training.steps.exactness_program", backend, str(devices), first, out]
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        with np.load(out) as arrays:
            return dict(arrays)

    def check(self, expected, found, tolerance: float, where: str):
        self.assertEqual(expected.keys(), found.keys())
        for name, value in expected.items():
            case, what = name.split("/")[:2]
            if what == "weights" and case in ADAPTIVE:
                continue
            allowed = 1e-4 if what == "outputs" and case in ADAPTIVE else tolerance
            self.assertAllClose(value, found[name], rtol=allowed, atol=allowed, msg=f"{name} {where}")

    def test_many_devices_and_the_other_backend_give_what_one_device_gives(self):
        one = self.program("tensorflow", 1)
        self.check_learning(one)
        for devices in (2, 8):
            self.check(one, self.program("tensorflow", devices), 1e-5, f"on {devices} devices")
        if not backends.HAS_JAX:
            self.skipTest("JAX is not installed: pip install '.[dev]'.")
        jax = self.program("jax", 1)
        self.check(one, jax, 1e-4, "on JAX")
        for devices in (2, 8):
            self.check(jax, self.program("jax", devices), 1e-5, f"on {devices} devices of JAX")

    def check_learning(self, one):
        self.assertNotAllClose(one["averaged/weights/0"], one["averaged/weights/6"], atol=1e-3)
        self.assertEqual(one["scaled/scale"], 2**14)  # halved once
        self.assertEqual(np.flatnonzero(~np.isfinite(one["scaled/losses"])).tolist(), [POISONED])
        self.assertNotAllClose(one["adacos/state/scale"], 2.28, atol=0.1)
        self.assertGreater(one["curricular/state/t"], 0.1)
        for case in CASES:
            losses = one[f"{case}/losses"]
            share = 0.95 if case == "tuples" else 0.8  # the published form has a floor
            self.assertLess(losses[-10:].mean(), share * np.delete(losses, POISONED)[:10].mean(), case)


if __name__ == "__main__":
    tf.test.main()
