"""Preflight: what it prints, what it refuses by name, and that a small recipe compiles for a TPU."""

import importlib.util
import os
import subprocess
import sys
from unittest import mock

import pytest
import tensorflow as tf
from absl.testing import parameterized

from flags.model import Model
from flags.preflight import Preflight
from tests.tiny_catalogue import ROOT
from training import preflight
from training.rehearsal import roofline, tpu_topologies
from training.rehearsal.tpu_topologies import Chip

CHIP = Chip(hbm_gib=16, flops=100e12, bandwidth=800e9)


class WordsTest(tf.test.TestCase, parameterized.TestCase):
    def test_the_slower_of_arithmetic_and_memory_is_the_bound(self):
        self.assertEqual(roofline.bound(200e9, 8e9, CHIP), (0.01, "memory traffic"))
        self.assertEqual(roofline.bound(2e12, 8e9, CHIP), (0.02, "arithmetic"))

    def test_the_report_says_memory_by_part_work_and_bound(self):
        memory = {"weights": 2**30, "others": 0, "temporaries and results": 3 * 2**30}
        text = preflight.report("train", preflight.Compiled(42.0, memory, 2e12, 80e9), CHIP, batch=64)
        self.assertEqual(
            text.splitlines(),
            [
                "train: compiled in 42 s",
                "  HBM       4.00 of 16 GiB per device: weights 1.000, temporaries and results 3.000",
                "  work      2,000.0 GFLOP per device; XLA counts 80.00 GB moved",
                "  at least  20.000 ms by arithmetic, so at most 3,200 products/s; "
                "100.00 ms if all that XLA counts goes to HBM",
            ],
        )

    @parameterized.parameters((32, 1, 300, 256), (32, 1, 20, 16), (48, 1, 48, 32), (8, 8, 8, 8), (6, 6, 100, 64))
    def test_the_largest_power_of_two_that_fits(self, start, devices, limit, expected):
        tried = []

        def fits(size):
            tried.append(size)
            return size <= limit

        self.assertEqual(preflight.largest_batch(fits, start, devices), expected)
        self.assertLen(set(tried), len(tried))

    @parameterized.parameters((224, 1, 1000, 896), (224, 1, 100, 56), (35, 1, 7, 7), (224, 4, 30, 28))
    def test_of_tuples_so_many_times_a_power_of_two(self, start, devices, limit, expected):
        self.assertEqual(preflight.largest_batch(lambda size: size <= limit, start, devices, together=7), expected)

    def test_classes_are_for_heads_that_have_them(self):
        self.assertEqual(preflight._classes(Model(head="tuples"), "", None, 0).count, 0)
        self.assertEqual(preflight._classes(Model(), "", None, 7).count, 7)
        with self.assertRaisesRegex(ValueError, "--classes=9 with --level_weights=1: give --records for the"):
            preflight._classes(Model(head="linear", level_weights="1"), "", None, 9)
        with self.assertRaisesRegex(ValueError, "--classes=9 has no effect on --head=tuples"):
            preflight._classes(Model(head="tuples"), "", None, 9)

    def test_where_nothing_fits_it_says_so(self):
        with self.assertRaisesRegex(ValueError, "Not even --batch_size=8 fits: take a smaller --image_size"):
            preflight.largest_batch(lambda size: False, 32, 8)

    def test_the_compilers_refusal_becomes_ours(self):
        full = "RESOURCE_EXHAUSTED: CompileTimeHbmOom\n Used 20.00G exceeds available HBM (15.75G)."
        with self.assertRaisesRegex(preflight.OutOfMemory, "train: does not fit: Used 20.00G exceeds.*--find_batch"):
            raise preflight._refused("train", full)
        other = 'UNIMPLEMENTED: Eig is not supported.\n %e = f32[] eig(), metadata={op_name="jit(f)/encoder/pool/eig"}'
        with self.assertRaisesRegex(ValueError, r"train: jit\(f\)/encoder/pool/eig cannot be compiled for a TPU: UNIM"):
            raise preflight._refused("train", other)


class TopologyTest(tf.test.TestCase, parameterized.TestCase):
    def test_a_chip_by_its_topology(self):
        self.assertEqual(tpu_topologies.chip_of("v5e:2x2").hbm_gib, 16)

    @parameterized.parameters("v9:2x2", "v5e", "v5e:", "v5e:2xtwo")
    def test_another_name_is_refused_with_those_there_are(self, name):
        with self.assertRaisesRegex(ValueError, f"--topology={name} is not <chip>:<shape> .* v2, v3, .* v5e:2x2"):
            tpu_topologies.chip_of(name)

    def test_what_is_not_installed_is_named_with_the_cure(self):
        found = lambda name: None if name == "libtpu" else object()  # noqa: E731
        with mock.patch("importlib.util.find_spec", side_effect=found):
            with self.assertRaisesRegex(ImportError, r"needs libtpu, .* pip install '\.\[preflight\]'"):
                tpu_topologies.prepare_environment()

    def test_one_class_is_no_margin(self):
        with self.assertRaisesRegex(ValueError, "--classes=1: a margin needs at least 2 classes"):
            Preflight(classes=1)


