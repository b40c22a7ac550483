"""Joins a product of the plan with its picture into one record."""

from tfrecords_tools import phash, schema
from tfrecords_tools.product import Product
from tfrecords_tools.worker import Picture


def phash_of(product: Product, picture: Picture) -> bytes:
    """The catalogue's own perceptual hash, else the one of the picture; 8 bytes, b"" = none."""
    return phash.parse(product.phash) or picture.phash


def encode(product: Product, picture: Picture, hashed: bytes, label: int, levels: list[int], fold: int) -> bytes:
    """Returns the record's bytes; `hashed` is `phash_of` the same."""
    return schema.encode(
        id=product.id,
        image=picture.jpeg,
        title=product.title,
        label=label,
        label_name=product.label_name,
        levels=levels,
        phash=hashed,
        fold=fold,
    )
