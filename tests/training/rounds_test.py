"""Rounds: the plan, and two of them trained by the command, stopped by SIGTERM and taken up again."""

import csv
import glob
import os
import signal
import subprocess
import sys
import time

import pytest
import tensorflow as tf

from flags import round_list
from tests import tiny_catalogue
from tests.training.classification_test import tree_records
from training.staged import plan, table

FIRST = "--modality=title\n--tfidf_dim=16\n--head=linear\n--batch_size=8\n--warmup_epochs=0\n"
STEP = "--schedule=warmup_step\n--decay_epochs=1\n--decay_rate=0.5\n"


class RoundsTest(tf.test.TestCase):
    def rounds(self, first="--epochs=2\n"):
        folder = os.path.join(self.get_temp_dir(), self.id())
        os.makedirs(folder, exist_ok=True)
        for name, text in (
            ("first.flags", FIRST + STEP + first),
            ("second.flags", FIRST + "--epochs=1\n--rates=freeze=title\n--class_loss=focal\n--centralize_gradients\n"),
            ("both.rounds", "first.flags\nlast = second.flags\n"),
        ):
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
        return folder, [f"--records={tree_records()}", "--accelerator=cpu", "--best_by=mean_class_accuracy"]

    def test_the_plan_tells_classes_rows_steps_and_rates(self):
        folder, given = self.rounds()
        lines = plan.text(round_list.read(f"{folder}/both.rounds", "runs", given)).splitlines()
        self.assertEqual(lines[0].split()[:3], ["round", "begins", "with"])
        self.assertEqual(lines[1].split(), ["first", "-", "6", "24", "3", "6", "0.001", "0.0005"])
        self.assertEqual(lines[2].split()[:6], ["last", "runs/first", "6", "24", "3", "3"])

    def test_a_round_that_could_not_train_is_named_beforehand(self):
        folder, given = self.rounds()
        listed = round_list.read(f"{folder}/both.rounds", "runs", [*given, "--class_size_low=50"])
        with self.assertRaisesRegex(ValueError, "round first: No class has 50 to any number of training rows"):
            plan.text(listed)

    def test_nothing_begun_gives_an_empty_table(self):
        folder, given = self.rounds()
        text = table.write(self.get_temp_dir(), round_list.read(f"{folder}/both.rounds", f"{folder}/runs", given))
        self.assertEqual(text.split(), list(table.COLUMNS))

    @pytest.mark.slow
    def test_it_is_stopped_and_taken_up_again_and_finished_rounds_are_passed_over(self):
        folder, given = self.rounds("--epochs=60\n--evaluate_epochs=30\n--checkpoint_steps=15\n")
        run = f"{folder}/run"
        command = [sys.executable, "-m", "training.rounds", f"--rounds={folder}/both.rounds", f"--run={run}", *given]
        begun = subprocess.Popen(command, cwd=tiny_catalogue.ROOT, stderr=subprocess.DEVNULL, text=True)
        until = time.monotonic() + 300
        while not glob.glob(f"{run}/first/checkpoints/*.json") and time.monotonic() < until:
            time.sleep(0.05)
        begun.send_signal(signal.SIGTERM)
        self.assertEqual(begun.wait(), 128 + signal.SIGTERM)
        self.assertFalse(os.path.exists(f"{run}/last"))
        done = subprocess.run(command, cwd=tiny_catalogue.ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("title: 6 of 6 classes", done.stderr)
        self.assertRegex(done.stderr, r"steps +180 \(3 per epoch\), starting at [1-9]")
        with open(f"{run}/rounds.csv", newline="") as file:
            first, last = csv.DictReader(file)
        self.assertEqual(
            [last[name] for name in ("round", "classes", "loss", "frozen")], ["last", "6", "focal, GC", "title"]
        )
        self.assertGreater(float(first["MAP"]), 0.5)
        self.assertIn("last ", done.stdout)
        again = subprocess.run(command, cwd=tiny_catalogue.ROOT, capture_output=True, text=True)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertNotIn("per epoch", again.stderr)


if __name__ == "__main__":
    tf.test.main()
