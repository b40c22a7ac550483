"""The catalogue that `sample_data.draw` draws."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Sample:
    """Size and seed of a drawn catalogue."""

    out: str = flag("", "Folder to draw into.")
    postings: int = flag(1200, "Number of postings.", low=100, high=1_000_000)
    drawn_size: int = flag(128, "Side of the pictures in pixels.", low=32, high=1024)
    drawing_seed: int = flag(0, "Seed of the drawing.", low=0)

    def __post_init__(self):
        check(self)
