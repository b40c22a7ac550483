"""Every optimizer: the schedule is its rate, biases and norms are not shrunk, it learns, compiled and not."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from absl.testing import parameterized

from flags.optimizer import Optimization
from models.arc_margin import ArcMargin
from models.pooling import GeneralizedMeanPooling
from tests import backends
from training import schedules
from training.steps import optimizers

NAMES = tuple(optimizers.BUILDERS)
# Three steps of every optimizer on a kernel, class centres and a bias; one line of all weights for each.
THREE_STEPS = """
import dataclasses, sys
import keras, numpy as np
from flags.optimizer import Optimization
from training.steps import optimizers
from training import schedules
options = Optimization(schedule="one_cycle", epochs=4, learning_rate=0.1)
for name in optimizers.BUILDERS:
    chosen = dataclasses.replace(options, optimizer=name, weight_decay=0.0 if name == "adam" else 0.1)
    optimizer = optimizers.build(chosen, schedules.build(chosen, 5, 20))
    random = np.random.default_rng(0)
    shapes = {"kernel": (3, 4), "centres": (4, 5), "bias": (4,)}
    variables = [keras.Variable(random.normal(size=s), name=n, dtype="float32") for n, s in shapes.items()]
    gradients = [random.normal(size=v.shape).astype("float32") for v in variables]
    optimizer.build(variables)
    if keras.backend.backend() == "jax":
        import jax
        step = jax.jit(lambda slots, values: optimizer.stateless_apply(slots, gradients, values))
        values, slots = [v.value for v in variables], [v.value for v in optimizer.variables]
        for _ in range(3):
            values, slots = step(slots, values)
    else:
        for _ in range(3):
            optimizer.apply(gradients, variables)
        values = variables
    print(*(f"{x:.9g}" for value in values for x in np.asarray(value).ravel()))
