"""What TensorFlow, JAX or a folder shows when it is tried: one JSON object on the last line.

A process of its own for each try, because an import may abort, or wait for a machine that does not answer:

python -m training.machine.probe tensorflow
python -m training.machine.probe jax
python -m training.machine.probe records gs://bucket/records
"""

import dataclasses
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@dataclasses.dataclass(frozen=True)
class Tried:
    """How a try ended.

    Attributes:
      how: works, absent, fails, aborts or hangs.
      says: the error's last line; empty where it works.
      devices: {kind: number} that the library sees.
    """

    how: str = "absent"
    says: str = ""
    devices: dict[str, int] = dataclasses.field(default_factory=dict)


def attempt(*arguments: str, seconds: float = 120.0, variables: dict[str, str] | None = None) -> Tried:
    """Runs this module with `arguments` in a process of its own, which may die or hang without harm.

    Args:
      variables: added to its environment.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([ROOT, *sys.path[1:]]), **(variables or {})}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "training.machine.probe", *arguments],
            capture_output=True, text=True, errors="replace", env=environment, timeout=seconds, cwd=ROOT, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Tried("hangs", f"no answer within {seconds:g} seconds")
    lines = done.stdout.strip().splitlines()
    if done.returncode == 0 and lines and lines[-1].startswith("{"):
        return Tried(**json.loads(lines[-1]))
    says = _telling(done.stderr)
    return Tried("aborts", f"signal {-done.returncode}: {says}") if done.returncode < 0 else Tried("fails", says)


def _telling(errors: str) -> str:
    """The line of a log that says why a process died: the fatal one, or else the last that is no stack frame."""
    lines = [line.strip() for line in errors.splitlines() if line.strip() and not line.strip().startswith(("@", "***"))]
    fatal = [line for line in lines if re.match(r"F\d{4} |.*: F |Fatal Python error", line)]
    return (fatal[:1] or lines[-1:] or ["no message"])[0]


def tensorflow() -> Tried:
    """Imports TensorFlow as a command with --backend=tensorflow does."""
    from training.machine import before_import

    before_import.prepare("auto", "tensorflow")
    import tensorflow as tf

    found = [device.device_type for device in tf.config.list_physical_devices()]
    return Tried("works", "", {kind: found.count(kind) for kind in found})


def jax() -> Tried:
    """Asks JAX for its devices."""
    import jax

    found = [device.platform.upper() for device in jax.devices()]
    return Tried("works", "", {kind: found.count(kind) for kind in found})


def records(path: str) -> Tried:
    """Reads the manifest of a records folder on any file system that TensorFlow knows."""
    import tensorflow as tf

    with tf.io.gfile.GFile(os.path.join(path, "manifest.json"), "rb") as file:
        file.read(1)
    return Tried("works")


def main(arguments: list[str]) -> None:
    tries = {"tensorflow": tensorflow, "jax": jax, "records": records}
    try:
        tried = tries[arguments[0]](*arguments[1:])
    except Exception as error:  # whatever it is, it is what this program is asked for
        lines = str(error).strip().splitlines() or [""]
        tried = Tried("fails", f"{type(error).__name__}: {lines[0]}")
    print(json.dumps(dataclasses.asdict(tried)))


if __name__ == "__main__":
    main(sys.argv[1:])
