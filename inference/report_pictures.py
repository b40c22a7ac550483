"""Small pictures of the products that a report shows, taken out of the records."""

import base64
import io
from collections.abc import Iterable

from PIL import Image, UnidentifiedImageError

from tfrecords_tools.reader import read_records

QUALITY = 80


def thumbnails(records: str, ids: Iterable[str], folds: Iterable[int], side: int) -> dict[str, str]:
    """Returns a `data:` URI by id for those products that have a picture; reads the records once, up to the last id.

    Args:
      records: records folder.
      ids: products wanted.
      folds: folds that they lie in.
      side: longest side in pixels; a smaller picture stays as it is.

    Raises:
      ValueError: a picture that cannot be decoded, or an id that is not in those folds.
    """
    missing, found = set(ids), {}
    if not missing:
        return {}
    for record in read_records(records, sorted(set(folds)), ("id", "image")):
        id = record["id"].decode()
        if id in missing:
            missing.discard(id)
            if record["image"]:
                found[id] = thumbnail(record["image"], side, id)
        if not missing:
            return found
    raise ValueError(
        f"{records} has no record {min(missing)!r}, which is to be shown: the records were converted anew. "
        "Run python -m inference.embed and python -m inference.match, or python -m inference.classify, again."
    )


def thumbnail(jpeg: bytes, side: int, id: str) -> str:
    """Returns a picture of at most `side` pixels as a `data:` URI.

    Raises:
      ValueError: it cannot be decoded; names the product.
    """
    try:
        picture = Image.open(io.BytesIO(jpeg)).convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(
            f"the picture of product {id!r} cannot be decoded ({error}). Run python -m tfrecords_tools.verify."
        ) from error
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
