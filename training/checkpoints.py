"""Checkpoints that are whole or absent: written aside, renamed, checksummed, the last two kept.

A checkpoint is `step-00000500.npz` (every variable by its path) and `step-00000500.json` (step, counters, and the
SHA-256 of the npz), written last. Nothing in it is executed when it is read.
"""

import hashlib
import io
import json
import re
import warnings

import numpy as np
import tensorflow as tf

from tfrecords_tools import files
from tfrecords_tools.writer import write_whole

_NAME = re.compile(r"step-(\d{8})\.json$")


def save(folder: str, step: int, arrays: dict[str, np.ndarray], state: dict, keep: int = 2) -> str:
    """Writes one checkpoint and removes all but the newest `keep`.

    Args:
      arrays: every variable's value by name.
      state: what else must survive, as JSON values.

    Returns:
      the path of the npz.
    """
    tf.io.gfile.makedirs(folder)
    buffer = io.BytesIO()
    np.savez(buffer, **{name.replace("/", "|"): array for name, array in arrays.items()})
    data = buffer.getvalue()
    path = f"{folder}/step-{step:08d}.npz"
    write_whole(path, data)
    about = {"step": step, "sha256": hashlib.sha256(data).hexdigest(), "state": state}
    write_whole(path.removesuffix(".npz") + ".json", json.dumps(about, indent=1))
    for old in steps(folder)[:-keep]:
        remove(folder, old)
    return path


def remove(folder: str, step: int) -> None:
    """Removes one checkpoint."""
    for ending in ("json", "npz"):  # without its json the rest counts as unfinished
        tf.io.gfile.remove(f"{folder}/step-{step:08d}.{ending}")


def latest(folder: str) -> tuple[dict[str, np.ndarray], dict] | None:
    """The newest whole checkpoint as (arrays, state), or None where there is none.

    A broken one is passed over with a warning that names it and the one used instead.

    Raises:
      ValueError: there are checkpoints and every one is broken.
    """
    broken = []
    for step in reversed(steps(folder)):
        try:
            found = load(folder, step)
        except (ValueError, OSError, KeyError) as error:
            broken.append(f"{folder}/step-{step:08d}.npz ({error})")
            continue
        if broken:
            warnings.warn(f"Broken checkpoint {'; '.join(broken)}: going on from step {step}.", stacklevel=2)
        return found
    if broken:
        raise ValueError(f"Every checkpoint is broken: {'; '.join(broken)}. Remove {folder} to start again.")
    return None


def steps(folder: str) -> list[int]:
    """The steps of the complete checkpoints in `folder`, oldest first."""
    if not tf.io.gfile.isdir(folder):
        return []
    found = (_NAME.fullmatch(name) for name in tf.io.gfile.listdir(folder))
    return sorted(int(match.group(1)) for match in found if match)


def load(folder: str, step: int) -> tuple[dict[str, np.ndarray], dict]:
    """One checkpoint as (arrays, state).

    Raises:
      ValueError: its checksum is wrong.
      OSError: it cannot be read.
    """
    about = json.loads(files.read(f"{folder}/step-{step:08d}.json"))
    data = files.read(f"{folder}/step-{step:08d}.npz")
    found = hashlib.sha256(data).hexdigest()
    if found != about["sha256"]:
        raise ValueError(f"SHA-256 is {found[:12]}..., written as {about['sha256'][:12]}...")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return {name.replace("|", "/"): arrays[name] for name in arrays.files}, about["state"]
