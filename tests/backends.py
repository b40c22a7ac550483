"""Programs that a test runs on either backend, each in a process of its own."""

import importlib.util
import os
import subprocess
import sys

import pytest

from tests.tiny_catalogue import ROOT

HAS_JAX = importlib.util.find_spec("jax") is not None
needs_jax = pytest.mark.skipif(not HAS_JAX, reason="JAX is not installed: pip install '.[dev]'.")


def run(backend: str, *command: str, devices: int = 1) -> str:
    """Runs Python with `command` on so many devices of the CPU; gives what it printed.

    Raises:
      AssertionError: it failed; with the end of what it said.
    """
    environment = {
        **os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": ROOT,
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
    }  # fmt: skip
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"python {' '.join(command)} on {backend}: {(done.stdout + done.stderr)[-3000:]}")
    return done.stdout
