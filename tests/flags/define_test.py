"""Flags: one declaration, checked values, errors that guess the mistake."""

import dataclasses
import subprocess
import sys

import tensorflow as tf
from absl.testing import parameterized

from flags import command, matching, model, optimizer, run
from tests.tiny_catalogue import ROOT


class ChecksTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        (optimizer.Optimization, {"optimizer": "adm"}, "--optimizer=adm is not one of adam, .* Did you mean adam"),
        (optimizer.Optimization, {"epochs": 0}, "--epochs=0 is below 1, the smallest value allowed"),
        (model.Model, {"margin": 30.0}, "--margin=30.0 is above 1.56"),
        (model.Model, {"margin_loss": "subcentre"}, "subcentre is not one of arcface, .* Did you mean subcenter"),
        (model.Model, {"margin_loss": "curricular", "head": "sharded"}, "--head=sharded: that head has arcface alone"),
        (model.Model, {"margin_loss": "subcenter", "head": "sampled"}, "--head=sampled: that head has arcface alone"),
        (model.Model, {"subcenters": 2}, "--subcenters=2 has no effect on --margin_loss=arcface: leave it out, or"),
        (model.Model, {"margin_loss": "adacos"}, "--margin=0.5 has no effect on --margin_loss=adacos, .*--margin=0,"),
        (model.Model, {"margin_loss": "adacos", "margin": 0.0, "scale": 20.0}, "--scale=20 .* give --scale=30"),
        (model.Model, {"margin_loss": "adacos", "margin": 0.0, "margin_class_power": 0.1}, "--margin_class_power=0.1 "),
        (run.Run, {"validation_fold": 2, "test_fold": 2}, "both 2: a threshold tuned on the test fold"),
        (matching.Matching, {"match_rows": "al"}, "Did you mean all"),
    )
    def test_a_wrong_value_is_named_with_what_is_allowed(self, concern, values, message):
        with self.assertRaisesRegex(ValueError, message):
            concern(**values)

    def test_no_flag_is_declared_twice(self):
        declared = {}
        for concern in command.CONCERNS:
            for field in dataclasses.fields(concern):
                self.assertIs(field, declared.setdefault(field.name, field))  # inherited it is the same

    @parameterized.parameters(*command.CONCERNS)
    def test_every_flag_has_a_sentence_of_help(self, concern):
        for field in dataclasses.fields(concern):
            self.assertRegex(field.metadata["help"], r"^[A-Z0-9a-z].{8,}\.?$")


class CommandTest(tf.test.TestCase):
    def run_train(self, *arguments):
        command_line = [sys.executable, "-X", "importtime", "-m", "training.train", *arguments]
        return subprocess.run(command_line, cwd=ROOT, capture_output=True, text=True, check=False)

    def test_a_wrong_value_exits_with_two_before_tensorflow_is_imported(self):
        done = self.run_train("--schedule=cosine", "--records=r", "--run=r")
        self.assertEqual(done.returncode, 2)
        self.assertIn("error: --schedule=cosine is not one of warmup_cosine", done.stderr)
        self.assertNotIn("tensorflow", done.stderr)

    def test_a_typo_is_answered_with_a_guess(self):
        done = self.run_train("--learning_rat=1")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("Did you mean: learning_rate", done.stderr)

    def test_a_bare_word_is_refused(self):
        done = self.run_train("records")
        self.assertEqual(done.returncode, 2)
        self.assertIn("unexpected argument 'records'", done.stderr)
