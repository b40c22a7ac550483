"""What a matcher scores, and how scores are re-ranked."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class ScoredFold:
    """What a run is tried on."""

    scored_fold: int = flag(0, "Fold whose candidates are scored: 0 valid, 1 testA and testB, -1 unjudged.", low=-1)


@dataclasses.dataclass(frozen=True)
class Captions(ScoredFold):
    """The page that shows what a pretraining has learned."""

    shown_products: int = flag(24, "Products on the page that captions draws.", low=1, high=1000)

    def __post_init__(self):
        check(self)


@dataclasses.dataclass(frozen=True)
class Scoring(ScoredFold):
    """One run over the candidates of one fold, or over its training queries."""

    k_reciprocal: float = flag(
        1.0, "Share of the towers' own distance beside k-reciprocal neighbours' (.3 published); 1 for it alone.",
        low=0.0, high=1.0,
    )  # fmt: skip
    smoothed: float = flag(
        0.0, "Share of its nearest products' mean that each product's vector takes; 0 for none.", low=0.0, high=1.0
    )
    embedded_queries: str = flag(
        "", "npy to write the training queries' embeddings into, for python -m training.mine; empty for scores."
    )

    def __post_init__(self):
        check(self)
        if self.embedded_queries and (self.k_reciprocal, self.smoothed) != (1.0, 0.0):
            raise ValueError(
                f"--embedded_queries={self.embedded_queries} writes no scores: leave --k_reciprocal and --smoothed out."
            )
        if self.embedded_queries and self.scored_fold != Scoring.scored_fold:
            raise ValueError(
                f"--scored_fold={self.scored_fold} has no effect on --embedded_queries={self.embedded_queries}, which "
                "are those of the training fold: leave it out."
            )

    def check_titles(self) -> None:
        """Refuses what has no effect on towers of text, whose scores are their cosines.

        Raises:
          ValueError: names the flag and its value.
        """
        for name in ("k_reciprocal", "smoothed", "embedded_queries"):
            if getattr(self, name) != getattr(Scoring, name):
                raise ValueError(f"--{name}={getattr(self, name)} has no effect on a run of titles: leave it out.")
