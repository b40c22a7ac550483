"""Which weights are averaged, and how."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Average:
    """An average of weights: the snapshots of a run, or the best weights of several."""

    runs: str = flag("", "Runs whose best weights are averaged into --run, such as a,b,c; empty for --run's snapshots.")
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
        if self.runs and len(self.folders) < 2:
            raise ValueError(f"--runs={self.runs}: a soup needs two runs at least, such as --runs=runs/a,runs/b.")
        if len(set(self.folders)) < len(self.folders):
            raise ValueError(f"--runs={self.runs} names a run twice.")

    @property
    def folders(self) -> list[str]:
        """The run folders of --runs."""
        return [folder for name in self.runs.split(",") if (folder := name.strip().rstrip("/"))]
