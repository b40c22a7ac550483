"""The 64-bit perceptual hash of a picture: alike pictures have hashes that differ in few bits."""

import numpy as np
import scipy.fft
from PIL import Image


def phash(image: Image.Image) -> bytes:
    """Returns the DCT hash of a picture as 8 bytes, big endian; `.hex()` gives the usual 16 digits.

    The picture becomes 32x32 grey values (Lanczos); the 8x8 lowest frequencies of their DCT-II give one bit each:
    1 where above the median of the 64. The same bits as the public `imagehash.phash` with its defaults, and as
    Shopee's `image_phash` column.

    Source: Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010, section 3.2.1.
    """
    grey = np.asarray(image.convert("L").resize((32, 32), Image.Resampling.LANCZOS), np.float64)
    low = scipy.fft.dct(scipy.fft.dct(grey, axis=0), axis=1)[:8, :8]
    return np.packbits(low > np.median(low)).tobytes()


def parse(digits: str) -> bytes:
    """Returns the 8 bytes of a hash written as 16 hex digits, and b"" for "".

    Raises:
      ValueError: anything else.
    """
    try:
        value = bytes.fromhex(digits)
    except ValueError:
        value = b"?"
    if len(value) not in (0, 8):
        raise ValueError(f"the perceptual hash {digits!r} is not 16 hex digits")
    return value
