"""Each round trains in a process of its own, with a Keras of its own; SIGTERM is passed on to it."""

import json
import signal
import subprocess
import sys
import time

from tfrecords_tools import files
from tfrecords_tools.writer import make_folder, write_whole

FILE = "round.json"


def state(folder: str) -> dict:
    """What is known of a round: {"finished": bool, "seconds": of training so far}."""
    path = f"{folder}/{FILE}"
    return json.loads(files.read(path)) if files.exists(path) else {"finished": False, "seconds": 0.0}


def check(command: list[str]) -> None:
    """Runs a command that plans, and shows what it prints.

    Raises:
      SystemExit: it failed; it has said why.
    """
    if done := subprocess.run(command).returncode:
        sys.exit(done)


class Processes:
    """Trains rounds; used as a context, SIGTERM ends the round that trains and then this process."""

    def __enter__(self):
        self.process, self.received = None, []
        self.before = signal.signal(signal.SIGTERM, self._pass_on)
        return self

    def __exit__(self, *_):
        signal.signal(signal.SIGTERM, self.before)

    def _pass_on(self, number: int, frame) -> None:
        self.received.append(number)
        if self.process is not None:
            self.process.send_signal(number)

    def train(self, one) -> None:
        """Trains a round to its end, from its last checkpoint if there is one; does nothing where it is finished.

        Args:
          one: flags.round_list.Round.

        Raises:
          ChildProcessError: it failed; it has said why.
          SystemExit: SIGTERM came, and it has saved.
        """
        known = state(one.folder)
        if known["finished"]:
            return
        self._stop_if_told()
        print(f"round {one.name}", file=sys.stderr, flush=True)
        began = time.monotonic()
        self.process = subprocess.Popen([sys.executable, "-m", "training.train", *one.arguments])
        if self.received:  # it came between the look and the start
            self.process.send_signal(self.received[0])
        status = self.process.wait()
        self.process = None
        seconds = known["seconds"] + time.monotonic() - began
        make_folder(one.folder)
        write_whole(f"{one.folder}/{FILE}", json.dumps({"finished": status == 0, "seconds": round(seconds, 1)}))
        self._stop_if_told()
        if status:
            raise ChildProcessError(
                f"round {one.name} ended with exit status {status}; what it said stands above. Give the same command "
                "to go on."
            )

    def _stop_if_told(self) -> None:
        if self.received:
            sys.exit(128 + self.received[0])
