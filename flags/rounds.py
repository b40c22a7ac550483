"""Rounds of training, one after another."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Rounds:
    """A file that lists flagfiles."""

    rounds: str = flag("", "File of the rounds: a flagfile a line, trained in this order (docs/rounds.md).")

    def __post_init__(self):
        check(self)
