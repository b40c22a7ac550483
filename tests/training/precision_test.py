"""Number formats by device, and when a step is compiled."""

import tensorflow as tf
from absl.testing import parameterized

from flags.distribution import Distribution
from training import precision, xla


class PrecisionTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("auto", "TPU", None, "mixed_bfloat16"),
        ("auto", "GPU", (9, 0), "mixed_bfloat16"),
        ("auto", "GPU", (7, 5), "float32"),
        ("auto", "CPU", None, "float32"),
        ("mixed_float16", "GPU", (7, 5), "mixed_float16"),
        ("float32", "TPU", None, "float32"),
    )
    def test_auto_follows_the_device_and_the_rest_is_taken_at_its_word(self, asked, kind, capability, policy):
        self.assertEqual(precision.choose(asked, kind, capability), policy)


class XlaTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("auto", "GPU", 2, True),
        ("off", "GPU", 2, False),
        ("auto", "CPU", 2, False),
        ("on", "CPU", 1, True),
        ("auto", "TPU", 8, False),
        ("on", "TPU", 8, False),
    )
    def test_compiles_where_it_pays_and_nobody_else_does(self, asked, kind, replicas, compiled):
        self.assertEqual(xla.jit_compile(asked, kind, replicas), compiled)

    def test_what_cannot_be_is_refused(self):
        with self.assertRaisesRegex(ValueError, "--xla=off: a TPU runs nothing but XLA"):
            xla.jit_compile("off", "TPU", 8)
        with self.assertRaisesRegex(ValueError, "--xla=on with 2 CPU devices"):
            xla.jit_compile("on", "CPU", 2)

    @parameterized.parameters(
        ({"backend": "jax", "xla": "off"}, "--xla=off with --backend=jax: JAX compiles every step"),
        ({"backend": "jax", "tpu": "pod7"}, "--tpu=pod7 with --backend=jax"),
        ({"precision": "float16"}, "--precision=float16 is not one of"),
    )
    def test_flags_that_do_not_go_together(self, asked, message):
        with self.assertRaisesRegex(ValueError, message):
            Distribution(**asked)