"""


def three_steps(backend):
    return [[float(x) for x in line.split()] for line in backends.run(backend, "-c", THREE_STEPS).splitlines()]


def one(name, shape=(), value=1.0):
    return keras.Variable(np.full(shape, value, "float32"), name=name)


def applied(optimizer, gradients, variables):
    optimizer.build(variables)
    optimizer.apply(gradients, variables)
    return [v.numpy() for v in variables]


class OptimizersTest(tf.test.TestCase, parameterized.TestCase):
    def test_every_choice_of_the_flag_has_a_builder(self):
        field = next(field for field in dataclasses.fields(Optimization) if field.name == "optimizer")
        self.assertCountEqual(field.metadata["choices"], NAMES)

    @parameterized.parameters(*NAMES)
    def test_a_step_at_rate_zero_changes_nothing_and_a_later_one_does(self, name):
        schedule = keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.0, 0.1])
        weight = one("kernel", (3, 4))
        optimizer = optimizers.build(Optimization(optimizer=name), schedule)
        still = applied(optimizer, [tf.ones((3, 4))], [weight])
        self.assertAllEqual(still[0], np.ones((3, 4)))
        moved = applied(optimizer, [tf.ones((3, 4))], [weight])
        self.assertAllLess(moved[0], 1.0)

    @parameterized.parameters(*(name for name in NAMES if name != "adam"))
    def test_decay_shrinks_weights_but_no_bias_norm_or_gem_exponent(self, name):
        options = Optimization(optimizer=name, weight_decay=0.5)
        gem = GeneralizedMeanPooling(p=3.0)
        gem.build((None, 2, 2, 8))
        names = ("kernel", "centres", "embeddings", "bias", "gamma", "beta", "lambda1")
        variables = [one(name, (2, 2) if place < 3 else (2,)) for place, name in enumerate(names)] + [gem.p]
        after = applied(
            optimizers.build(options, schedules.Constant(0.1)), [tf.zeros(v.shape) for v in variables], variables
        )
        for value in after[:3]:
            self.assertAllClose(value, np.full((2, 2), 0.95))
        for value in after[3:-1]:
            self.assertAllEqual(value, np.ones(2))
        self.assertEqual(after[-1], 3.0)

    @parameterized.parameters(*NAMES)
    def test_no_decay_is_no_decay(self, name):
        optimizer = optimizers.build(Optimization(optimizer=name), schedules.Constant(0.1))
        self.assertAllEqual(applied(optimizer, [tf.zeros((2, 2))], [one("kernel", (2, 2))])[0], np.ones((2, 2)))

    @parameterized.product(name=NAMES, compiled=(False, True))
    def test_learns_classes_with_a_margin(self, name, compiled):
        keras.utils.set_random_seed(0)
        rate = 0.02 if name != "sgd" else 0.2
        options = Optimization(optimizer=name, learning_rate=rate, schedule="constant", weight_decay=0.0)
        inputs, label = tf.random.stateless_normal((24, 8), [0, 1]), tf.range(24) % 3
        dense, head = keras.layers.Dense(6), ArcMargin(3, scale=8.0, margin=0.2)
        dense.build((None, 8)), head.build((None, 6))
        variables = dense.trainable_variables + head.trainable_variables
        optimizer = optimizers.build(options, schedules.build(options, 1, 60))
        optimizer.build(variables)

        @tf.function(jit_compile=compiled)
        def step():
            with tf.GradientTape() as tape:
                logits = head(dense(inputs), label, training=True)
                loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(label, logits, from_logits=True))
            gradients = tape.gradient(loss, [v.value for v in variables])
            optimizer.apply(gradients, variables)
            return loss

        losses = [float(step()) for _ in range(60)]
        self.assertLess(losses[-1], 0.7 * losses[0])

    @parameterized.parameters(*NAMES)
    def test_resumes_to_the_same_bits_from_its_variables(self, name):
        gradients = np.random.default_rng(0).normal(size=(6, 3, 4)).astype("float32")
        options = Optimization(optimizer=name, schedule="one_cycle", epochs=3)

        def begun(value):
            optimizer, weight = optimizers.build(options, schedules.build(options, 2, 6)), one("kernel", (3, 4), value)
            optimizer.build([weight])
            return optimizer, weight

        optimizer, weight = begun(1.0)
        for step, gradient in enumerate(gradients):
            if step == 3:
                resumed, again = begun(0.0)
                for new, old in zip([again, *resumed.variables], [weight, *optimizer.variables], strict=True):
                    new.assign(old)
            optimizer.apply([gradient], [weight])
        for gradient in gradients[3:]:
            resumed.apply([gradient], [again])
        self.assertAllEqual(again, weight)

    def test_muon_leaves_class_centres_to_adam_and_turns_the_rest_into_orthogonal_steps(self):
        dense, head = keras.layers.Dense(4, use_bias=False), ArcMargin(5)
        dense.build((None, 4)), head.build((None, 4))
        variables = dense.trainable_variables + head.trainable_variables
        before = [v.numpy() for v in variables]
        optimizer = optimizers.build(Optimization(optimizer="muon"), schedules.Constant(0.1))
        gradients = [np.random.default_rng(0).normal(size=v.shape).astype("float32") for v in variables]
        kernel, centres = (b - a for a, b in zip(applied(optimizer, gradients, variables), before, strict=True))
        # Newton-Schulz brings singular values near 1, Moonlight's factor is .2 sqrt(4).
        self.assertAllInRange(np.linalg.svd(kernel)[1] / (0.1 * 0.4), 0.5, 1.5)
        self.assertAllClose(centres, 0.1 * np.sign(gradients[1]), atol=1e-4)

    def test_nesterov_looks_ahead(self):
        steps = []
        for nesterov in (False, True):
            optimizer = optimizers.build(Optimization(optimizer="sgd", nesterov=nesterov), schedules.Constant(0.1))
            steps.append(applied(optimizer, [tf.ones(())], [one("kernel", value=0.0)])[0])
        self.assertAllClose(steps, [-0.1, -0.19])


class ChecksTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ({"optimizer": "adam", "weight_decay": 0.1}, "--weight_decay=0.1 has no effect on --optimizer=adam.*adamw"),
        ({"optimizer": "adam", "nesterov": True}, "--nesterov is for --optimizer=sgd, not adam"),
        ({"cycles": 3}, "--cycles=3 has no effect on --schedule=warmup_cosine: give --schedule=cyclic_cosine"),
        ({"optimizer": "lam"}, "Did you mean lamb"),
    )
    def test_flags_that_do_not_go_together_are_refused(self, values, message):
        with self.assertRaisesRegex(ValueError, message):
            Optimization(**values)


@backends.needs_jax
class JaxTest(tf.test.TestCase):
    @pytest.mark.slow
    def test_every_optimizer_does_on_jax_what_it_does_on_tensorflow(self):
        on_jax, on_tensorflow = three_steps("jax"), three_steps("tensorflow")
        self.assertLen(on_jax, len(NAMES))
        for name, there, expected in zip(NAMES, on_jax, on_tensorflow, strict=True):
            self.assertAllClose(there, expected, rtol=1e-4, atol=1e-5, msg=name)
