"""Picture work in other processes: they need Pillow only, never TensorFlow, and so start in a second."""

import functools
import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tfrecords_tools import files, images, processes
from tfrecords_tools.phash import phash
from tfrecords_tools.product import Product

CHUNK = 16  # pictures per message to a worker
WINDOW = 4  # messages under way per worker: bounds the memory, whatever the size of the catalogue


class Picture(NamedTuple):
    """A picture ready to be stored; `reason` says why there is none. All empty: the product has no picture."""

    jpeg: bytes = b""
    phash: bytes = b""
    reason: str = ""


def prepare(path: str, records, hashed: bool = True) -> Picture:
    """Reads one picture file and returns its stored JPEG and its hash, or the reason why it is rejected.

    Args:
      path: local or remote; "" = no picture.
      records: `stored_size`, `resize`, `quality` and `picture_check` of `flags.data.Records`.
      hashed: whether the perceptual hash is wanted. Without it a JPEG far larger than it is stored is decoded at half
        its size or less, which is faster but moves some bits of the hash.

    Returns:
      The JPEG as it is stored, and the hash of the whole upright picture over white, before it is scaled; no hash of a
      picture that is copied after a look at its structure alone.
    """
    if not path:
        return Picture()
    try:
        content = files.read(path)
        if is_copying(records) and images.is_jpeg(content):
            header = images.examine_structure(content)
            if max(header[:2]) <= records.stored_size and header.components == 3 and not header.has_exif:
                return Picture(content)
        with images.open_image(content) as header:
            copied = images.is_storable(header, records.stored_size, records.resize)
            if copied and is_copying(records):  # after Pillow has read its orientation
                return Picture(content)
            width, height = images.fitted_size(*header.size, records.stored_size, records.resize)
        image = images.decode(content, draft=None if hashed else (2 * width, 2 * height))
        if not copied:
            content = images.encode(images.fit(image, records.stored_size, records.resize), records.quality)
        return Picture(content, phash(image) if hashed else b"")
    except FileNotFoundError:
        return Picture(reason="missing file")
    except images.UndecodableImage as error:
        return Picture(reason=f"undecodable image: {error}")
    except OSError as error:
        return Picture(reason=f"unreadable file: {error.strerror or error}")


def is_copying(records) -> bool:
    """Whether a fit JPEG is stored as it is after a look at its structure: work for the disk, not for the processor."""
    return records.resize == "none" and records.picture_check == "structure"


def prepare_all(products: Iterable[Product], records, workers: int) -> Iterator[Picture]:
    """Yields the `Picture` of every product, in order, made by `workers` processes (1 = this one).

    A hash is computed where the catalogue has none.

    Raises:
      ChildProcessError: a worker died, most often for want of memory.
    """
    tasks = ((product.image, not product.phash) for product in products)
    chunks = iter(lambda: list(itertools.islice(tasks, CHUNK)), [])
    prepare_chunk = functools.partial(_prepare_chunk, records=records)
    return itertools.chain.from_iterable(processes.in_order(prepare_chunk, chunks, workers, WINDOW))


def _prepare_chunk(tasks: list[tuple[str, bool]], records) -> list[Picture]:
    return [prepare(path, records, hashed) for path, hashed in tasks]
