"""The TFRecord file format, frame by frame; reads on behind damaged bytes, which TensorFlow's own reader does not.

A frame is the record's length (8 bytes, little endian), the masked CRC-32C of these 8 bytes, the record, and its masked
CRC-32C. Source: tensorflow.org/tutorials/load_data/tfrecord, "TFRecords format details".
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

import google_crc32c
import numpy as np

HEADER, FOOTER = struct.Struct("<QI"), struct.Struct("<I")
OVERHEAD = HEADER.size + FOOTER.size  # bytes that the format adds to each record
BLOCK = 1 << 20  # bytes searched at a time for the next frame


class Frame(NamedTuple):
    """One frame of a file, sound or damaged.

    Attributes:
      offset, size: its bytes in the file; damaged bytes that may have held several records count as one frame.
      record: its content, b"" where not even its bounds are known.
      is_readable: whether `record` is what was written: its checksum fits.
      damage: what is wrong with the frame, "" = nothing. A record whose length alone is damaged is still readable.
    """

    offset: int
    size: int
    record: bytes
    is_readable: bool = True
    damage: str = ""


def pack(record: bytes) -> tuple[bytes, bytes, bytes]:
    """Returns the frame of a record in three parts, together the same bytes as `tf.io.TFRecordWriter` writes."""
    length = len(record).to_bytes(8, "little")
    return length + FOOTER.pack(masked_crc(length)), record, FOOTER.pack(masked_crc(record))


def masked_crc(content: bytes) -> int:
    """Returns the CRC-32C, rotated and shifted as TFRecord files store it, so that checksums of checksums are none."""
    crc = google_crc32c.value(content)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def walk(content: bytes) -> Iterator[Frame]:
    """Yields all frames of a file in order, sound and damaged, so that together they cover every byte.

    Args:
      content: the whole file.
    """
    offset = 0
    while offset < len(content):
        frame = _frame_at(content, offset)
        yield frame
        offset += frame.size


def _frame_at(content: bytes, offset: int) -> Frame:
    length, end = _length(content, offset), len(content)
    stop = end + 1 if length is None else offset + OVERHEAD + length
    if stop <= end:
        record = _readable(content, offset, stop)
        if record is not None:
            return Frame(offset, stop - offset, record)
        if stop == end or _length(content, stop) is not None:
            record = content[offset + HEADER.size : stop - FOOTER.size]
            return Frame(offset, stop - offset, record, False, "its checksum is wrong: some byte of it has changed")
    return _damaged(content, offset, length)


def _damaged(content: bytes, offset: int, length: int | None) -> Frame:
    """The frame of bytes whose end is only known from where the next sound length lies."""
    stop = _next_length(content, offset + 1)
    record = _readable(content, offset, stop)
    if record is not None:
        return Frame(offset, stop - offset, record, True, "its length is wrong, but the record itself can be read")
    if length is not None and stop == len(content):
        damage = f"the file is cut off here, {offset + OVERHEAD + length - stop} bytes too early"
    else:
        damage = f"its length is wrong or bytes are missing; what can be read again begins at byte {stop}"
    return Frame(offset, stop - offset, b"", False, damage)


def _length(content: bytes, offset: int) -> int | None:
    """The length of the record whose frame begins at `offset`, None where its checksum does not fit."""
    header = content[offset : offset + HEADER.size]
    if len(header) < HEADER.size:
        return None
    length, crc = HEADER.unpack(header)
    return length if masked_crc(header[:8]) == crc else None


def _readable(content: bytes, offset: int, stop: int) -> bytes | None:
    """The record between a frame's bounds, None where its checksum does not fit."""
    if stop - offset < OVERHEAD:
        return None
    record = content[offset + HEADER.size : stop - FOOTER.size]
    (crc,) = FOOTER.unpack(content[stop - FOOTER.size : stop])
    return record if masked_crc(record) == crc else None


def _next_length(content: bytes, start: int) -> int:
    """Where from `start` on a length with its checksum lies next, else the end of the file."""
    end = len(content)
    for begin in range(start, end - OVERHEAD + 1, BLOCK):
        block = np.frombuffer(content[begin : begin + BLOCK + 7], np.uint8)
        lengths = np.lib.stride_tricks.sliding_window_view(block, 8).copy().view("<u8").ravel()
        for position in np.flatnonzero(lengths <= end - begin - OVERHEAD):
            if _length(content, begin + int(position)) is not None:
                return begin + int(position)
    return end
