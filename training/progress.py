"""What a run says while it works: a banner, one moving line, metrics.jsonl and TensorBoard."""

import json
import math
import sys
import time

import tensorflow as tf

from tfrecords_tools.writer import write_whole


def banner(rows: dict[str, object]) -> str:
    """Rows of a start banner as aligned text."""
    width = max(map(len, rows))
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in rows.items())


class ProgressLine:
    """One line on stderr: step, loss, rate, time left, share of time that waited for input.

    On a terminal it moves; elsewhere it is written every 30 seconds and at the end.
    """

    def __init__(self, total_steps: int, first_step: int, batch_size: int):
        self.total_steps, self.first_step, self.batch_size = total_steps, first_step, batch_size
        self.started, self.shown, self.waited = time.monotonic(), -math.inf, 0.0

    def show(self, step: int, loss: float, waited: float) -> None:
        """`waited` is what the last loop spent waiting for input, in seconds."""
        now, moves = time.monotonic(), sys.stderr.isatty()
        self.waited += waited
        if moves or step == self.total_steps or now - self.shown >= 30:
            self.shown = now
            line = self.line(step, loss, now - self.started).ljust(100)
            print(line, end="\r" if moves and step < self.total_steps else "\n", file=sys.stderr, flush=True)

    def line(self, step: int, loss: float, seconds: float) -> str:
        """The text of the line after `seconds` of work."""
        rate = (step - self.first_step) / max(seconds, 1e-9)
        left = (self.total_steps - step) / max(rate, 1e-9)
        return (
            f"step {step}/{self.total_steps}  loss {loss:.4f}  {rate * self.batch_size:.0f} examples/s  "
            f"{minutes(left)} left  input-bound {self.waited / max(seconds, 1e-9):.0%}"
        )


def minutes(seconds: float) -> str:
    """1:05 for 65 seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class MetricsLog:
    """Appends to metrics.jsonl and TensorBoard; a resumed run first drops what lies beyond its step.

    metrics.jsonl holds no clock time, so that a resumed run ends with the same bytes as an unbroken one.
    """

    def __init__(self, path: str, tensorboard: str, resumed_step: int):
        self.path, self.lines = path, []
        if tf.io.gfile.exists(path):
            with tf.io.gfile.GFile(path, "r") as file:
                self.lines = [line for line in file.read().splitlines() if _step(line) <= resumed_step]
        self.writer = tf.summary.create_file_writer(tensorboard)
        self.flush()

    def write(self, step: int, values: dict[str, float]) -> None:
        """Adds one line; it reaches the disk with the next flush."""
        self.lines.append(json.dumps({"step": step, **values}))
        with self.writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(name, value)

    def flush(self) -> None:
        """Writes the whole file aside and renames it, so that it never ends in half a line."""
        write_whole(self.path, "".join(f"{line}\n" for line in self.lines))
        self.writer.flush()


def _step(line: str) -> float:
    try:
        return json.loads(line)["step"]
    except (ValueError, KeyError):
        return float("inf")
