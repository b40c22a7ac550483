"""Which weights of a run are taken for inference."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class RunWeights:
    """The weights that embed and classify load."""

    run_weights: str = flag(
        "best",
        "Weights of --run: the best ones, what training.average made, for classify every snapshot, or for embed "
        "untrained: the encoder of the flags as its --weights are, in a folder --run that no training has written.",
        choices=("best", "averaged", "snapshots", "untrained"),
    )

    def __post_init__(self):
        check(self)
