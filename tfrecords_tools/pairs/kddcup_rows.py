"""One row of KDD Cup 2020 Multimodalities Recall: a query beside a product given as regions of its picture.

A row has the columns of `COLUMNS`, apart by tabs and without quoting: a `"` is a character like any other. boxes,
features and class_labels are base64 of little-endian float32 `[num_boxes, 4]` (top, left, bottom, right in pixels),
float32 `[num_boxes, feature_width]` and int64 `[num_boxes]`. Worker processes read rows: no TensorFlow here.
"""

import binascii
import dataclasses
from collections.abc import Mapping

import numpy as np

from tfrecords_tools.folds import TEST, TRAIN, UNLABELLED, VALIDATION
from tfrecords_tools.pairs.pair import Pair

COLUMNS = "product_id image_h image_w num_boxes boxes features class_labels query query_id".split()
SPLITS = {"train": TRAIN, "valid": VALIDATION, "testA": TEST, "testB": TEST}  # folds, where the answers are known
FLOAT16_MAX = 65504.0


class BadRow(ValueError):
    """A row that cannot be a pair; the message is its kind, then after a colon the details."""


@dataclasses.dataclass(frozen=True)
class Split:
    """One TSV. `answers` maps a query_id to the product_ids that answer it; None = its answers are not known."""

    name: str
    path: str
    answers: Mapping[int, frozenset[int]] | None

    @property
    def fold(self) -> int:
        """2 = train, 0 = valid, 1 = test; -1 = valid or test without an answer file."""
        return SPLITS[self.name] if self.name == "train" or self.answers is not None else UNLABELLED

    def answer(self, query_id: int, product_id: int) -> int:
        """1 = relevant, as every row of train is; 0 = not; -1 = no answer file, or the query is not in it."""
        if self.name == "train":
            return 1
        products = (self.answers or {}).get(query_id)
        return -1 if products is None else int(product_id in products)

    def sorted_answers(self) -> list | None:
        """The answers in one order, whatever the order of their file."""
        if self.answers is None:
            return None
        return [[query, sorted(products)] for query, products in sorted(self.answers.items())]


@dataclasses.dataclass(frozen=True)
class Regions:
    """What every row must fit: the width of a feature, the most regions kept, and label numbers by category_id."""

    feature_width: int
    max_boxes: int
    label_of: Mapping[int, int]


def row_id(line: bytes, split: Split) -> str:
    """Returns `<split>/<query_id>/<product_id>` of a row, whatever else is wrong with it."""
    cells = line.split(b"\t", 1)[0], line.rsplit(b"\t", 1)[-1]
    product, query = (cell[:20].decode("utf-8", "replace") for cell in cells)
    return f"{split.name}/{query}/{product}"


def read_row(line: bytes, split: Split, regions: Regions) -> Pair:
    """Turns one line into a pair.

    Of more than `max_boxes` regions those of the largest area are kept, in the row's order. Boxes are clipped to the
    picture. A class that multimodal_labels.txt lacks becomes -1. Each of the three is noted in `mended`.

    Raises:
      BadRow: saying why.
    """
    cells = line.split(b"\t")
    if len(cells) != len(COLUMNS):
        raise BadRow(f"wrong number of columns: {len(cells)}, expected {len(COLUMNS)}")
    cells = dict(zip(COLUMNS, cells, strict=True))
    product_id, query_id, height, width = (
        _number(name, cells[name]) for name in ("product_id", "query_id", "image_h", "image_w")
    )
    boxes, features, box_labels, mended = _read_regions(cells, height, width, regions)
    return Pair(
        id=row_id(line, split),
        split=split.name,
        fold=split.fold,
        query=_text(cells["query"]),
        query_id=query_id,
        product_id=product_id,
        answer=split.answer(query_id, product_id),
        image_height=height,
        image_width=width,
        boxes=boxes,
        features=features,
        box_labels=box_labels,
        mended=mended,
    )


def _read_regions(cells: dict[str, bytes], height: int, width: int, regions: Regions) -> tuple:
    count, mended = _number("num_boxes", cells["num_boxes"]), []
    boxes = _boxes(cells, count, height, width)
    features = _half(_floats(cells, "features", count, regions.feature_width))
    box_labels = _array(cells, "class_labels", "<i8", count, 1)[:, 0]
    if count > regions.max_boxes:
        kept = _largest(boxes, regions.max_boxes)
        boxes, features, box_labels = boxes[kept], features[kept], box_labels[kept]
        mended.append("boxes cut")
    inside = boxes.clip(0, 1)
    if (inside != boxes).any():
        mended.append("boxes clipped")
    numbers = np.array([regions.label_of.get(int(label), -1) for label in box_labels], "<i8")
    if (numbers < 0).any():
        mended.append("unknown box label")
    return inside, features, numbers, tuple(mended)


def _number(name: str, cell: bytes) -> int:
    if not cell.isdigit() or len(cell) > 18 or (cell[:1] == b"0" and len(cell) > 1):
        raise BadRow(f"{name} is no number: {cell[:20].decode('utf-8', 'replace')!r}")
    return int(cell)


def _text(cell: bytes) -> str:
    try:
        return cell.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise BadRow(f"query is no UTF-8: {error.reason} at byte {error.start}") from error


def _array(cells: dict[str, bytes], name: str, dtype: str, rows: int, columns: int) -> np.ndarray:
    try:
        content = binascii.a2b_base64(cells[name], strict_mode=True)
    except binascii.Error as error:
        raise BadRow(f"{name} is no base64: {error}") from error
    expected = rows * columns * np.dtype(dtype).itemsize
    if len(content) != expected:
        raise BadRow(f"{name} has the wrong length: {len(content)} bytes, expected {expected} for {rows} boxes")
    return np.frombuffer(content, dtype).reshape(rows, columns)


def _floats(cells: dict[str, bytes], name: str, rows: int, columns: int) -> np.ndarray:
    values = _array(cells, name, "<f4", rows, columns)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise BadRow(f"{name} not finite: {values[row, column]} in box {row}")
    return values


def _boxes(cells: dict[str, bytes], count: int, height: int, width: int) -> np.ndarray:
    if not height or not width:
        raise BadRow(f"empty picture: {height} x {width} pixels")
    boxes = _floats(cells, "boxes", count, 4)
    if (boxes[:, :2] > boxes[:, 2:]).any():
        row = np.argwhere(boxes[:, :2] > boxes[:, 2:])[0, 0]
        raise BadRow(f"box upside down: {boxes[row].tolist()} in box {row}, expected top, left, bottom, right")
    return boxes / np.array([height, width, height, width], "<f4")


def _half(features: np.ndarray) -> np.ndarray:
    if features.size and max(features.max(), -features.min()) > FLOAT16_MAX:
        raise BadRow(f"features exceed float16: {np.abs(features).max():g}, the largest is {FLOAT16_MAX:g}")
    return features.astype("<f2")


def _largest(boxes: np.ndarray, count: int) -> np.ndarray:
    top, left, bottom, right = boxes.T
    area = (bottom - top) * (right - left)
    return np.sort(np.argsort(-area, kind="stable")[:count])
