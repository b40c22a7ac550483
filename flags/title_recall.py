"""What trains and judges retrieval of product titles for text queries."""

import dataclasses

from flags.define import changed, check, flag, refuse_idle
from flags.query import IDLE_DISTRIBUTION, IDLE_OPTIMIZATION, Query

# What two towers of text read of flags.model.Model.
_OF_MODEL = (
    "title_encoder", "title_weights", "title_pooling", "title_tokens", "title_tokens_inference", "tfidf_terms",
    "tfidf_dim", "tfidf_analyzer", "tfidf_idf_power", "tfidf_titles", "tfidf_layers", "embedding_dim",
    "embedding_norm", "dropout",
)  # fmt: skip
_WHERE = "--judgements"
_IDLE_RUN = ("initial_run", "initial_weights", "best_by", "smoke", "plot_schedule")


@dataclasses.dataclass(frozen=True)
class Judged:
    """Where people's marks lie."""

    judgements: str = flag("", "Table of marks: query_id, query, product_id, rating 0..3, split (CSV or Parquet).")


@dataclasses.dataclass(frozen=True)
class TitleRecall(Query, Judged):
    """Marks of query-product pairs, and queries drawn from titles beside them."""

    relevant_rating: int = flag(2, "Least rating of a product that answers a query.", low=1, high=3)
    pseudo_share: float = flag(
        0.5, "Share of a batch whose queries are words drawn from the row's own title.", low=0.0, high=1.0
    )
    pseudo_words: int = flag(3, "Most words of such a query.", low=1, high=64)
    removed_share: float = flag(0.1, "Share of such rows whose title loses the query's words.", low=0.0, high=1.0)

    def __post_init__(self):
        check(self)
        for name in ("pseudo_words", "removed_share"):
            if getattr(self, name) != getattr(TitleRecall, name) and not self.pseudo_share:
                raise ValueError(
                    f"--{name}={getattr(self, name):g} has no effect on --pseudo_share=0: leave it out, or give a "
                    "share."
                )

    def check_idle(self, matcher: str) -> None:
        """Refuses what only --judgements reads, and without a matcher also what only it and matchers read.

        Raises:
          ValueError: names the flag and its value.
        """
        shared = {field.name for field in dataclasses.fields(Query)}
        for name in changed(self):
            if name in shared and matcher != "none":
                continue
            needed = "--matcher or --judgements=<table>" if name in shared else "--judgements=<table>"
            raise ValueError(
                f"--{name}={getattr(self, name)} has no effect without {needed}: leave it out, or give one."
            )

    def check_together(self, model, optimization, distribution, run, rows, matcher: str) -> None:
        """Refuses flags that have no effect on towers of text, and batches that are no whole groups.

        Args:
          model, optimization, distribution, run, rows: the dataclasses of flags/; rows are selection.TrainingRows.

        Raises:
          ValueError: names the flag, its value, and what to give instead.
        """
        if matcher != "none":
            raise ValueError(
                f"--matcher={matcher} reads pairs with regions, and --judgements marks titles: leave one out."
            )
        self.check_model(model)
        refuse_idle(optimization, (*IDLE_OPTIMIZATION, "shuffle_buffer"), _WHERE)
        refuse_idle(distribution, IDLE_DISTRIBUTION, _WHERE)
        refuse_idle(run, _IDLE_RUN, _WHERE)
        refuse_idle(rows, None, _WHERE)
        self.check_groups(optimization.batch_size, self.in_batch)

    def check_model(self, model) -> None:
        """Refuses what has no effect on an encoder.

        Args:
          model: flags.model.Model.
        """
        if self.query_tokens != TitleRecall.query_tokens and model.title_encoder == "tfidf":
            raise ValueError(
                f"--query_tokens={self.query_tokens} has no effect on --title_encoder=tfidf, which reads whole texts: "
                "leave it out, or give a token encoder."
            )
        if model.modality == "image":
            raise ValueError("--modality=image with --judgements, which reads titles alone: leave it out.")
        read = ("modality", *_OF_MODEL)
        refuse_idle(model, [field.name for field in dataclasses.fields(model) if field.name not in read], _WHERE)
        if not model.embedding_dim and changed(model, ["dropout"]):
            raise ValueError(
                f"--dropout={model.dropout:g} has no effect on --judgements without --embedding_dim: leave it out, or "
                "give a width."
            )
