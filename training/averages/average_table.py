"""What averaging found, as a table to read and as CSV."""

import csv
import io

from training.averages.averaging import Outcome
from training.text_table import aligned

_FACTS = ("weights", "step", "in_average", "written", "file")


def text(outcome: Outcome) -> str:
    """An aligned table of the space that decides; x marks what is in the average, > what was written."""
    space = outcome.measure.split("/")[0]
    names = [name for name in _score_names(outcome) if name.startswith(f"{space}/")]
    lines = [["", "weights", "in average", *names]]
    for row in outcome.rows:
        values = [f"{row.scores[name]:.4f}" if name in row.scores else "" for name in names]
        mark = ">" if row is outcome.written else ""
        lines.append([mark, row.weights, "x" if row.in_average else "", *values])
    return aligned(lines)


def as_csv(outcome: Outcome) -> str:
    """Every score of every set of weights: weights, step, in_average and written (0 or 1), file, then the scores."""
    names, buffer = _score_names(outcome), io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*_FACTS, *names])
    for row in outcome.rows:
        facts = [row.weights, row.step, int(row.in_average), int(row is outcome.written), row.file]
        writer.writerow([*facts, *(row.scores.get(name, "") for name in names)])
    return buffer.getvalue()


def _score_names(outcome: Outcome) -> list[str]:
    return list(dict.fromkeys(name for row in outcome.rows for name in row.scores))
