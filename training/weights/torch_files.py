"""Reads the tensors of a PyTorch state file, .safetensors, .pth, .pt or .bin, without executing any of it."""

import hashlib
import os
import re
import tempfile
import zipfile

import tensorflow as tf

from training.weights.torch_archives import read_legacy, read_zip

SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")
_HASH = re.compile(r"-([0-9a-f]{8})\.pth$")


def read_torch_file(path):
    """Reads a state: by itself, or as the "state_dict", "model" or "net" of a checkpoint; "module." is taken off names.

    Three formats: safetensors, and the two of `torch.save`: the zip archive, and the row of pickles from before PyTorch
    1.6, in which the older published networks are. A file whose name ends in the first eight digits of its SHA-256, as
    torch.hub's do, is checked against them.

    Args:
      path: local path or gs:// address that ends in one of SUFFIXES.

    Returns:
      {name: NumPy array}.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: not a state file, a damaged one, or one that holds more than tensors.
    """
    if not tf.io.gfile.exists(path):
        raise FileNotFoundError(f"There is no weight file {path}.")
    with tempfile.TemporaryDirectory() as folder:
        local = os.path.join(folder, "state")
        tf.io.gfile.copy(path, local)
        _check_hash(local, path)
        if path.endswith(".safetensors"):
            state = _read_safetensors(local, path)
        else:
            state = _read_saved(local, path)
    return {name.removeprefix("module."): array for name, array in state.items()}


def _check_hash(local, path):
    expected = _HASH.search(path)
    if not expected:
        return
    with open(local, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(expected[1]):
        raise ValueError(
            f"{path} is damaged: its SHA-256 begins with {found[:8]}, and its name says {expected[1]}. Fetch it again; "
            "if you know that it is whole, take the digits out of its name."
        )


def _read_safetensors(local, path):
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(local)
    except SafetensorError as error:
        raise ValueError(f"{path} is not a safetensors file ({error}): truncated, or saved by mistake?") from error


def _read_saved(local, path):
    read = read_zip if zipfile.is_zipfile(local) else read_legacy
    try:
        return read(local, path)
    except (AttributeError, IndexError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is not a PyTorch state file, or it is damaged ({error!r}).") from error
