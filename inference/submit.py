"""submission.csv as Shopee's Price Match Guarantee asks for it: posting_id,matches."""

from collections.abc import Sequence

import pandas as pd

from tfrecords_tools.writer import write_whole


def submission(ids: Sequence[str], matches: Sequence[Sequence[str]], most: int = 50) -> pd.DataFrame:
    """Puts matches into Shopee's form and refuses what the competition would refuse.

    Args:
      ids: posting ids, distinct, without spaces.
      matches: for each, the ids that match it, best first; itself among them.
      most: most matches of a posting, itself included.

    Returns:
      columns `posting_id` and `matches` (ids separated by one space).

    Raises:
      ValueError: names the posting that lacks itself, has too many matches, the same twice, or a bad id.
    """
    if len(ids) != len(matches):
        raise ValueError(f"{len(ids)} posting ids and {len(matches)} lists of matches: give one list for each posting.")
    seen = set()
    for own, found in zip(ids, matches, strict=True):
        problem = _problem(own, found, most)
        if own in seen:
            problem = "it occurs twice; every posting has one row"
        if problem:
            raise ValueError(f"Posting {own!r} cannot be submitted: {problem}.")
        seen.add(own)
    return pd.DataFrame({"posting_id": list(ids), "matches": [" ".join(found) for found in matches]})


def _problem(own: str, found: Sequence[str], most: int) -> str:
    if not own or own.split() != [own]:
        return "its id is empty or holds a space, and matches are separated by spaces"
    if own not in found:
        return "its matches lack the posting itself"
    if len(found) > most:
        return f"it has {len(found)} matches, at most {most} are allowed"
    if len(set(found)) < len(found):
        return "one of its matches is listed twice"
    return ""


def write_csv(path: str, table: pd.DataFrame) -> None:
    """Writes a table as CSV, whole or not at all."""
    write_whole(path, table.to_csv(index=False, lineterminator="\n").encode("utf-8"))
