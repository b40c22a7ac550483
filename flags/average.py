"""Which weights are averaged, and how."""

import dataclasses

from flags.define import check, flag
from flags.runs import Runs


@dataclasses.dataclass(frozen=True)
class Average(Runs):
    """An average of weights: the snapshots of a run, or the best weights of several."""

    soup: str = flag(
        "uniform",
        "What is averaged. uniform: all; greedy: from the best down, only what does not lower the validation score.",
        choices=("uniform", "greedy"),
    )
    batch_norm_steps: int = flag(
        100, "Training batches that BatchNorm's statistics are measured anew on; 0 to average them too.", low=0
    )

    def __post_init__(self):
        check(self)
        super().__post_init__()
        if self.runs and len(self.folders) < 2:
            raise ValueError(f"--runs={self.runs}: a soup needs two runs at least, such as --runs=runs/a,runs/b.")
