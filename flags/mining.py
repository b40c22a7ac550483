"""Which other queries a query's negatives come from."""

import dataclasses

from flags.define import check, flag

WAYS = ("last_word", "tfidf", "kmeans")


@dataclasses.dataclass(frozen=True)
class Mined:
    """Where they lie."""

    mined: str = flag("", "Folder of mined negatives, which mine writes and --negatives_from=mined or tfidf reads.")


@dataclasses.dataclass(frozen=True)
class Mining(Mined):
    """Clusters and neighbours of queries, mined once and trained on many times."""

    mine_by: str = flag(
        "last_word,tfidf",
        "What to mine, a list of last_word (clusters by the product type), tfidf (nearest queries by their words) and "
        "kmeans (clusters of an early model's query embeddings).",
    )
    query_embeddings: str = flag(
        "", "For kmeans: npy, float32 [queries, dim], rows in the order of queries.csv in --mined."
    )
    query_clusters: int = flag(1000, "Clusters of kmeans.", low=2)
    mined_neighbours: int = flag(10, "Nearest queries that tfidf keeps of each.", low=1, high=1000)

    def __post_init__(self):
        check(self)
        unknown = [way for way in self.ways if way not in WAYS]
        if unknown or not self.ways:
            raise ValueError(f"--mine_by={self.mine_by}: {''.join(unknown[:1])!r} is not one of {', '.join(WAYS)}.")
        if "kmeans" in self.ways and not self.query_embeddings:
            raise ValueError(
                f"--mine_by={self.mine_by} clusters embeddings of the queries: give --query_embeddings=<npy>, or leave "
                "kmeans out."
            )
        belongs = {"query_embeddings": "kmeans", "query_clusters": "kmeans", "mined_neighbours": "tfidf"}
        for name, way in belongs.items():
            if getattr(self, name) != getattr(Mining, name) and way not in self.ways:
                raise ValueError(
                    f"--{name}={getattr(self, name)} has no effect on --mine_by={self.mine_by}: leave it out, or add "
                    f"{way}."
                )

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways that --mine_by lists, each once."""
        return tuple(dict.fromkeys(way.strip() for way in self.mine_by.split(",") if way.strip()))
