"""Which rows are taken by the size of their class: written down by select, or trained on as they are."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class ClassSizes:
    """Classes of certain sizes, and how many rows of each."""

    class_size_low: int = flag(1, "Smallest class taken, in training rows.", low=1)
    class_size_high: int = flag(0, "Largest class taken, in training rows; 0 for no bound.", low=0)
    balance: bool = flag(False, "Of a class of 400 or more take 400 rows at random, of 200-399 200, of 100-199 100.")
    class_cap: int = flag(0, "Most rows taken of a class, at random; 0 for all.", low=0)
    selection_seed: int = flag(0, "Seed of the random rows of --balance and --class_cap.", low=0)

    def __post_init__(self):
        check(self)
        if 0 < self.class_size_high < self.class_size_low:
            raise ValueError(
                f"--class_size_low={self.class_size_low} is above --class_size_high={self.class_size_high}: no class "
                "has such a size. Swap them, or say --class_size_high=0 for no upper bound."
            )
        if self.balance and self.class_cap:
            raise ValueError(f"--balance and --class_cap={self.class_cap} both say how many rows: give one of them.")


@dataclasses.dataclass(frozen=True)
class Selection(ClassSizes):
    """Which rows of a catalogue are listed, by the number of training rows of their class."""

    selection: str = flag("", "CSV to write, for --only of convert; local or gs://.")


@dataclasses.dataclass(frozen=True)
class TrainingRows(ClassSizes):
    """Which rows of the training folds are trained on."""

    train_list: str = flag(
        "",
        "CSV whose column id lists the rows to train on, with the column copies or an id several times for rows to "
        "be shown more often, as clean writes it; empty for all rows. Class sizes then are those of the list.",
    )
