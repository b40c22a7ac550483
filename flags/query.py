"""How text queries are read, and what they are compared with in training."""

import dataclasses

from flags.define import flag


@dataclasses.dataclass(frozen=True)
class Query:
    """What every encoder of queries needs."""

    query_tokens: int = flag(32, "Tokens a query is cut to.", low=4, high=512)
    in_batch: int = flag(32, "Rows whose queries and products are compared with each other.", low=2)
    softmax_form: str = flag(
        "plain", "Softmax of two towers over their group, with or without a margin.", choices=("plain", "cosface", "am")
    )
