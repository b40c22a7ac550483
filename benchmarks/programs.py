"""Programs that are compared: how long one takes, and what one in a process of its own has found."""

import json
import subprocess
import time
from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def found(command: list[str]):
    """What a command prints as its last line, as JSON; None where it prints nothing.

    Raises:
      ChildProcessError: it failed; ends with what it said.
    """
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        raise ChildProcessError(f"{' '.join(command)} ended with exit status {ran.returncode}:\n{ran.stderr[-2000:]}")
    lines = ran.stdout.splitlines()
    return json.loads(lines[-1]) if lines else None
