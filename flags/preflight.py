"""For which TPU a run is compiled on a machine that has none."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Preflight:
    """A TPU by the name of its topology, and what is asked of it."""

    topology: str = flag("v5e:1x1", "TPU to compile for, such as v3:2x2, v5e:2x2, v6e:1x1 (docs/preflight.md).")
    classes: int = flag(0, "Classes of the heads; 0 to count those of the training folds of --records.", low=0)
    find_batch: bool = flag(False, "Also look for the largest power of two that fits as --batch_size.")

    def __post_init__(self):
        check(self)
        if self.classes == 1:
            raise ValueError("--classes=1: a margin needs at least 2 classes.")
