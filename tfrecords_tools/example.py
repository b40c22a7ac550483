"""Joins a product of the plan with its picture into one record."""

from tfrecords_tools import phash, schema
from tfrecords_tools.plan import Plan
from tfrecords_tools.product import Product
from tfrecords_tools.worker import Picture


def encode(product: Product, picture: Picture, planned: Plan, fold: int) -> bytes:
    """Returns the record's bytes; the catalogue's own perceptual hash goes before the one of the picture."""
    label = planned.label_of.get(product.label_name, -1)
    levels = planned.levels_of_label[label] if planned.level_names and label >= 0 else [-1] * len(planned.level_names)
    return schema.encode(
        id=product.id,
        image=picture.jpeg,
        title=product.title,
        label=label,
        label_name=product.label_name,
        levels=levels,
        phash=phash.parse(product.phash) or picture.phash,
        fold=fold,
    )
