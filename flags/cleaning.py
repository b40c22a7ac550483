"""Which labels are taken for wrong, and where the list of the others goes."""

import dataclasses

from flags.define import check, flag
from flags.runs import Runs


@dataclasses.dataclass(frozen=True)
class Cleaning(Runs):
    """A rule that drops rows of the training folds, by what runs predict of them."""

    rule: str = flag(
        "accuracy",
        "What drops a row (docs/cleaning.md). accuracy: predicted wrongly, in a class with less than --class_accuracy; "
        "consensus: any of the runs predicts another class; cosine: far from the others of its class; confidence: "
        "another class is the confident one of runs that did not train on it.",
        choices=("accuracy", "consensus", "cosine", "confidence"),
    )
    class_accuracy: float = flag(0.92, "Share predicted rightly from which a class keeps all.", low=0.0, high=1.0)
    class_cosine: float = flag(0.2, "Mean cosine to its class that a row must exceed.", low=-1.0, high=1.0)
    copies_to: int = flag(10, "List the rows of smaller classes several times, until so many; 0 for once.", low=0)
    cleaned: str = flag("cleaned", "Folder for reliable_train.csv and cleaned.html.")
    dropped_shown: int = flag(
        200, "Most dropped rows pictured on the page, the likeliest errors first.", low=0, high=5000
    )
    cleaning_seed: int = flag(0, "Seed of the row that stays where all of a class would go.", low=0)

    def __post_init__(self):
        check(self)
        super().__post_init__()
        if self.runs and self.rule == "consensus" and len(self.folders) < 2:
            raise ValueError(f"--rule=consensus with --runs={self.runs}: agreement needs two runs at least.")
        if self.rule in ("accuracy", "cosine") and len(self.folders) > 1:
            raise ValueError(
                f"--rule={self.rule} looks at one run, and --runs={self.runs} names {len(self.folders)}: name one."
            )
        for name, rule in (("class_accuracy", "accuracy"), ("class_cosine", "cosine")):
            if getattr(self, name) != getattr(Cleaning, name) and self.rule != rule:
                raise ValueError(f"--{name}={getattr(self, name):g} has no effect on --rule={self.rule}: leave it out.")
