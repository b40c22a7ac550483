"""What a run says of itself, and what it keeps of it."""

import json
import os

import tensorflow as tf

from training.progress import MetricsLog, ProgressLine, banner


class ProgressTest(tf.test.TestCase):
    def test_the_line_says_rate_time_left_and_input_bound_share(self):
        line = ProgressLine(total_steps=100, first_step=20, batch_size=8)
        line.waited = 5.0
        self.assertEqual(
            line.line(60, 1.5, 20.0), "step 60/100  loss 1.5000  16 examples/s  0:20 left  input-bound 25%"
        )

    def test_the_banner_is_aligned(self):
        self.assertEqual(banner({"batch": 8, "steps to do": 3}), "  batch        8\n  steps to do  3")


class MetricsLogTest(tf.test.TestCase):
    def test_a_resumed_run_drops_what_lies_beyond_its_step_and_half_a_line(self):
        path = os.path.join(self.get_temp_dir(), "metrics.jsonl")
        with open(path, "w") as file:
            file.write('{"step": 10, "loss": 3.0}\n{"step": 20, "loss": 2.0}\n{"step": 3')
        log = MetricsLog(path, self.get_temp_dir(), resumed_step=10)
        log.write(15, {"loss": 2.5})
        log.flush()
        with open(path) as file:
            self.assertEqual([json.loads(line)["step"] for line in file], [10, 15])
