"""Heads that adapt take note of a batch once a step, and of the rows that count alone."""

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.optimizer import Optimization
from tests.training.steps import exactness_program as program
from training import model_state
from training.steps import step_options
from training.steps.objective import batch_loss
from training.steps.tensorflow_step import Step


class ObserveTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters("curricular", "curricular_sharpness")
    def test_mixing_and_sharpness_move_t_by_one_batch_a_step(self, case):
        encoder, heads = program.build(case)
        batch = tf.nest.map_structure(tf.constant, next(program.batches(case)))
        self.assertIn("kept", batch)
        head, unit = heads["title"], encoder(batch["inputs"], training=True)["title"].numpy()
        centres = head.centres.numpy() / np.linalg.norm(head.centres, axis=0)
        cosine = [unit[i] @ centres[:, batch["label"][i]] for i in range(program.BATCH - 5) if i != 3]
        options = step_options.of(program.optimization_of(case), encoder, heads, steps_per_epoch=10, margin=0.3)
        strategy, optimizer = tf.distribute.get_strategy(), keras.optimizers.SGD(0.01)
        step = Step(strategy, encoder, heads, optimizer, lambda batch: batch, options)
        step.run(iter(tf.data.Dataset.from_tensors(batch)), 1)
        self.assertAllClose(head.t, 0.01 * np.mean(cosine), atol=1e-6)

    def test_without_observe_the_state_stays(self):
        encoder, heads = program.build("adacos")
        before = heads["title"].scale.numpy()
        batch = next(program.batches("adacos"))
        batch_loss(encoder, heads, batch, program.BATCH, 0.0, observe=False)
        self.assertEqual(heads["title"].scale, before)
        batch_loss(encoder, heads, batch, program.BATCH, 0.0)
        self.assertNotAllClose(heads["title"].scale, before, atol=1e-3)

    @parameterized.parameters(("adacos", "scale"), ("curricular", "t"))
    def test_checkpoints_hold_what_was_learned_of_the_batches(self, case, name):
        encoder, heads = program.build(case)
        heads["title"].state.assign(0.7)
        saved = model_state.values_of(model_state.variables_of(encoder, heads))
        self.assertAllClose([value for key, value in saved.items() if key.endswith(f"/{name}")], [0.7])
        heads["title"].state.assign(0.0)
        model_state.restore(model_state.variables_of(encoder, heads), saved)
        self.assertAllClose(heads["title"].state, 0.7)

    def test_a_margin_that_is_not_there_cannot_rise(self):
        encoder, heads = program.build("adacos")
        with self.assertRaisesRegex(ValueError, "--margin_warmup_epochs=2 with --margin_loss=adacos, .* leave it out"):
            step_options.of(Optimization(margin_warmup_epochs=2.0), encoder, heads, steps_per_epoch=10, margin=0.0)


if __name__ == "__main__":
    tf.test.main()
