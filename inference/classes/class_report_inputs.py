"""Gathers what a page of class predictions shows."""

import dataclasses

from inference import report_pictures
from inference.classes import class_examples, prediction_folder
from inference.classes.class_examples import Confusion, HardClass, Judged
from inference.classes.prediction_folder import Predictions

PICTURES_A_ROW = 6


@dataclasses.dataclass(frozen=True)
class ClassReport:
    """What the page shows; `pictures` gives a `data:` URI by id where there is a picture."""

    found: Predictions
    rows: Judged
    confused: list[Confusion]
    hardest: list[HardClass]
    pictures: dict[str, str]


def collect(folder: str, examples: int, side: int) -> ClassReport:
    """Reads what the page shows.

    Args:
      folder: of the predictions.
      examples: pairs of classes, and hard classes.
      side: longest side of a picture in pixels.

    Raises:
      FileNotFoundError: no predictions there.
      ValueError: no labelled row, or records that were converted anew.
    """
    found = prediction_folder.read(folder)
    rows = class_examples.judged(found)
    confused, hardest = class_examples.confusions(rows, examples), class_examples.hardest(rows, examples)
    shown = sorted({int(rows.row[place]) for one in [*confused, *hardest] for place in one.rows[:PICTURES_A_ROW]})
    wanted = found.products.iloc[shown]
    pictures = report_pictures.thumbnails(found.about["records"], wanted["id"], wanted["fold"].tolist(), side)
    return ClassReport(found, rows, confused, hardest, pictures)
