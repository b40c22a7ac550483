"""A tiny KDD Cup folder on disk for tests: drawn regions, queries and answers."""

import base64
import json
import os

import numpy as np

from flags.data import Source
from tfrecords_tools.pairs.kddcup_rows import COLUMNS

WIDTH = 8  # floats per region; 2048 as published


def cell(values, dtype: str) -> str:
    """Returns an array as base64."""
    return base64.b64encode(np.asarray(values, dtype).tobytes()).decode()


def row(product_id=1, query_id=1, num_boxes=2, seed=0, **changed) -> list[str]:
    """Returns the cells of one row with drawn regions in a picture of 100 x 200 pixels."""
    rng = np.random.default_rng(list(f"{seed} {product_id} {query_id}".encode()))
    corners = np.sort(rng.uniform(0, 100, (num_boxes, 2, 2)), axis=1)
    cells = {
        "product_id": str(product_id),
        "image_h": "100",
        "image_w": "200",
        "num_boxes": str(num_boxes),
        "boxes": cell(corners.reshape(num_boxes, 4), "<f4"),
        "features": cell(rng.normal(size=(num_boxes, WIDTH)), "<f4"),
        "class_labels": cell(rng.integers(0, 3, num_boxes), "<i8"),
        "query": f"query {query_id}",
        "query_id": str(query_id),
    }
    return [(cells | changed)[name] for name in COLUMNS]


def write_tsv(folder: str, name: str, rows: list[list[str]]) -> None:
    """Writes `<name>.tsv`."""
    with open(os.path.join(folder, name + ".tsv"), "w", encoding="utf-8", newline="") as file:
        file.writelines("\t".join(cells) + "\n" for cells in [COLUMNS, *rows])


def draw(folder: str, train_rows: int = 24) -> Source:
    """Draws train.tsv, valid.tsv with its answers, testA.tsv without, and the labels; returns how to read them."""
    os.makedirs(folder, exist_ok=True)
    write_tsv(folder, "train", [row(i, 1000 + i // 2, num_boxes=i % 4) for i in range(train_rows)])
    write_tsv(folder, "valid", [row(i, 1 + i // 3) for i in range(6)])
    write_tsv(folder, "testA", [row(i, 11 + i // 3) for i in range(6)])
    with open(os.path.join(folder, "valid_answer.json"), "w") as file:
        json.dump({"1": [0, 2], "2": [5]}, file)
    with open(os.path.join(folder, "multimodal_labels.txt"), "w") as file:
        file.write("category_id\tcategory_name\n0\thuman face\n1\tshoes\n2\ttop clothes\n")
    return Source(source="kddcup", input=folder)
