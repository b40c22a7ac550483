"""Which products are matched with which, and what is shown of it."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Matching:
    """From embeddings to matches."""

    embeddings: str = flag("", "Folder of the embeddings, or several of the same products; empty for <run>/embeddings.")
    ensemble: str = flag(
        "concat",
        "Spaces of several folders: unit vectors side by side, or each by itself for the chain to weigh.",
        choices=("concat", "separate"),
    )
    matches: str = flag("", "Folder of the matches; empty for <run>/matches.")
    match_rows: str = flag(
        "auto",
        "Products to match: unlabelled ones, the test fold, or all; auto is unlabelled where there are any, else all.",
        choices=("auto", "unlabelled", "test", "all"),
    )
    spaces: str = flag("image,title,joint", "Embeddings to match by, those that the run has.")
    max_matches: int = flag(50, "Most matches of a product, itself included.", low=1, high=1000)
    neighbours: int = flag(51, "Nearest neighbours that are looked at.", low=2, high=1001)
    search: str = flag(
        "exact",
        "How embeddings are searched. Approximate needs FAISS, misses some neighbours and prints how many. Titles and "
        "galleries below 5,000 are always searched exactly.",
        choices=("exact", "approximate"),
    )
    min2: bool = flag(True, "Keep the second nearest product unless it is beyond a second threshold.")
    chain: str = flag(
        "all",
        "Steps that matching climbs by on validation: all, none, or as 'min2,union,classifier' (docs/matching.md).",
    )
    match_precision: float = flag(
        0.0, "Share of matches that must be right on validation; 0 for the best F1 instead.", low=0.0, high=1.0
    )
    calibration: str = flag(
        "",
        "Kept thresholds to match by, such as <run>/calibration.json; empty to choose them on validation.",
    )
    ablation: bool = flag(False, "Print what each step of the chain gained; ablation.csv has it always.")

    def __post_init__(self):
        check(self)
        if self.ablation and self.chain == "none":
            raise ValueError("--ablation tells of the steps of --chain, and --chain=none has none: leave one out.")


@dataclasses.dataclass(frozen=True)
class Report:
    """The page that shows matches."""

    report: str = flag("", "HTML file to write; empty for <run>/report.html.")
    examples: int = flag(12, "Pictured examples of each kind: right, wrong, missed.", low=1, high=200)
    thumbnail: int = flag(128, "Longest side of a picture on the page, in pixels.", low=16, high=1024)

    def __post_init__(self):
        check(self)
