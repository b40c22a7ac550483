"""Reads the lines of a text file of any size, from any line on, in a few megabytes of memory."""

from collections.abc import Iterator

from tfrecords_tools import files

BLOCK = 1 << 22  # bytes read at a time
LITTLE = 1 << 14  # bytes read at a time beyond `stop`, to the end of its line
LONGEST = 1 << 26  # bytes; a row of 91 regions has 1 MB


def read_lines(path: str, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yields (byte offset, line without its line end) of the lines that begin in `start`..`stop`.

    Args:
      path: local or gs://.
      start: where a line begins, in bytes.
      stop: None = to the end of the file. A last line without a line end is a line.

    Raises:
      ValueError: a line has more than `LONGEST` bytes.
    """
    with files.open(path, "rb") as file:
        file.seek(start)
        offset, rest = start, b""
        while stop is None or offset < stop:
            left = BLOCK if stop is None else max(LITTLE, stop - offset - len(rest))
            block = file.read(min(BLOCK, left))
            if not block and not rest:
                return
            *lines, rest = (rest + block).split(b"\n") if block else (rest, b"")
            for line in lines:
                if stop is not None and offset >= stop:
                    return
                yield offset, line.removesuffix(b"\r")
                offset += len(line) + 1
            if len(rest) > LONGEST:
                raise ValueError(f"{path} has a line of more than {LONGEST} bytes at byte {offset}: is it a text file?")
