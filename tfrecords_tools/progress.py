"""A line on stderr that says how far a long piece of work is, how fast it goes and when it ends."""

import sys
import time
from collections.abc import Iterable, Iterator


class Progress:
    """Counts towards `total` and reports rate and time left: once a second on a terminal, else every 30 seconds."""

    def __init__(self, total: int, unit: str = "rows", stream=None):
        self.total, self.unit, self.done = total, unit, 0
        self.stream = stream or sys.stderr
        self.on_terminal = self.stream.isatty()
        self.start = self.reported = time.monotonic()

    def advance(self, count: int = 1) -> None:
        """Says that `count` more are done."""
        self.done += count
        now = time.monotonic()
        if now - self.reported >= (1 if self.on_terminal else 30):
            self.reported = now
            self._print("\r" if self.on_terminal else "", "" if self.on_terminal else "\n")

    def watch(self, items: Iterable) -> Iterator:
        """Yields `items` and counts each one when its work is done."""
        for item in items:
            yield item
            self.advance()

    def finish(self) -> None:
        """Prints the last line, with the mean rate."""
        if self.done:
            self._print("\r" if self.on_terminal else "", "\n")

    def _print(self, before: str, after: str) -> None:
        print(f"{before}{self.line(time.monotonic() - self.start)}", end=after, file=self.stream, flush=True)

    def line(self, seconds: float) -> str:
        """Returns "1,200 of 34,250 rows, 410 rows/s, 1:21 left" for work that has run for `seconds`."""
        rate = self.done / max(seconds, 1e-9)
        left = round((self.total - self.done) / max(rate, 1e-9))
        clock = (
            f"{left // 3600}:{left // 60 % 60:02d}:{left % 60:02d}" if left >= 3600 else f"{left // 60}:{left % 60:02d}"
        )
        return f"{self.done:,} of {self.total:,} {self.unit}, {rate:,.0f} {self.unit}/s, {clock} left"
