"""What setup.py installs."""

import os
import runpy
from unittest import mock

import tensorflow as tf

from tests.tiny_catalogue import ROOT

ROOMS = ("flags", "tfrecords_tools", "models", "training", "inference", "sample_data", "benchmarks")


class SetupTest(tf.test.TestCase):
    def test_every_package_and_every_command_is_installed(self):
        before = os.getcwd()
        os.chdir(ROOT)  # it reads README.md
        self.addCleanup(os.chdir, before)
        with mock.patch("setuptools.setup") as setup:
            runpy.run_path("setup.py")
        given = setup.call_args.kwargs
        found = [
            os.path.relpath(folder, ROOT).replace(os.sep, ".")
            for room in ROOMS
            for folder, _, files in os.walk(os.path.join(ROOT, room))
            if "__init__.py" in files
        ]
        self.assertCountEqual(given["packages"], found)
        for script in given["entry_points"]["console_scripts"]:
            module = script.split(" = ")[1].removesuffix(":cli").replace(".", os.sep)
            self.assertTrue(os.path.exists(os.path.join(ROOT, f"{module}.py")), script)
