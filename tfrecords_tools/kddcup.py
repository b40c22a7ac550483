"""The files of KDD Cup 2020 Multimodalities Recall: which there are, their answers, and the names of classes."""

import json
import os
from collections import Counter
from collections.abc import Iterable

from tfrecords_tools import files
from tfrecords_tools.pairs.kddcup_rows import COLUMNS, SPLITS, Split

LABELS = "multimodal_labels.txt"


def read_splits(folder: str) -> list[Split]:
    """Finds the TSVs of `folder`, each with the answers of `<name>_answer.json` where that is there.

    Raises:
      FileNotFoundError: there is none.
      ValueError: a first line is not the published header, or an answer file is no {query_id: [product_id, ...]}.
    """
    paths = {name: os.path.join(folder, name + ".tsv") for name in SPLITS}
    there = {name: path for name, path in paths.items() if files.exists(path)}
    if not there:
        raise FileNotFoundError(
            f"--input={folder} has none of {', '.join(map(os.path.basename, paths.values()))}: "
            "name the folder that holds KDD Cup's files."
        )
    for path in there.values():
        _check_header(path)
    return [Split(name, path, _read_answers(path)) for name, path in there.items()]


def _check_header(path: str) -> None:
    with files.open(path, "rb") as file:
        found = file.read(1000).split(b"\n")[0].rstrip(b"\r").decode("utf-8", "replace")
    if found != "\t".join(COLUMNS):
        raise ValueError(
            f"{path} begins with {found[:100]!r}, expected {' '.join(COLUMNS)}, apart by tabs: add that line."
        )


def _read_answers(path: str) -> dict[int, frozenset[int]] | None:
    path = path.removesuffix(".tsv") + "_answer.json"
    if not files.exists(path):
        return None
    try:
        with files.open(path) as file:
            return {int(query): frozenset(map(int, products)) for query, products in json.load(file).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not {{query_id: [product_id, ...]}} in JSON: {error}") from error


def read_labels(folder: str) -> dict[int, str]:
    """Reads multimodal_labels.txt: the names of the regions' classes by category_id, in the file's order.

    Raises:
      FileNotFoundError: there is none.
      ValueError: a line is not `category_id<TAB>category_name`, or an id comes twice; names the line.
    """
    path = os.path.join(folder, LABELS)
    if not files.exists(path):
        raise FileNotFoundError(f"--input={folder} has no {LABELS}, the names of the regions' classes: put it there.")
    with files.open(path) as file:
        lines = file.read().splitlines()
    names = {}
    for number, line in enumerate(lines, 1):
        id, tab, name = line.strip().partition("\t")
        if not line.strip() or (number == 1 and tab and not id.isdecimal()):  # an empty line, or a header
            continue
        if not tab or not id.isdecimal() or int(id) in names:
            raise ValueError(f"{path}, line {number}: {line!r} is not a new category_id, a tab and a name.")
        names[int(id)] = name
    return names


def feature_width(lines: Iterable[bytes]) -> int | None:
    """Returns the floats per region that most of these rows have (2048 as published); None = no row has regions."""
    widths = Counter()
    for line in lines:
        cells = line.split(b"\t")
        if len(cells) == len(COLUMNS) and cells[3].isdigit() and int(cells[3]):
            size = len(cells[5]) // 4 * 3 - cells[5].count(b"=")
            widths[size // (4 * int(cells[3]))] += 1
    return widths.most_common(1)[0][0] if widths else None
