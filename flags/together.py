"""What flags of the model and of the optimization need of one another."""

from flags import tuples
from flags.model import Model
from flags.optimizer import Optimization


def check_together(model: Model, optimization: Optimization) -> None:
    """Refuses flags that do not belong together, or of which one has no effect beside another.

    Raises:
      ValueError: names the flag, its value, and what to give instead.
    """
    tuples.check_tuples(model, optimization)
    idle = {
        f"--head={model.head}": ("margin_start", "margin_warmup_epochs") if model.head == "linear" else (),
        f"--class_loss={model.class_loss}": ("label_smoothing",) if model.class_loss == "gce" else (),
    }
    for beside, names in idle.items():
        for name in names:
            if getattr(optimization, name):
                raise ValueError(f"--{name}={getattr(optimization, name):g} has no effect on {beside}: leave it out.")
