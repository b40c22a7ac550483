"""Writes files whole or not at all: under a temporary name first, renamed when complete."""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator

import tensorflow as tf

from tfrecords_tools import tfrecord_frames

UNFINISHED = ".unfinished"
BLOCK = 1 << 22  # bytes read at a time


def write_shard(path: str, records: Iterable[bytes]) -> tuple[int, str]:
    """Writes one TFRecord file and returns its size in bytes and its SHA-256.

    Args:
      path: final name, local or gs://. Nothing stands under it until every record is on disk.
      records: serialized examples; what it raises passes through, and the shard is dropped.

    Raises:
      OSError: the disk is full or the folder cannot be written.
    """
    size, sha256 = 0, hashlib.sha256()
    with whole(path) as temporary:
        with _saying(path):
            file = tf.io.gfile.GFile(temporary, "wb")
            file.write(b"")  # the file is made by the first write, and a shard may be empty
        try:
            for record in records:
                frame = tfrecord_frames.pack(record)
                size += len(frame)
                sha256.update(frame)
                with _saying(path):
                    file.write(frame)
        finally:
            with _saying(path):
                file.close()
    return size, sha256.hexdigest()


def make_folder(path: str) -> None:
    """Makes a folder and those above it; one that exists is left as it is."""
    with _saying(path):
        tf.io.gfile.makedirs(path)


def write_whole(path: str, content: str | bytes) -> None:
    """Writes a file of text or bytes."""
    mode = "w" if isinstance(content, str) else "wb"
    with whole(path) as temporary, _saying(path), tf.io.gfile.GFile(temporary, mode) as file:
        file.write(content)


@contextlib.contextmanager
def whole(path: str) -> Iterator[str]:
    """Gives a temporary name to write to, which becomes `path` on leaving, or is removed if anything was raised."""
    temporary = path + UNFINISHED
    try:
        yield temporary
        with _saying(path):
            tf.io.gfile.rename(temporary, path, overwrite=True)
    except BaseException:
        with contextlib.suppress(OSError, tf.errors.OpError):
            tf.io.gfile.remove(temporary)
        raise


@contextlib.contextmanager
def _saying(path: str) -> Iterator[None]:
    try:
        yield
    except (OSError, tf.errors.OpError) as error:
        reason = str(getattr(error, "message", None) or getattr(error, "strerror", None) or error).split("; ")[-1]
        raise OSError(
            f"{path} could not be written: {reason}. Make room, or name another folder; "
            "the same command run again goes on where it stopped."
        ) from error


def digest(path: str) -> tuple[int, str]:
    """Returns a file's size in bytes and its SHA-256 as hex."""
    size, sha256 = 0, hashlib.sha256()
    with tf.io.gfile.GFile(path, "rb") as file:
        while block := file.read(BLOCK):
            size += len(block)
            sha256.update(block)
    return size, sha256.hexdigest()
