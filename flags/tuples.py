"""What --head=tuples needs of the other flags, and which of them have no effect on it."""

import dataclasses

from flags.model import Model
from flags.optimizer import Optimization

# What a margin over classes, or another sampler, is set by.
_WITHOUT_EFFECT = (
    "scale", "margin", "margin_class_power", "sampled_share", "margin_start", "margin_warmup_epochs",
    "label_smoothing", "classes_from_epoch", "oversample_to", "group_members",
)  # fmt: skip


def check_tuples(model: Model, optimization: Optimization) -> None:
    """Refuses a head and a sampler that do not belong together, and flags that one of them would not look at.

    Raises:
      ValueError: names the flag, its value, and what to give instead.
    """
    values = {field.name: (getattr(concern, field.name), field.default)
              for concern in (model, optimization) for field in dataclasses.fields(concern)}  # fmt: skip
    if (model.head == "tuples") != (optimization.sampler == "tuples"):
        raise ValueError(
            f"--head={model.head} with --sampler={optimization.sampler}: the sampler's tuples are what the head "
            "compares. Give both --head=tuples --sampler=tuples, or neither."
        )
    idle = _WITHOUT_EFFECT if model.head == "tuples" else ("negatives", "learn_scale")
    for name in idle:
        value, default = values[name]
        if value != default:
            raise ValueError(f"--{name}={value} has no effect on --head={model.head}: leave it out.")
    if optimization.batch_size % model.rows_together:
        raise ValueError(
            f"--batch_size={optimization.batch_size} counts rows, and is no whole number of tuples of "
            f"1 + 1 + {model.negatives} rows: give a multiple of {model.rows_together}, such as "
            f"{32 * model.rows_together} for 32 anchors."
        )
