"""A tiny catalogue on disk for tests: striped pictures, one label per pair of rows."""

import hashlib
import os

import numpy as np
from PIL import Image

from flags.data import Records, Source


def draw(folder: str, rows: int = 24, size: int = 24) -> Source:
    """Draws `rows` pictures and products.csv, whose neighbouring rows share a label; returns how to read them."""
    os.makedirs(os.path.join(folder, "pictures"), exist_ok=True)
    lines = ["id,image,title,label"]
    for row in range(rows):
        pixels = np.random.default_rng(row).integers(0, 256, (3, 4, 3)).astype("uint8")
        image = Image.fromarray(pixels).resize((size, size), Image.Resampling.NEAREST)
        image.save(os.path.join(folder, "pictures", f"{row}.png"))
        lines.append(f"p{row},pictures/{row}.png,Product {row},label{row // 2}")
    write_table(folder, lines)
    return Source(input=os.path.join(folder, "products.csv"))


def write_table(folder: str, lines: list[str]) -> None:
    """Writes products.csv."""
    with open(os.path.join(folder, "products.csv"), "w") as file:
        file.write("\n".join(lines) + "\n")


def records(folder: str, **options) -> Records:
    """Small pictures, three folds, one process."""
    return Records(**{"records": folder, "stored_size": 32, "folds": 3, "workers": 1, **options})


def contents(folder: str) -> dict[str, str]:
    """Returns the SHA-256 of every file under `folder` by relative path."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(place, name), "rb") as file:
                found[os.path.relpath(os.path.join(place, name), folder)] = hashlib.sha256(file.read()).hexdigest()
    return found
