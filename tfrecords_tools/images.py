"""Turns any picture file into the JPEG that a record stores."""

import contextlib
import io
import struct
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image

START_OF_IMAGE, END_OF_IMAGE = b"\xff\xd8\xff", b"\xff\xd9"
START_OF_SCAN, APP1 = b"\xda", b"\xe1"
STARTS_OF_FRAME = {bytes([0xC0 + i]) for i in range(16) if i not in (4, 8, 12)}  # tables and reserved ones between them
MAX_PIXELS = 178_956_970  # above this Pillow calls a file a decompression bomb
TURNS = {  # what makes a picture of that EXIF orientation upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class UndecodableImage(ValueError):
    """The file is no picture, or a damaged one. The message says why."""


def decode(content: bytes, draft: tuple[int, int] | None = None) -> Image.Image:
    """Decodes a picture file into upright 8-bit RGB.

    Handles what Pillow reads: palette, grey, CMYK, 16-bit; transparency is laid over white; of an animation the first
    frame counts; EXIF orientation is applied; the file's name and extension play no part.

    Args:
      content: the file's bytes.
      draft: (width, height) that suffices; a larger JPEG may be decoded at 1/2, 1/4 or 1/8, much faster.

    Raises:
      UndecodableImage: no picture, truncated or otherwise damaged, or more than `MAX_PIXELS` pixels.
    """
    with open_image(content) as image, _blaming_the_file(content):
        if draft:
            image.draft(None, draft)
        image.load()
        turn = TURNS.get(orientation(image))
        image = _rgb(image)
        return image if turn is None else image.transpose(turn)


def open_image(content: bytes) -> Image.Image:
    """Reads a picture's header only: `.format`, `.mode` and `.size` are known, no pixel is decoded."""
    if not content:
        raise UndecodableImage("the file is empty")
    with _blaming_the_file(content):
        image = Image.open(io.BytesIO(content))
        if image.width * image.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        return image


@contextlib.contextmanager
def _blaming_the_file(content: bytes) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata, and size from half of MAX_PIXELS on
            yield
    except Image.DecompressionBombError as error:
        raise UndecodableImage(f"more than {MAX_PIXELS / 1e6:.0f} megapixels") from error
    except Image.UnidentifiedImageError as error:
        raise UndecodableImage(f"no picture format that Pillow knows; it begins with {content[:16]!r}") from error
    except Exception as error:  # Pillow's plugins raise nearly anything on a damaged file
        raise UndecodableImage(f"damaged: {error or type(error).__name__}") from error


def orientation(image: Image.Image) -> int:
    """Returns the EXIF orientation, 1 = upright. Unreadable EXIF says nothing about the pixels and counts as none."""
    try:
        return image.getexif().get(0x0112, 1)
    except Exception:
        return 1


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_eight_bits(image)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(image: Image.Image) -> np.ndarray:
    """16-bit grey keeps its 8 high bits; a floating point picture has no range of its own and is stretched."""
    values = np.asarray(image)
    if image.mode == "F":
        low, high = float(values.min()), float(values.max())
        return ((values - low) * (255 / max(high - low, 1e-12))).round().astype(np.uint8)
    return (values.clip(0, 65535).astype(np.uint16) >> 8).astype(np.uint8)


def fitted_size(width: int, height: int, size: int, resize: str) -> tuple[int, int]:
    """Returns the (width, height) in pixels of the picture itself inside what is stored; each at least 1.

    letterbox: the longest side is `size`; resize: both are; none: the longest side is at most `size`.
    """
    if resize == "resize":
        return size, size
    scale = size / max(width, height)
    if resize == "none":
        scale = min(scale, 1.0)
    return max(1, round(width * scale)), max(1, round(height * scale))


def fit(image: Image.Image, size: int, resize: str) -> Image.Image:
    """Scales a picture to its `fitted_size`; letterbox centres it on a black square of `size` x `size` pixels."""
    fitted = fitted_size(*image.size, size, resize)
    if image.size != fitted:
        image = image.resize(fitted, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if resize != "letterbox" or fitted == (size, size):
        return image
    square = Image.new("RGB", (size, size))
    square.paste(image, ((size - fitted[0]) // 2, (size - fitted[1]) // 2))
    return square


def encode(image: Image.Image, quality: int) -> bytes:
    """Returns the JPEG file of an RGB picture at `quality` 1-100."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def is_storable(image: Image.Image, size: int, resize: str) -> bool:
    """Whether the file may be stored byte for byte: resize none, an upright RGB JPEG, no side over `size` pixels."""
    return (
        resize == "none"
        and image.format == "JPEG"
        and image.mode == "RGB"
        and max(image.size) <= size
        and orientation(image) not in TURNS
    )


class Header(NamedTuple):
    """What the segments of a JPEG file say before its picture begins."""

    width: int
    height: int
    components: int
    has_exif: bool


def is_jpeg(content: bytes) -> bool:
    return content.startswith(START_OF_IMAGE)


def examine_structure(content: bytes) -> Header:
    """Walks the segments of a JPEG file up to its picture, and looks for the end-of-image marker behind it.

    Far faster than decoding; finds files that were cut off or overwritten in front, not damage within the picture.
    Source: ITU-T T.81, annexes B.1.1 and B.2.2.

    Raises:
      UndecodableImage: saying at which byte the file breaks.
    """
    position, frame, has_exif = 2, None, False
    while content[position : position + 1] == b"\xff":
        marker, start = content[position + 1 : position + 2], position + 4
        if marker == b"\xff":  # a fill byte
            position += 1
            continue
        position += 2 + int.from_bytes(content[position + 2 : start], "big")
        if marker in STARTS_OF_FRAME:
            frame = content[start + 1 : start + 6]
        elif marker == APP1:
            has_exif |= content.startswith(b"Exif", start)
        elif marker == START_OF_SCAN:
            if content.rfind(END_OF_IMAGE, position) < 0:  # from the end, where it lies as a rule
                raise UndecodableImage(f"damaged: the picture from byte {position} on has no end, the file is cut off")
            if not frame:
                raise UndecodableImage(f"damaged: no size is said before the picture at byte {position}")
            height, width, components = struct.unpack(">HHB", frame)
            return Header(width, height, components, has_exif)
    raise UndecodableImage(f"damaged: no JPEG segment at byte {position} of {len(content)}")
