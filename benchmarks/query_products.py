"""Real queries beside the pictures that answer them: COCO's captions, and the names under which shops sell a product.

Splits are train, valid, testA and testB; no picture and no family of twin products is in two of them, and no query
text either.
"""

import csv
import dataclasses
import json
import os
import zlib
from collections.abc import Iterator

from benchmarks import real_tasks

SPLITS = ("train", "valid", "testA", "testB")
FIRST_DEVICE = 1_000_000  # zigbee_devices are numbered from here, above COCO's own numbers


@dataclasses.dataclass(frozen=True)
class Product:
    """One picture with its object boxes.

    Attributes:
      id: digits only, unique over both sets.
      picture: path.
      data_set: coco or zigbee.
      family: products of one family look the same: they are in one split, and never wrong answers for one another.
      category: what kind of product it is; "" = not known.
      objects: (top, left, bottom, right, class name) of each, in pixels.
    """

    id: int
    picture: str
    data_set: str
    family: str
    category: str
    split: str
    objects: tuple[tuple[float, float, float, float, str], ...] = ()


@dataclasses.dataclass(frozen=True)
class Query:
    """A text, and the products that answer it; all are of one split and one set."""

    id: int
    text: str
    split: str
    products: tuple[Product, ...]


def read() -> list[Query]:
    """Returns the queries of both sets, those of train first.

    Raises:
      FileNotFoundError: the data sets are not there.
    """
    products_of, texts = {}, [*_captions(), *_shop_titles()]
    for split in SPLITS:
        for text, product in texts:
            text = " ".join(text.lower().split()).rstrip(".")
            first = products_of.get(text, [product])[0]
            if product.split == split and (first.split, first.data_set) == (split, product.data_set):
                products_of.setdefault(text, []).append(product)
    return [
        Query(number, text, products[0].split, tuple(dict.fromkeys(products)))
        for number, (text, products) in enumerate(products_of.items(), 1)
    ]


def class_names() -> list[str]:
    """Returns the names of COCO's 80 classes, in the order of their numbers."""
    categories = _annotations("instances_val2017")["categories"]
    return [category["name"] for category in sorted(categories, key=lambda category: category["id"])]


def _captions() -> Iterator[tuple[str, Product]]:
    for part in ("train2017", "val2017"):
        instances = _annotations(f"instances_{part}")
        names = {category["id"]: category["name"] for category in instances["categories"]}
        objects = {}
        for found in instances["annotations"]:
            left, top, width, height = found["bbox"]
            box = (top, left, top + height, left + width, names[found["category_id"]])
            objects.setdefault(found["image_id"], []).append(box)
        products = {}
        for row, image in enumerate(sorted(instances["images"], key=lambda image: image["id"])):
            picture = _path("coco_mini_cc", part, image["file_name"])
            split = "train" if part == "train2017" else SPLITS[1 + row % 3]
            boxes = tuple(objects.get(image["id"], ()))
            products[image["id"]] = Product(image["id"], picture, "coco", str(image["id"]), "", split, boxes)
        for caption in _annotations(f"captions_{part}")["annotations"]:
            yield caption["caption"], products[caption["image_id"]]


def _shop_titles() -> Iterator[tuple[str, Product]]:
    pictures = {row["product_id"]: row["image"] for row in _rows("images.csv") if row["role"] == "main"}
    products = {}
    for number, row in enumerate(_rows("products.csv"), FIRST_DEVICE):
        family, name = row["family_id"], row["product_id"]
        test = "testA" if zlib.crc32(family.encode()) % 2 else "testB"
        split = {"train": "train", "val": "valid", "test": test}[row["split"]]
        if name in pictures:
            picture = _path("zigbee_devices", pictures[name])
            products[name] = Product(number, picture, "zigbee", family, row["category"], split)
    for row in _rows("titles.csv"):
        if row["source"] != "catalogue" and row["n_products"] == "1" and row["product_id"] in products:
            yield row["title"], products[row["product_id"]]


def _rows(table: str) -> list[dict[str, str]]:
    with open(_path("zigbee_devices", table), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _annotations(name: str) -> dict:
    with open(_path("coco_mini_cc", "annotations", name + ".json"), encoding="utf-8") as file:
        return json.load(file)


def _path(*parts: str) -> str:
    return os.path.join(real_tasks.data_folder(), *parts)
