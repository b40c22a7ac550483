"""Writes a drawn catalogue in the files of Shopee's price match competition, and its category tree beside them."""

import concurrent.futures
import csv
import functools
import io
import json
import multiprocessing
import os
import pathlib
import shutil
from collections.abc import Iterator

import PIL
from PIL import Image

from sample_data import article as articles
from sample_data import postings as posting_source
from tfrecords_tools.phash import phash
from tfrecords_tools.progress import Progress

PRODUCTS_A_TASK = 16
COLUMNS = ("posting_id", "image", "image_phash", "title", "label_group")
CARD = "catalogue.json"
LOWEST, HIGHEST = 100, 1_000_000


def write(out: str, postings: int, pixels: int, seed: int, processes: int = 0) -> dict[str, int]:
    """Draws a catalogue into the folder `out`, which appears when it is complete.

    Pictures are drawn by worker processes and written as they come; only the rows of the tables are held in memory,
    under 1 kB each. The bytes depend on (postings, pixels, seed) and Pillow's version, not on the machine.

    Args:
      out: a folder that is absent or empty. A catalogue of the same arguments there is left as it is.
      postings: number of them, 100 to 1,000,000.
      pixels: side of the pictures.
      seed: of the drawing.
      processes: workers; 0 takes every core.

    Returns:
      counts: "train" and "test" postings, "groups", "pictures" (files).

    Raises:
      ValueError: `postings` out of its range, `out` not given, or a folder that holds something else. What was drawn
        until an error is removed.
    """
    folder, card = _folder(out), {"postings": postings, "pixels": pixels, "seed": seed, "pillow": PIL.__version__}
    if not LOWEST <= postings <= HIGHEST:
        raise ValueError(f"--postings={postings} is outside {LOWEST:,} to {HIGHEST:,}, the sizes that can be drawn.")
    done = _drawn_before(folder, card)
    if done:
        return done
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        for split in ("train", "test"):
            (part / f"{split}_images").mkdir(parents=True)
        rows = _draw(part, postings, pixels, seed, processes)
        counts = _write_tables(part, rows, _levels(seed, postings))
        (part / CARD).write_text(json.dumps(card | {"counts": counts}, indent=1) + "\n")
        os.replace(part, folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return counts


def labels_of_test(seed: int, postings: int) -> dict[str, int]:
    """Returns posting_id -> label_group of the test postings, which no file of the catalogue tells."""
    labels = {}
    for index, size in articles.group_sizes(seed, postings):
        article = articles.article(seed, index)
        if article.split == "test":
            labels |= {posting_source.posting_id(seed, article, number): article.label_group for number in range(size)}
    return labels


def _folder(out: str) -> pathlib.Path:
    if not out:
        raise ValueError("--out is empty: name the folder to draw into, for example --out=demo/catalogue.")
    return pathlib.Path(os.path.abspath(out))


def _drawn_before(folder: pathlib.Path, card: dict) -> dict[str, int] | None:
    """Returns the counts of the same catalogue, None where nothing is, and refuses a folder of anything else."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    found = json.loads((folder / CARD).read_text()) if (folder / CARD).is_file() else {}
    counts = found.pop("counts", None)
    if found == card:
        return counts
    what = f"the catalogue {found}, not {card}" if found else "files that are no drawn catalogue"
    raise ValueError(f"{folder} holds {what}. Remove it, or name another folder with --out.")


def _draw(part: pathlib.Path, postings: int, pixels: int, seed: int, processes: int) -> list[tuple]:
    """Draws all pictures into `part` and returns (split, *COLUMNS) of every posting."""
    rows, progress = [], Progress(postings, "postings")
    draw = functools.partial(_draw_products, str(part), seed, pixels)
    for done in _in_order(draw, _tasks(seed, postings), processes or os.cpu_count() or 1):
        rows += done
        progress.advance(len(done))
    progress.finish()
    return rows


def _levels(seed: int, postings: int) -> dict[int, tuple[str, ...]]:
    """Returns the category names of every label group that is trained on."""
    products = (articles.article(seed, index) for index, _ in articles.group_sizes(seed, postings))
    return {product.label_group: product.family.levels for product in products if product.split == "train"}


def _tasks(seed: int, postings: int) -> Iterator[list[tuple[int, int]]]:
    task = []
    for product in articles.group_sizes(seed, postings):
        task.append(product)
        if len(task) == PRODUCTS_A_TASK:
            yield task
            task = []
    if task:
        yield task


def _in_order(function, tasks, processes: int):
    """Yields function(task) in the order of tasks, worked on by processes, with few tasks waiting."""
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(processes, context) as pool:
        waiting = []
        for task in tasks:
            waiting.append(pool.submit(function, task))
            if len(waiting) >= 4 * processes:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()


def _draw_products(part: str, seed: int, pixels: int, products: list[tuple[int, int]]) -> list[tuple]:
    """Writes the pictures of some (product, group size) and returns (split, *COLUMNS) of their postings."""
    rows = []
    for index, size in products:
        for posting in posting_source.postings(seed, index, size, pixels):
            path = os.path.join(part, f"{posting.split}_images", posting.image)
            with open(path, "wb") as file:
                file.write(posting.jpeg)
            digits = phash(Image.open(io.BytesIO(posting.jpeg))).hex()
            rows.append((posting.split, posting.posting_id, posting.image, digits, posting.title, posting.label_group))
    return rows


def _write_tables(part: pathlib.Path, rows: list[tuple], levels_of: dict[int, tuple[str, ...]]) -> dict[str, int]:
    """Writes hierarchy.csv, test.csv and train.csv, sorted by id, so that neighbours tell nothing of the groups."""
    rows.sort()
    _write_csv(part / "hierarchy.csv", ("class_id", "level_1", "level_2", "level_3"),
               ((group, *levels) for group, levels in sorted(levels_of.items())))  # fmt: skip
    _write_csv(part / "test.csv", COLUMNS[:-1], (row[1:-1] for row in rows if row[0] == "test"))
    _write_csv(part / "train.csv", COLUMNS, (row[1:] for row in rows if row[0] == "train"))
    return {
        "train": sum(row[0] == "train" for row in rows),
        "test": sum(row[0] == "test" for row in rows),
        "groups": len({row[-1] for row in rows}),
        "pictures": len({(row[0], row[2]) for row in rows}),
    }


def _write_csv(path: pathlib.Path, header, rows) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
