"""Several trained runs."""

import dataclasses

from flags.define import flag


@dataclasses.dataclass(frozen=True)
class Runs:
    """Run folders, separated by commas."""

    runs: str = flag(
        "",
        "Runs, such as a,b,c: average puts their best weights into --run (empty: --run's snapshots), clean lets them "
        "judge.",
    )

    def __post_init__(self):
        if len(set(self.folders)) < len(self.folders):
            raise ValueError(f"--runs={self.runs} names a run twice.")

    @property
    def folders(self) -> list[str]:
        """The run folders of --runs."""
        return [folder for name in self.runs.split(",") if (folder := name.strip().rstrip("/"))]
