"""Lays real pictures and queries out as KDD Cup 2020 Multimodalities Recall was published.

    python -m benchmarks.export_kddcup --out=kddcup
    python -m benchmarks.export_kddcup --out=kddcup --train_queries=0 --test_queries=0

Writes train.tsv, valid.tsv, testA.tsv, testB.tsv, an answer file beside each of the last three (KDD Cup published that
of valid alone) and multimodal_labels.txt. Queries are captions of photographs (coco_mini_cc) and the names that shops
give to a device (zigbee_devices); see `query_products`. Each query of valid and test stands beside up to 30 candidates
of its own split and set, half of the wrong ones of the same category.

A picture's regions are the whole of it, a grid of 3 x 3 cells and its object boxes. A region's 2048 features come from
no pretrained network, for there is none here: they are its edges and its colours (`models.edges_and_colours`), turned
by a fixed random projection. They tell shapes and shades apart, but know nothing of what things are.

About 130 KB a row: 70 MB by default, 3.5 GB for all 27,000 rows.
"""

import base64
import dataclasses
import functools
import itertools
import json
import math
import os
import random
from collections.abc import Iterator

import numpy as np
from PIL import Image

from benchmarks import query_products
from benchmarks.query_products import Product, Query
from flags import command
from flags.define import check, flag
from models.edges_and_colours import ColourHistogram, EdgeCells
from tfrecords_tools import files, images
from tfrecords_tools.kddcup import LABELS
from tfrecords_tools.pairs.kddcup_rows import COLUMNS
from tfrecords_tools.progress import Progress

CANDIDATES = 30  # products that a query of valid or test is ranked over, as most of KDD Cup's
GRID = 3  # cells across and down
REGION_SIZE = 64  # pixels that a region is scaled to
WIDTH = 2048  # features of a region
WHOLE, CELL = "whole picture", "cell of a grid"


@dataclasses.dataclass(frozen=True)
class Export:
    """Where the files go and how many there are."""

    out: str = flag("", "Folder to write.")
    train_queries: int = flag(200, "Queries of train.tsv; 0 for all.", low=0)
    test_queries: int = flag(5, "Queries of valid.tsv, testA.tsv and testB.tsv each; 0 for all.", low=0)

    def __post_init__(self):
        check(self)


def export(folder: str, train_queries: int, test_queries: int) -> dict[str, int]:
    """Writes the files and returns the number of rows of each TSV; 0 queries = all there are."""
    os.makedirs(folder, exist_ok=True)
    queries = query_products.read()
    names = [WHOLE, CELL, *query_products.class_names()]
    names += sorted({p.category for query in queries for p in query.products if p.category} - set(names))
    with open(os.path.join(folder, LABELS), "w", encoding="utf-8") as file:
        file.writelines(f"{number}\t{name}\n" for number, name in enumerate(names))
    tables = {}
    for split in query_products.SPLITS:
        all_of_split = [query for query in queries if query.split == split]
        chosen = _choose(all_of_split, train_queries if split == "train" else test_queries)
        tables[split] = [(q, p) for q in chosen for p in (q.products if split == "train" else _candidates(q, queries))]
        if split != "train":
            with open(os.path.join(folder, f"{split}_answer.json"), "w") as file:
                json.dump({str(query.id): [product.id for product in query.products] for query in chosen}, file)
    progress = Progress(sum(map(len, tables.values())))
    cells_of = functools.lru_cache(500)(functools.partial(region_cells, names=names))
    for split, pairs in tables.items():
        with open(os.path.join(folder, f"{split}.tsv"), "w", encoding="utf-8", newline="") as file:
            file.write("\t".join(COLUMNS) + "\n")
            for query, product in progress.watch(pairs):
                file.write("\t".join([str(product.id), *cells_of(product), query.text, str(query.id)]) + "\n")
    progress.finish()
    return {split: len(pairs) for split, pairs in tables.items()}


def _choose(queries: list[Query], count: int) -> list[Query]:
    """Takes queries of both sets in turn while they last."""
    sets = {}
    for query in random.Random(0).sample(queries, len(queries)):
        sets.setdefault(query.products[0].data_set, []).append(query)
    turns = [query for turn in itertools.zip_longest(*sets.values()) for query in turn if query]
    return turns[: count or None]


def _candidates(query: Query, queries: list[Query]) -> list[Product]:
    answers = query.products
    families = {product.family for product in answers}
    others = sorted(
        {p for q in queries if q.split == query.split for p in q.products if p.data_set == answers[0].data_set},
        key=lambda product: product.id,
    )
    others = [product for product in others if product.family not in families]
    random.Random(query.id).shuffle(others)
    wanted = CANDIDATES - len(answers)
    alike = [product for product in others if product.category == answers[0].category][: wanted // 2]
    different = [product for product in others if product not in alike]
    candidates = [*answers, *alike, *different][:CANDIDATES]
    random.Random(query.id).shuffle(candidates)
    return candidates


def region_cells(product: Product, names: list[str]) -> list[str]:
    """Returns the columns image_h to class_labels of a product's rows; a label is a place in `names`."""
    picture = images.decode(files.read(product.picture))
    regions = list(_regions(product, *picture.size))
    boxes = np.array([box for *box, _ in regions], "<f4")
    labels = np.array([names.index(name) for *_, name in regions], "<i8")
    arrays = (base64.b64encode(array.tobytes()).decode() for array in (boxes, region_features(picture, boxes), labels))
    return [str(picture.height), str(picture.width), str(len(regions)), *arrays]


def _regions(product: Product, width: int, height: int) -> Iterator[tuple]:
    yield 0, 0, height, width, product.category or WHOLE
    for row, column in itertools.product(range(GRID), repeat=2):
        top, left = row * height / GRID, column * width / GRID
        yield top, left, top + height / GRID, left + width / GRID, CELL
    yield from product.objects


def region_features(picture: Image.Image, boxes: np.ndarray) -> np.ndarray:
    """Returns float32 `[num_boxes, 2048]`, about 1 in size, of boxes `[num_boxes, 4]` (top, left, bottom, right)."""
    crops = [
        picture.crop((math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)))
        for top, left, bottom, right in boxes.tolist()
    ]
    pixels = np.stack([np.asarray(crop.resize((REGION_SIZE, REGION_SIZE)), "float32") for crop in crops])
    halves = [np.asarray(layer(pixels)).reshape(len(boxes), -1) for layer in _layers()]
    both = np.concatenate([half / np.linalg.norm(half, axis=1, keepdims=True).clip(1e-6) for half in halves], axis=1)
    return (both @ _projection(both.shape[1])).astype("<f4")


@functools.cache
def _layers() -> tuple:
    return EdgeCells(), ColourHistogram()


@functools.cache
def _projection(dim: int) -> np.ndarray:
    return np.random.default_rng(0).normal(0, math.sqrt(1 / 2), (dim, WIDTH)).astype("float32")


def main(options: Export) -> None:
    if not options.out:
        raise ValueError("--out is empty: name the folder to write, for example --out=kddcup.")
    rows = export(options.out, options.train_queries, options.test_queries)
    print(
        f"{options.out}: rows of {', '.join(f'{split}.tsv {count}' for split, count in rows.items())}\n"
        f"next: python -m tfrecords_tools.convert --source=kddcup --input={options.out} --records=records"
    )


if __name__ == "__main__":
    command.run(main, Export)
