"""What rounds would train, from the index of the records alone: classes, rows, steps, learning rates."""

from collections.abc import Sequence

import keras
import numpy as np

from tfrecords_tools.manifest import Manifest
from training import schedules
from training.classes import of_run
from training.inputs.training_input import TrainingInput
from training.steps import part_rates
from training.text_table import aligned

COLUMNS = ("round", "begins with", "classes", "rows", "steps an epoch", "steps", "learning rate by epoch")
RATES_SHOWN = 8


def text(rounds: Sequence) -> str:
    """The plan as a table.

    Args:
      rounds: flags.round_list.Round of each.

    Raises:
      ValueError, FileNotFoundError: a round that would not train; begins with its name.
    """
    lines = []
    for one in rounds:
        try:
            lines.append(_line(one))
        except (ValueError, FileNotFoundError) as error:
            raise type(error)(f"round {one.name}: {error}") from error
    return aligned([COLUMNS, *lines])


def _line(one) -> tuple[str, ...]:
    records, optimization = one.records.records, one.optimization
    part_rates.parse(optimization.rates)
    manifest = Manifest.read(records)
    rows, classes = of_run(records, manifest, one.run, one.rows)
    products = TrainingInput(
        records, manifest, one.model, None,
        folds=rows.folds, class_of_label=classes, optimization=optimization, seed=one.run.seed, chosen=rows,
    )  # fmt: skip
    steps = schedules.total_steps(optimization, products.steps_per_epoch)
    schedule = schedules.build(optimization, products.steps_per_epoch, steps)
    starts = np.arange(0, steps, products.steps_per_epoch)[:RATES_SHOWN]
    rates = [f"{float(keras.ops.convert_to_numpy(schedule(int(step)))):.3g}" for step in starts]
    more = ["..."] if steps > RATES_SHOWN * products.steps_per_epoch else []
    numbers = (classes.max() + 1, len(products.numbers), products.steps_per_epoch, steps)
    return (one.name, one.run.begins_from or "-", *(f"{number:,}" for number in numbers), " ".join(rates + more))
