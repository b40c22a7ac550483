"""What the loop benchmark counts as waiting and as checkpoints, and that its bare loop trains the same model."""

import types
from unittest import mock

import tensorflow as tf
from absl import flags

from benchmarks import training_step
from tests import tiny_catalogue
from training.product_training import Training


class TrainingStepTest(tf.test.TestCase):
    def test_waiting_and_saving_are_counted(self):
        saved = []
        training = types.SimpleNamespace(
            steps=types.SimpleNamespace(run=lambda iterator, steps: (["loss"] * steps, 0.25)),
            saving=types.SimpleNamespace(checkpoint=saved.append, best=lambda step, scores: saved.append(step)),
        )
        spent = training_step._watched(training)
        for _ in range(2):
            self.assertEqual(training.steps.run(None, 3), (["loss"] * 3, 0.25))
        training.saving.checkpoint({"step": 1})
        training.saving.best(2, {})
        self.assertEqual(saved, [{"step": 1}, 2])
        self.assertEqual(spent["input"], 0.5)
        self.assertGreater(spent["checkpoints"], 0.0)

    def test_the_loop_goes_on_from_turn_to_turn_beside_bare_steps_of_the_same_model(self):
        flags.FLAGS(["test"], known_only=True)
        run = tiny_catalogue.tiny_run(f"{self.get_temp_dir()}/run", validation_fold=-1, evaluate_epochs=1000)
        model, optimization = (
            tiny_catalogue.tiny_model(modality="title"),
            tiny_catalogue.tiny_optimization(clip_norm=1.0),
        )
        training = Training(tiny_catalogue.records(), model, optimization, tiny_catalogue.CPU, run)
        training_step._bare_steps(training)(3)
        for turn in (1, 2):
            training_step._run(training, 4)
            self.assertEqual(training.step, 4 * turn)

    def test_steps_of_an_encoder_alone_are_timed(self):
        flags.FLAGS(["test"], known_only=True)
        with mock.patch.multiple(training_step, ALONE={"small": (4, 32)}, STEPS=2):
            seconds = training_step.step_alone("small")
        self.assertLen(seconds, 2)
        self.assertGreater(min(seconds), 0.0)


if __name__ == "__main__":
    tf.test.main()
