"""Which queries a report shows: right, wrong and missed matches, and the groups that are hardest."""

import dataclasses
from collections.abc import Callable

import pandas as pd

RIGHT, WRONG, MISSED = "right", "wrong", "missed"


@dataclasses.dataclass(frozen=True)
class Match:
    """A product beside a query: matched "right" or "wrong", or "missed".

    `scores` holds the cosine in [-1, 1] by space, best-known space first; spaces where a side is missing are absent.
    """

    id: str
    status: str
    scores: dict[str, float]

    @property
    def score(self) -> float:
        """The cosine in the first space that has one, -1 where no space has."""
        return next(iter(self.scores.values()), -1.0)


@dataclasses.dataclass(frozen=True)
class Query:
    """A labelled product with its matches, itself left out; `f1` in [0, 1] counts itself in, as the metric does."""

    id: str
    group: str
    f1: float
    matches: tuple[Match, ...]

    def of(self, status: str) -> list[Match]:
        """Returns its matches of one status, best score first."""
        return sorted((match for match in self.matches if match.status == status), key=lambda match: -match.score)


@dataclasses.dataclass(frozen=True)
class Group:
    """The queries of one label, and their mean F1."""

    name: str
    mean_f1: float
    queries: tuple[Query, ...]


def read_queries(
    table: pd.DataFrame, group_of: dict[str, str], scores: Callable[[str, list[str]], list[dict]]
) -> list[Query]:
    """Turns test_matches.csv into queries.

    Args:
      table: columns posting_id, matches, expected (ids, space-separated), f1.
      group_of: product id -> label name.
      scores: gives the cosines by space of a query's id and each of several ids.

    Raises:
      ValueError: an id of the table that `group_of` does not know.
    """
    return [_query(row, group_of, scores) for row in table.itertuples(index=False)]


def _query(row, group_of, scores) -> Query:
    matched, expected = row.matches.split(), set(row.expected.split())
    others = [id for id in dict.fromkeys([*matched, *sorted(expected)]) if id != row.posting_id]
    unknown = [id for id in (row.posting_id, *others) if id not in group_of]
    if unknown:
        raise ValueError(
            f"test_matches.csv names {unknown[0]!r}, which is not among the embedded products: matches and embeddings "
            "come from different records. Run python -m inference.embed and python -m inference.match again."
        )
    status = {id: RIGHT if id in expected else WRONG for id in matched}
    matches = [
        Match(id, status.get(id, MISSED), cosines)
        for id, cosines in zip(others, scores(row.posting_id, others), strict=True)
    ]
    return Query(row.posting_id, group_of[row.posting_id], float(row.f1), tuple(matches))


def right_examples(queries: list[Query], count: int) -> list[Query]:
    """Returns fully right queries, those with the least alike matches first; one a group."""
    whole = [query for query in queries if query.matches and all(match.status == RIGHT for match in query.matches)]
    return _one_a_group(sorted(whole, key=lambda query: query.of(RIGHT)[-1].score), count, {})


def wrong_examples(queries: list[Query], group_of: dict[str, str], count: int) -> list[Query]:
    """Returns queries with a wrong match, the most alike first; one a pair of groups."""
    fooled = [query for query in queries if query.of(WRONG)]
    fooled.sort(key=lambda query: -query.of(WRONG)[0].score)
    return _one_a_group(fooled, count, {query.id: group_of[query.of(WRONG)[0].id] for query in fooled})


def missed_examples(queries: list[Query], count: int) -> list[Query]:
    """Returns queries that miss a match, the least alike first; one a group."""
    blind = [query for query in queries if query.of(MISSED)]
    return _one_a_group(sorted(blind, key=lambda query: query.of(MISSED)[-1].score), count, {})


def hardest_groups(queries: list[Query], count: int) -> list[Group]:
    """Returns the groups with the lowest mean F1, the larger first where equal; groups without a fault are left out."""
    members: dict[str, list[Query]] = {}
    for query in queries:
        members.setdefault(query.group, []).append(query)
    groups = [
        Group(name, sum(query.f1 for query in queries) / len(queries), tuple(queries))
        for name, queries in members.items()
    ]
    groups.sort(key=lambda group: (group.mean_f1, -len(group.queries), group.name))
    return [group for group in groups if group.mean_f1 < 1][:count]


def _one_a_group(queries: list[Query], count: int, other_group: dict[str, str]) -> list[Query]:
    chosen, seen = [], set()
    for query in queries:
        groups = {query.group, other_group.get(query.id, query.group)}
        if len(chosen) < count and not groups & seen:
            chosen.append(query)
            seen |= groups
    return chosen
