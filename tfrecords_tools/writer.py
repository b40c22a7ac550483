"""Writes files whole or not at all: under a temporary name first, renamed when complete."""

import contextlib
import functools
from collections.abc import Iterable, Iterator

import google_crc32c

from tfrecords_tools import files, tfrecord_frames

UNFINISHED = ".unfinished"
BLOCK = 1 << 22  # bytes read at a time


def write_shard(path: str, records: Iterable[bytes]) -> tuple[int, str]:
    """Writes one TFRecord file and returns its size in bytes and its CRC-32C, eight hex digits.

    Args:
      path: final name, local or gs://. Nothing stands under it until every record is on disk.
      records: serialized examples; what it raises passes through, and the shard is dropped.

    Raises:
      OSError: the disk is full or the folder cannot be written.
    """
    size, crc = 0, 0
    with whole(path) as temporary:
        with _saying(path):
            file = files.open(temporary, "wb")
            file.write(b"")  # the file is made by the first write, and a shard may be empty
        try:
            for record in records:
                parts = tfrecord_frames.pack(record)
                size += sum(map(len, parts))
                crc = functools.reduce(google_crc32c.extend, parts, crc)
                with _saying(path):
                    for part in parts:
                        file.write(part)
            with _saying(path):
                files.sync(file)
        finally:
            with _saying(path):
                file.close()
    return size, f"{crc:08x}"


def make_folder(path: str) -> None:
    """Makes a folder and those above it; one that exists is left as it is."""
    with _saying(path):
        files.make_folder(path)


def write_whole(path: str, content: str | bytes) -> None:
    """Writes a file of text or bytes."""
    mode = "w" if isinstance(content, str) else "wb"
    with whole(path) as temporary, _saying(path), files.open(temporary, mode) as file:
        file.write(content)


@contextlib.contextmanager
def whole(path: str) -> Iterator[str]:
    """Gives a temporary name to write to, which becomes `path` on leaving, or is removed if anything was raised."""
    temporary = path + UNFINISHED
    try:
        yield temporary
        with _saying(path):
            files.rename(temporary, path)
    except BaseException:
        with contextlib.suppress(*files.errors()):
            files.remove(temporary)
        raise


@contextlib.contextmanager
def _saying(path: str) -> Iterator[None]:
    try:
        yield
    except files.errors() as error:
        reason = str(getattr(error, "message", None) or getattr(error, "strerror", None) or error).split("; ")[-1]
        raise OSError(
            f"{path} could not be written: {reason}. Make room, or name another folder; "
            "the same command run again goes on where it stopped."
        ) from error


def digest(path: str) -> tuple[int, str]:
    """Returns a file's size in bytes and its CRC-32C, eight hex digits."""
    size, crc = 0, 0
    with files.open(path, "rb") as file:
        while block := file.read(BLOCK):
            size += len(block)
            crc = google_crc32c.extend(crc, block)
    return size, f"{crc:08x}"
