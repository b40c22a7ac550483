"""How products get classes: what is predicted, several looks at a picture, several runs, and what is written."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Predictions:
    """A folder of predictions, and the answers that are written beside them."""

    predictions: str = flag("", "Folder of predictions, of ensemble several; empty for <run>/predictions.")
    top_classes: int = flag(
        0, "Most probable classes kept of each row; 0 for all up to 1,000 classes, and 20 of more.", low=0
    )
    submission: str = flag(
        "table",
        "Form of submission.csv: a table of all rows, or of the unlabelled ones what a competition asks for.",
        choices=("table", "code_league", "aliproducts"),
    )
    submission_ids: str = flag(
        "", "CSV whose first column lists the ids to answer, such as test.csv; empty for the unlabelled rows."
    )
    min_confidence: float = flag(
        0.0,
        "Probability below which an answer backs off to a coarser level of the category tree; 0 for never.",
        low=0.0,
        high=1.0,
    )

    def __post_init__(self):
        check(self)
        if self.min_confidence and self.submission != "table":
            raise ValueError(
                f"--min_confidence={self.min_confidence:g} answers levels, for which --submission={self.submission} "
                "has no column: give --submission=table, or leave it out."
            )
        if self.submission_ids and self.submission == "table":
            raise ValueError(
                f"--submission_ids={self.submission_ids} has no effect on --submission=table, which has all rows: "
                "leave it out, or give --submission=code_league or aliproducts."
            )

    def folders(self) -> list[str]:
        """The folders that --predictions names."""
        return [folder for name in self.predictions.split(",") if (folder := name.strip().rstrip("/"))]


@dataclasses.dataclass(frozen=True)
class Classification:
    """One run over records."""

    classify_rows: str = flag(
        "all", "Rows to classify, by the folds of the run.", choices=("all", "validation", "test", "unlabelled")
    )
    tta: str = flag(
        "none",
        "Looks at each picture: it alone; also mirrored; five crops, each also mirrored; or augmented ones beside it.",
        choices=("none", "flip", "crops", "augment"),
    )
    tta_crop: float = flag(0.875, "Side of a crop of --tta=crops, as a share of the picture's.", low=0.1, high=0.99)
    tta_augment: str = flag("", "List of changes, as --augment, of --tta=augment; empty for the run's own.")
    tta_passes: int = flag(8, "Looks of --tta=augment, the unchanged one included.", low=2, high=64)
    tta_beta: float = flag(0.3, "Weight of the unchanged look of --tta=augment.", low=0.0, high=1.0)

    def __post_init__(self):
        check(self)
        belongs = {"tta_crop": "crops", "tta_augment": "augment", "tta_passes": "augment", "tta_beta": "augment"}
        for name, tta in belongs.items():
            if getattr(self, name) != getattr(Classification, name) and self.tta != tta:
                raise ValueError(
                    f"--{name}={getattr(self, name)} has no effect on --tta={self.tta}: leave it out, or give "
                    f"--tta={tta}."
                )


@dataclasses.dataclass(frozen=True)
class Ensemble:
    """Several folders of predictions as one."""

    weights_by: str = flag(
        "equal",
        "Weights of the members: all the same, or searched on rows that they were not trained on.",
        choices=("equal", "search"),
    )
    search_for: str = flag(
        "likelihood",
        "What the search raises: the mean log-likelihood of the right class, or top-1 accuracy.",
        choices=("likelihood", "accuracy"),
    )

    def __post_init__(self):
        check(self)
        if self.search_for != Ensemble.search_for and self.weights_by != "search":
            raise ValueError(
                f"--search_for={self.search_for} has no effect on --weights_by={self.weights_by}: leave it out, or "
                "give --weights_by=search."
            )
