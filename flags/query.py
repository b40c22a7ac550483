"""How text queries are read, and what they are compared with in training."""

import dataclasses

from flags.define import flag

# Flags that only encoders of products look at.
IDLE_OPTIMIZATION = (
    "augment", "sampler", "label_smoothing", "classes_from_epoch", "oversample_to", "group_members", "margin_start",
    "margin_warmup_epochs",
)  # fmt: skip
IDLE_DISTRIBUTION = ("augment_on", "data_service")


@dataclasses.dataclass(frozen=True)
class Query:
    """What every encoder of queries needs."""

    query_tokens: int = flag(32, "Tokens a query is cut to.", low=4, high=512)
    in_batch: int = flag(32, "Rows whose queries and products are compared with each other.", low=2)
    softmax_form: str = flag(
        "plain", "Softmax of two towers over their group, with or without a margin.", choices=("plain", "cosface", "am")
    )

    def check_groups(self, batch_size: int, group: int) -> None:
        """Refuses batches that are no whole groups of rows.

        Raises:
          ValueError: names both flags, and what to give instead.
        """
        if batch_size % group:
            raise ValueError(
                f"--batch_size={batch_size} is no whole number of groups of --in_batch={self.in_batch} rows: give a "
                f"multiple of {self.in_batch}, or another --in_batch."
            )