def python(*arguments: str) -> str:
    """Runs Python in a process of its own; returns what it printed, errors included."""
    environment = {**os.environ, "PYTHONPATH": ROOT}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.stdout


@pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("jax", "libtpu"))), reason="no jax and libtpu: pip install '.[preflight]'"
)
class CompileTest(tf.test.TestCase):
    def test_a_small_recipe_compiles(self):
        recipe = "--flagfile=flags/recipes/small/title.flags"
        said = python("-m", "training.preflight", recipe, "--topology=v5e:2x2", "--classes=50", "--tfidf_dim=64")
        self.assertIn("v5e:2x2: 4 x TPU v5 lite, 16 GiB of HBM each\nbatch 64, 16 per device; 50 classes", said)
        self.assertIn("What this check cannot see:", said)
        for name in ("train", "evaluation", "embedding"):
            self.assertRegex(said, rf"{name}: compiled in \d+ s\n  HBM +0\.\d\d of 16 GiB per device: weights 0\.00\d")

    def test_a_matcher_compiles_as_training_and_as_two_towers(self):
        small = "--word_dim=16 --query_width=16 --match_width=16 --region_boxes=4 --region_width=16 --query_tokens=4 "
        small += "--region_attention_heads=2 --region_inner_width=16 --batch_size=16 --in_batch=8"
        said = python("-m", "training.preflight", "--topology=v5e:2x1", "--matcher=word_match", *small.split())
        self.assertIn("batch 16, 8 per device; --matcher=word_match, regions of 2048 features", said)
        for name in ("train", "queries", "products"):
            self.assertRegex(said, rf"{name}: compiled in \d+ s\n  HBM +0\.\d\d of 16 GiB .*\n.*\n  at least .* rows/s")

    def test_classes_have_no_effect_on_a_matcher(self):
        said = python("-m", "training.preflight", "--topology=v5e:1x1", "--matcher=two_tower", "--classes=5")
        self.assertIn("error: --classes=5 has no effect on --matcher=two_tower: leave it out.", said)

    def test_without_classes_and_records_it_asks(self):
        said = python("-m", "training.preflight", "--topology=v5e:1x1")
        self.assertIn("error: How many classes? Give --classes=<number>, or --records=<folder>", said)

    def test_what_a_tpu_cannot_run_is_refused_by_the_name_of_its_layer(self):
        said = python("-c", BROKEN)
        self.assertIn("string: layer broken/inner cannot be compiled for a TPU: ", said)
        self.assertIn("shape: layer broken/inner cannot be compiled for a TPU: ", said)
        self.assertIn("callback: layer inner calls the host (pure_callback), which a TPU step cannot wait for", said)
        self.assertIn("full: does not fit: ", said)
        self.assertNotIn("taken", said)


BROKEN = """
from training import preflight
from training.rehearsal import tpu_topologies
tpu_topologies.prepare_environment()
import jax, keras, numpy as np
from jax import numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from training.rehearsal.run_programs import Program

found, _ = tpu_topologies.devices("v5e:1x1")
whole = NamedSharding(Mesh(np.array(found), ("batch",)), PartitionSpec())

def string(x): return x + jnp.asarray(np.array(["a", "b"]))
def shape(x): return x[x > 0]
def callback(x): return jax.pure_callback(lambda v: v, jax.ShapeDtypeStruct(x.shape, x.dtype), x)
def full(x): return jnp.tile(x, (50_000, 1)) @ jnp.tile(x, (50_000, 1)).T

for call in (string, shape, callback, full):
    class Inner(keras.layers.Layer):
        def call(self, x): return call(x)
        def compute_output_spec(self, x): return keras.KerasTensor((2, 3))
    i = keras.Input((3,))
    model = keras.Model(i, Inner(name="inner")(i), name="broken")
    function = jax.jit(lambda x: model.stateless_call([], [], x)[0])
    argument = jax.ShapeDtypeStruct((2, 3), "float32", sharding=whole)
    try:
        preflight.compile_for_tpu(call.__name__, Program(function, (argument,), {}))
        print(call.__name__, "taken")
    except ValueError as error:
        print(error)
"""
