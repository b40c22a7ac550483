"""submission.csv as KDD Cup 2020, Multimodalities Recall, asks for it: query-id,product1,...,product5."""

import io
from collections.abc import Sequence

import numpy as np
import pandas as pd

from inference.ranking.best import best
from inference.ranking.scores import Scores
from tfrecords_tools import files

PLACES = 5
HEADER = ["query-id", *(f"product{place}" for place in range(1, PLACES + 1))]


def submission(ranked: Scores, wanted: np.ndarray | None = None) -> pd.DataFrame:
    """Puts the five best products of every query into the official form.

    Args:
      ranked: scores to rank by.
      wanted: int64 `[queries]`, ids that must be answered; None for those of `ranked`.

    Raises:
      ValueError: see `check`; or a query has fewer than five candidates. What else to put there nobody can say, so
        such a query is never filled up.
    """
    few = ranked.counts < PLACES
    if few.any():
        query = int(np.argmax(few))
        raise ValueError(
            f"{ranked.name}: query {ranked.queries[query]} has {ranked.counts[query]} candidates, and a submission "
            f"wants {PLACES} products of each. Such queries in all: {few.sum():,}. Were their rows rejected by "
            "convert (rejects.csv)? Mend these and score again."
        )
    table = _table(ranked.queries, ranked.products[best(ranked.score, ranked.starts, PLACES)])
    check(table, ranked.queries if wanted is None else wanted)
    return table


def check(table: pd.DataFrame, wanted: Sequence[int]) -> None:
    """Refuses what the competition would refuse: the official rules.

    Args:
      table: columns HEADER, text.
      wanted: ids of all queries that must be there.

    Raises:
      ValueError: another header, an id that is not digits, a product twice in a row, a query twice, missing, or not
        asked for; names the row (the header is row 1) or the query.
    """
    if list(table.columns) != HEADER:
        raise ValueError(f"The header of a submission is {','.join(HEADER)}, not {','.join(table.columns)}.")
    missing = set(map(str, wanted))
    seen = set()
    for row, (query, *products) in enumerate(table.itertuples(index=False), 2):
        for text in (query, *products):
            if not (str(text).isascii() and str(text).isdigit()):
                raise ValueError(f"Row {row} cannot be submitted: {text!r} is not an id of digits.")
        if len(set(products)) < PLACES:
            raise ValueError(f"Row {row} cannot be submitted: query {query} has a product twice, {','.join(products)}.")
        if query in seen:
            raise ValueError(f"Row {row} cannot be submitted: query {query} has a row already.")
        if query not in missing:
            raise ValueError(f"Row {row} cannot be submitted: nobody asked for query {query}.")
        seen.add(query)
    missing -= seen
    if missing:
        raise ValueError(
            f"{len(missing):,} of {len(missing) + len(seen):,} queries have no row, such as {min(missing)}: every "
            "query must be answered. Score the fold that has them."
        )


def wanted_queries(path: str) -> np.ndarray:
    """Reads the ids of --submission_queries: the first column of a CSV with a header, int64 `[queries]`.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: an empty file, or an id that is not digits or there twice; names the row.
    """
    try:
        column = pd.read_csv(io.BytesIO(files.read(path)), dtype=str, keep_default_na=False).iloc[:, 0]
    except pd.errors.EmptyDataError as error:
        raise ValueError(
            f"{path} is empty: expected a header, and a query id in the first field of every row."
        ) from error
    seen = {}
    for row, text in enumerate(column, 2):
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise ValueError(f"{path}, row {row}: {text!r} is not a query id of digits.")
        if int(text) in seen:
            raise ValueError(f"{path}, row {row}: query {text} is in row {seen[int(text)]} already.")
        seen[int(text)] = row
    return np.array(list(seen), np.int64)


def _table(queries: np.ndarray, products: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(np.column_stack([queries, products]).astype(str), columns=HEADER)
