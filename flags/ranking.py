"""From scores of query-product pairs to rankings: what is ranked, by which rules, and several models as one."""

import dataclasses

from flags.classify import Ensemble, Predictions
from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Scores:
    """What a recall model says of candidates."""

    scores: str = flag("", "Folder of scores, or several; of ensemble those of several models for the same pairs.")

    def __post_init__(self):
        folders = self.folders()
        if len(set(folders)) < len(folders):
            raise ValueError(f"--scores={self.scores} names a folder twice: leave one out.")

    def folders(self) -> list[str]:
        """The folders that --scores names."""
        return [folder for name in self.scores.split(",") if (folder := name.strip().rstrip("/"))]


@dataclasses.dataclass(frozen=True)
class Ranking:
    """How candidates are ranked, and what is written."""

    top: int = flag(5, "Products of a query that are ranked, written and measured by.", low=1, high=10_000)
    pool_rule: str = flag(
        "none",
        "Rule that reads relevance off which queries a product is a candidate of; it says nothing about relevance.",
        choices=("none", "argmax_query", "listed_once"),
    )
    gap: float = flag(
        0.92,
        "Lead of a product's highest score over its next that --pool_rule=listed_once asks for, in units of the "
        "scores; the published value is of probabilities.",
        low=0.0,
    )
    submission_file: str = flag("", "CSV file to write five products of every query into; empty for none.")
    submission_queries: str = flag(
        "", "CSV whose first column lists the queries to answer; empty for those of the scores."
    )

    def __post_init__(self):
        check(self)
        if self.gap != Ranking.gap and self.pool_rule != "listed_once":
            raise ValueError(
                f"--gap={self.gap:g} has no effect on --pool_rule={self.pool_rule}: leave it out, or give "
                "--pool_rule=listed_once."
            )
        if self.submission_queries and not self.submission_file:
            raise ValueError(
                f"--submission_queries={self.submission_queries} has no effect without --submission_file: name the "
                "file to write, or leave it out."
            )


@dataclasses.dataclass(frozen=True)
class ScoreEnsemble:
    """Several folders of scores as one."""

    score_weights: str = flag(
        "least_loss",
        "Weights of the members of --scores: of the least softmax cross-entropy, at least 0; of two members the best "
        "of a hundred mixtures by nDCG@5; or all the same.",
        choices=("least_loss", "search", "equal"),
    )
    weights_from: str = flag(
        "", "Folder of scores that ensemble wrote, to take the weights of; for a fold whose answers nobody knows."
    )

    def __post_init__(self):
        check(self)
        if self.weights_from and self.score_weights != ScoreEnsemble.score_weights:
            raise ValueError(
                f"--score_weights={self.score_weights} has no effect on --weights_from={self.weights_from}, which has "
                "weights: leave one out."
            )


def check_ensemble(scores: Scores, blend: ScoreEnsemble, ensemble: Ensemble, predictions: Predictions) -> None:
    """Refuses flags of ensemble that belong to scores beside predictions, and the other way round.

    Raises:
      ValueError: names the flag and its value.
    """
    what, idle = ("--scores", (ensemble, predictions)) if scores.scores else ("--predictions", (blend,))
    for concern in idle:
        for field in dataclasses.fields(concern):
            value = getattr(concern, field.name)
            if value != field.default:
                raise ValueError(f"--{field.name}={value} has no effect on {what}: leave it out.")
