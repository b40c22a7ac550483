"""Files by name, local or remote (gs://, s3://, ram://).

TensorFlow is imported for remote names only: programs and worker processes that read and write local files start in a
second without it.
"""

import builtins
import glob as local_glob
import os
import shutil
import sys


def is_remote(path: str) -> bool:
    return "://" in path


def _remote():
    import tensorflow as tf

    return tf.io.gfile


def errors() -> tuple[type[Exception], ...]:
    """What the functions of this module raise, for an `except` clause."""
    if "tensorflow" not in sys.modules:
        return (OSError,)
    return OSError, sys.modules["tensorflow"].errors.OpError


def open(path: str, mode: str = "r"):
    """Opens a file; text is UTF-8 with its line ends left as they are."""
    if is_remote(path):
        return _remote().GFile(path, mode)
    return builtins.open(path, mode) if "b" in mode else builtins.open(path, mode, encoding="utf-8", newline="")


def read(path: str) -> bytes:
    """Returns a file's bytes.

    Raises:
      FileNotFoundError: there is none of that name.
      OSError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        raise
    except errors() as error:
        if error.error_code == 5:  # NOT_FOUND
            raise FileNotFoundError(path) from error
        raise OSError(error.message) from error


def sync(file) -> None:
    """Waits until what was written to an open file is on the disk; remote storage sees to that itself."""
    file.flush()
    if hasattr(file, "fileno"):
        os.fsync(file.fileno())


def exists(path: str) -> bool:
    return _remote().exists(path) if is_remote(path) else os.path.exists(path)


def is_folder(path: str) -> bool:
    return _remote().isdir(path) if is_remote(path) else os.path.isdir(path)


def names(folder: str) -> list[str]:
    """The names of what lies in a folder."""
    return [name.rstrip("/") for name in (_remote().listdir(folder) if is_remote(folder) else os.listdir(folder))]


def glob(pattern: str) -> list[str]:
    return sorted(_remote().glob(pattern) if is_remote(pattern) else local_glob.glob(pattern))


def size(path: str) -> int:
    """In bytes."""
    return _remote().stat(path).length if is_remote(path) else os.path.getsize(path)


def make_folder(path: str) -> None:
    """Makes a folder and those above it; one that exists is left as it is."""
    _remote().makedirs(path) if is_remote(path) else os.makedirs(path, exist_ok=True)


def remove(path: str) -> None:
    _remote().remove(path) if is_remote(path) else os.remove(path)


def rename(source: str, target: str) -> None:
    """Gives a file another name, in place of what stands there."""
    _remote().rename(source, target, overwrite=True) if is_remote(target) else os.replace(source, target)


def copy(source: str, target: str) -> None:
    """Copies a file, in place of what stands there."""
    if is_remote(source) or is_remote(target):
        _remote().copy(source, target, overwrite=True)
    else:
        shutil.copyfile(source, target)
