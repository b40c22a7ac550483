"""How benchmarks print a figure beside its reference: as a row of a table or, with --json, as one JSON object."""

import json
from collections.abc import Iterable

from absl import flags

JSON = flags.DEFINE_boolean("json", False, "Print one JSON object a figure instead of a table.")


def figure(name: str, value: float, unit: str, reference: float, ratio: float | None = None) -> dict:
    """A figure; `ratio` is value / reference unless it was measured in pairs."""
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "reference": reference,
        "ratio": value / reference if ratio is None else ratio,
    }


def show(figures: Iterable[dict]) -> None:
    """Prints figures as they come."""
    for one in figures:
        row = "| {name} | {value:.4g} {unit} | {reference:.4g} | {ratio:.3f} |".format(**one)
        print(json.dumps(one) if JSON.value else row, flush=True)
