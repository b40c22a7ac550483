"""The main job through its commands, and every command that the documentation shows."""

import glob
import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import tensorflow as tf
from absl.testing import parameterized

from flags import command
from tests import tiny_catalogue
from tests.tiny_catalogue import ROOT

DOCUMENTS = [os.path.join(ROOT, "README.md"), *sorted(glob.glob(os.path.join(ROOT, "docs", "*.md")))]


def commands_of(path: str) -> list[str]:
    """Every `python -m` command of a document's code blocks, continued lines joined."""
    with open(path) as file:
        text = file.read().replace("\\\n", " ")
    lines = [line.strip().lstrip("!") for line in text.splitlines()]
    return [line.split("#")[0].strip() for line in lines if line.startswith("python -m ")]


def flags_of(benchmark: str) -> set[str]:
    """The flags that a benchmark and the benchmarks it imports define; read, since some are defined when they run."""
    with open(importlib.util.find_spec(benchmark).origin) as file:
        text = file.read()
    own = set(re.findall(r'DEFINE_\w+\(\s*"(\w+)"', text))
    for line in re.findall(r"^from benchmarks import (.*)$", text, re.MULTILINE):
        own = own.union(*(flags_of(f"benchmarks.{name.strip()}") for name in line.split(",")))
    for module in re.findall(r"^from (benchmarks\.\w+) import", text, re.MULTILINE):
        own |= flags_of(module)
    return own


def run(line: str, folder: str) -> subprocess.CompletedProcess:
    arguments = [sys.executable, *shlex.split(line)[1:]]
    environment = {**os.environ, "PYTHONPATH": ROOT, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done


class ReadmeTest(tf.test.TestCase):
    @pytest.mark.slow
    def test_its_commands_turn_a_csv_into_matches(self):
        folder = self.get_temp_dir()
        tiny_catalogue.draw(folder, groups=30)
        os.rename(f"{folder}/products.csv", f"{folder}/table.csv")
        os.makedirs(f"{folder}/pictures")
        for picture in glob.glob(f"{folder}/*.png"):
            os.rename(picture, os.path.join(folder, "pictures", os.path.basename(picture)))
        os.rename(f"{folder}/table.csv", f"{folder}/products.csv")
        shutil.copytree(os.path.join(ROOT, "flags"), f"{folder}/flags")
        lines = commands_of(os.path.join(ROOT, "README.md"))
        self.assertLen(lines, 5)
        for line in lines:
            run(line + (" --smoke" if "training.train" in line else ""), folder)
        with open(f"{folder}/runs/first/matches/match.json") as file:
            methods = {method["name"]: method["mean_f1"] for method in json.load(file)["methods"]}
        self.assertGreater(methods["joint"], methods["alone"])
        with open(f"{folder}/runs/first/report.html") as file:
            self.assertIn("data:image/", file.read())

    def test_its_make_targets_exist(self):
        with open(os.path.join(ROOT, "README.md")) as file:
            targets = re.findall(r"^make (\w+)$", file.read(), re.MULTILINE)
        self.assertEqual(targets, ["demo", "test"])
        for target in targets:
            subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True)


class DocumentsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*DOCUMENTS)
    def test_every_command_names_a_module_and_flags_that_exist(self, path):
        shared = {"flagfile", "help"}.union(*(concern.__dataclass_fields__ for concern in command.CONCERNS))
        for line in commands_of(path):
            words = shlex.split(line)
            self.assertIsNotNone(importlib.util.find_spec(words[2]), line)
            known = flags_of(words[2]) if words[2].startswith("benchmarks.") else shared
            for word in words[3:]:
                self.assertStartsWith(word, "--", line)
                self.assertIn(word[2:].split("=")[0], known, line)
                if word.startswith("--flagfile="):
                    self.assertTrue(os.path.exists(os.path.join(ROOT, word.split("=")[1])), line)

    @parameterized.parameters(*DOCUMENTS)
    def test_every_link_leads_somewhere(self, path):
        with open(path) as file:
            for target in re.findall(r"\]\((?!http)([^)#]+)", file.read()):
                self.assertTrue(os.path.exists(os.path.join(os.path.dirname(path), target)), target)


class CommandsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        "convert", "verify", "inspect", "train", "evaluate", "embed", "match", "report", "classify", "ensemble"
    )
    def test_is_installed_by_setup_and_has_a_main(self, name):
        with open(os.path.join(ROOT, "setup.py")) as file:
            module = re.search(rf'"{name}": "([\w.]+)"', file.read()).group(1)
        self.assertTrue(callable(importlib.import_module(module).main))
        self.assertTrue(callable(importlib.import_module(module).cli))
