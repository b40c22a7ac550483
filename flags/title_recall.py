"""What trains and judges retrieval of product titles for text queries."""

import dataclasses

from flags.define import check, flag
from flags.query import Query


@dataclasses.dataclass(frozen=True)
class TitleRecall(Query):
    """Marks of query-product pairs, and queries drawn from titles beside them."""

    judgements: str = flag("", "Table of marks: query_id, query, product_id, rating 0..3, split (CSV or Parquet).")
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
