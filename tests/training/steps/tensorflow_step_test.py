"""The TensorFlow step compiled by XLA trains as it does without."""

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from tests.training.steps import exactness_program as program
from training.steps.loss_scale import LossScale
from training.steps.step_options import StepOptions
from training.steps.tensorflow_step import Step


class TensorFlowStepTest(tf.test.TestCase, parameterized.TestCase):
    def trained(self, first: str, case: str, **changes):
        encoder, heads = program.build(case)
        program.begin(encoder, heads, first)
        optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
        options = StepOptions(program.BATCH, label_smoothing=0.1, clip_norm=0.5)
        strategy = tf.distribute.get_strategy()
        step = Step(strategy, encoder, heads, optimizer, lambda batch: batch, options, **changes)
        spec = tf.nest.map_structure(lambda x: tf.TensorSpec(x.shape, x.dtype), next(program.batches(case)))
        data = tf.data.Dataset.from_generator(lambda: program.batches(case), output_signature=spec)
        losses, _ = step.run(iter(data), 10)
        return losses, [np.asarray(v) for v in [*step.variables, *heads["title"].non_trainable_variables]]

    @parameterized.parameters("sgd", "adacos", "curricular")
    def test_compiled_by_xla_and_with_a_scaled_loss_it_gives_the_same(self, case):
        first = f"{self.get_temp_dir()}/first.npz"
        plain = self.trained(first, case)
        self.assertLess(plain[0][-1], plain[0][0])
        for changes in ({"xla": True}, {"loss_scale": LossScale()}):
            losses, weights = self.trained(first, case, **changes)
            self.assertAllClose(plain[0], losses, atol=1e-5)
            for expected, found in zip(plain[1], weights, strict=True):
                self.assertAllClose(expected, found, atol=1e-5)


if __name__ == "__main__":
    tf.test.main()
