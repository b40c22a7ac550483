"""What rounds came to: a table of their best scores, printed and kept as rounds.csv."""

import csv
import io
import json
import re
from collections.abc import Sequence

from tfrecords_tools import files
from tfrecords_tools.writer import write_whole
from training.staged.processes import state
from training.text_table import aligned

COLUMNS = ("round", "classes", "loss", "frozen", "epochs", "batch", "GAP", "MAP", "top-1", "minutes")
SCORES = ("gap", "mean_class_accuracy", "top1")


def write(folder: str, rounds: Sequence) -> str:
    """Writes rounds.csv into `folder` and returns the table; rounds that have not begun are left out.

    Args:
      rounds: flags.round_list.Round of each.
    """
    rows = [row for row in map(_row, rounds) if row]
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    write_whole(f"{folder}/rounds.csv", file.getvalue())
    return aligned([COLUMNS, *rows])


def _row(one) -> tuple[str, ...] | None:
    if not files.exists(f"{one.folder}/config.json"):
        return None
    facts = json.loads(files.read(f"{one.folder}/config.json"))["facts"]
    scores = _best_scores(one.folder)
    found = [scores.get(f"{one.model.modality}/{name}") for name in SCORES]
    frozen = re.findall(r"freeze=([\w-]+)", one.optimization.rates)
    return (
        one.name,
        str(facts["num_classes"]),
        one.model.class_loss + (", GC" if one.optimization.centralize_gradients else ""),
        " ".join(frozen) or "none",
        str(one.optimization.epochs),
        str(one.optimization.batch_size),
        *("" if score is None else f"{score:.4f}" for score in found),
        f"{state(one.folder)['seconds'] / 60:.1f}" + ("" if state(one.folder)["finished"] else " so far"),
    )


def _best_scores(folder: str) -> dict[str, float]:
    kept = files.glob(f"{folder}/best/step-*.json")
    return json.loads(files.read(kept[-1]))["state"]["scores"] if kept else {}
