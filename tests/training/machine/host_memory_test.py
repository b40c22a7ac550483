"""Tests of training/machine/host_memory.py."""

import platform
import subprocess
import sys

import tensorflow as tf

# Pages that the kernel clears while a buffer of 64 MB is made, written and freed 20 times.
PROGRAM = """
import resource, sys
import numpy as np
from training.machine import host_memory
if sys.argv[1] == "keep":
    assert host_memory.keep()
def use():
    np.empty(2**24, "float32").fill(1.0)
use()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    use()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


class HostMemoryTest(tf.test.TestCase):
    def faults(self, way: str) -> int:
        done = subprocess.run([sys.executable, "-c", PROGRAM, way], capture_output=True, text=True, check=True)
        return int(done.stdout)

    def test_freed_memory_is_used_again(self):
        if platform.libc_ver()[0] != "glibc":
            self.skipTest("the C library is not glibc")
        self.assertLess(self.faults("keep"), 100)
        self.assertGreater(self.faults("leave"), 500)


if __name__ == "__main__":
    tf.test.main()
