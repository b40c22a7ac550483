"""What a run says while it works: a banner, one moving line, metrics.jsonl and TensorBoard."""

import json
import sys
import time

import tensorflow as tf

from tfrecords_tools.writer import write_whole


def banner(rows: dict[str, object]) -> str:
    """Rows of a start banner as aligned text."""
    width = max(map(len, rows))
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in rows.items())


class ProgressLine:
    """One line on stderr: step, loss, rate, time left, share of time that waited for input."""

    def __init__(self, total_steps: int, first_step: int, batch_size: int):
        self.total_steps, self.first_step, self.batch_size = total_steps, first_step, batch_size
        self.started, self.waited = time.monotonic(), 0.0

    def show(self, step: int, loss: float, waited: float) -> None:
        """`waited` is what the last loop spent waiting for input, in seconds."""
        self.waited += waited
        elapsed = time.monotonic() - self.started
        rate = (step - self.first_step) / max(elapsed, 1e-9)
        left = (self.total_steps - step) / max(rate, 1e-9)
        line = (
            f"step {step}/{self.total_steps}  loss {loss:.4f}  {rate * self.batch_size:.0f} examples/s  "
            f"{minutes(left)} left  input-bound {self.waited / max(elapsed, 1e-9):.0%}"
        )
        end = "\r" if sys.stderr.isatty() else "\n"
        if sys.stderr.isatty() or step == self.total_steps or elapsed - getattr(self, "_last", -30) >= 30:
            self._last = elapsed
            print(line.ljust(100), end=end, file=sys.stderr, flush=True)


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
