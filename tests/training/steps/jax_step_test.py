"""What the JAX step does with its state and its input; exactness_test.py compares what it computes."""

import tensorflow as tf

from tests import backends


@backends.needs_jax
class JaxStepTest(tf.test.TestCase):
    def test_what_can_be_seen_in_one_process(self):
        self.assertIn("all well", backends.run("jax", "-c", PROGRAM, devices=3))


PROGRAM = """
import jax, keras, numpy as np
from tests.training.steps import exactness_program as program
from training.steps.jax_step import Step, _parts
from training.steps.step_options import StepOptions

encoder, heads = program.build()
make = lambda devices, **options: Step(
    jax.devices()[:devices], encoder, heads, keras.optimizers.SGD(0.1), lambda batch: batch, StepOptions(16, **options))
for options, message in (({}, "--batch_size=16 does not divide by 3 devices: give a multiple of 3."),
                         ({"accumulate_steps": 4}, "--batch_size=16 in 4 parts of 4 does not divide by 3 devices: "
                                                   "give a multiple of 12.")):
    try:
        make(3, **options)
        raise SystemExit("taken")
    except ValueError as error:
        assert str(error) == message, error

# The state is apart from the Keras variables until it is written back, and taken anew by load.
step, before = make(1), [np.array(v.value) for v in encoder.trainable_variables]
batches = list(program.batches())
step.run(iter(batches), 2)
assert all((np.asarray(v.value) == old).all() for v, old in zip(encoder.trainable_variables, before))
step.sync()
assert any((np.asarray(v.value) != old).any() for v, old in zip(encoder.trainable_variables, before))
for v, old in zip(encoder.trainable_variables, before):
    v.assign(old)
step.load()
assert all((np.asarray(a) == old).all() for a, old in zip(step.state["weights"], before))

# A batch that was read ahead is not lost, and one iterator's is not taken for another's.
one, two = make(1), make(1)
whole = one.run(iter(batches), 4)[0]
halves = iter(batches)
two.load()
losses = [*two.run(halves, 2)[0], *two.run(halves, 2)[0]]
assert np.allclose(whole, losses, atol=0), (whole, losses)
try:
    one.run(iter(batches[:2]), 3)
    raise SystemExit("went on without input")
except ValueError as error:
    assert str(error) == "The input ended after 2 of 3 steps.", error

assert _parts(np.arange(8), 2, together=2).tolist() == [[0, 1, 4, 5], [2, 3, 6, 7]]
assert _parts(np.arange(6), 2).tolist() == [[0, 2, 4], [1, 3, 5]]
print("all well")
"""
