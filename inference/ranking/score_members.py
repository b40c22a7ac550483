"""Members of an ensemble of scores: models that scored the same candidates of the same fold."""

from collections.abc import Sequence

import numpy as np

from inference.ranking import scores_folder
from inference.ranking.scores import Scores


def read(folders: Sequence[str]) -> list[Scores]:
    """Reads folders of scores and refuses what cannot be joined.

    Raises:
      ValueError: other folds, records, pairs or answers; names both folders and what differs.
    """
    members = [scores_folder.read(folder) for folder in folders]
    for folder, other in zip(folders[1:], members[1:], strict=True):
        _check_facts(members[0], other, folders[0], folder)
        _check_pairs(members[0], other, folders[0], folder)
        _check_answers(members[0], other, folders[0], folder)
    return members


def kept_weights(folder: str, members: Sequence[Scores]) -> np.ndarray:
    """Takes the weights of an ensemble that was written before: float64 `[members]`.

    Raises:
      ValueError: the folder is no ensemble's, or one of other runs.
    """
    about = scores_folder.read_about(folder)
    if "members" not in about:
        raise ValueError(
            f"--weights_from={folder} was not written by ensemble, so it has no weights: name the folder of scores "
            "that ensemble wrote for a fold with answers."
        )
    runs = [member.about["run"] for member in members]
    known = [member["run"] for member in about["members"]]
    if runs != known:
        raise ValueError(
            f"--weights_from={folder} has weights of {', '.join(known)}, and --scores names folders of "
            f"{', '.join(runs)}: give the same runs in the same order."
        )
    return np.array([member["weight"] for member in about["members"]], np.float64)


def _check_facts(first: Scores, other: Scores, folder: str, other_folder: str) -> None:
    for fact in ("fold", "records_fingerprint"):
        if first.about[fact] != other.about[fact]:
            raise ValueError(
                f"{folder} has the {fact} {first.about[fact]!r} and {other_folder} {other.about[fact]!r}: score the "
                "same fold of the same records with both."
            )


def _check_pairs(first: Scores, other: Scores, folder: str, other_folder: str) -> None:
    parts = ("queries", "starts", "products")
    if all(np.array_equal(getattr(first, part), getattr(other, part)) for part in parts):
        return
    one, two = (set(zip(s.queries[s.query_of].tolist(), s.products.tolist(), strict=True)) for s in (first, other))
    query, product = min(one ^ two)
    lacks = other_folder if (query, product) in one else folder
    raise ValueError(
        f"{folder} and {other_folder} differ in {len(one ^ two):,} pairs; {lacks} lacks query {query} with product "
        f"{product}: score the same candidates with both."
    )


def _check_answers(first: Scores, other: Scores, folder: str, other_folder: str) -> None:
    differ = np.flatnonzero(first.answer != other.answer)
    if len(differ):
        row = differ[0]
        query = first.queries[np.searchsorted(first.starts, row, side="right") - 1]
        raise ValueError(
            f"{folder} has the answer {first.answer[row]} to query {query} with product {first.products[row]}, and "
            f"{other_folder} {other.answer[row]}: score the same records with both."
        )
