"""How text queries are read."""

import dataclasses

from flags.define import flag


@dataclasses.dataclass(frozen=True)
class Query:
    """What every encoder of queries needs."""

    query_tokens: int = flag(32, "Tokens a query is cut to.", low=4, high=512)
