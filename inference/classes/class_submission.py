"""submission.csv of class predictions: a table, or what a competition asks for."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from inference.classes import backing_off
from inference.classes.class_tree import ClassTree
from tfrecords_tools import frames

_TWO_DIGITS = re.compile(r"\d\d")


def code_league(ids: Sequence[str], categories: Sequence[str], wanted: Sequence[str]) -> pd.DataFrame:
    """Shopee Code League 2020, product detection: `filename,category` with two digits ("07").

    Args:
      ids: filenames of the test pictures.
      categories: the class predicted for each.
      wanted: the filenames that the competition asks for, in its order.

    Raises:
      ValueError: a category that is not two digits; an id that is missing, asked for by nobody, or there twice.
    """
    for id, category in zip(ids, categories, strict=True):
        if not _TWO_DIGITS.fullmatch(category):
            raise ValueError(
                f"{id!r} has the category {category!r}, and Code League wants two digits, such as 07: convert with "
                "--source=code_league, or give --submission=table."
            )
    return _in_order(ids, categories, wanted, ("filename", "category"))


def aliproducts(ids: Sequence[str], class_ids: Sequence[str], wanted: Sequence[str]) -> pd.DataFrame:
    """AliProducts: `id,predicted`; the id is the picture's name, the last part of a record's id such as test/x.jpg.

    Args:
      ids: of records.
      class_ids: the class predicted for each.
      wanted: the ids that the challenge asks for, with or without the folder before them.

    Raises:
      ValueError: an id that is missing, asked for by nobody, or there twice.
    """
    names = [[id.rsplit("/", 1)[-1] for id in some] for some in (ids, wanted)]
    return _in_order(names[0], class_ids, names[1], ("id", "predicted"))


COMPETITIONS = {"code_league": code_league, "aliproducts": aliproducts}


def table(tree: ClassTree, ids: Sequence[str], classes, probabilities, min_confidence: float) -> pd.DataFrame:
    """`id,predicted,confidence`; with a category tree the predicted class's category of each level, `level_<k>`; with
    `min_confidence` also `answered_level`, `answer` and `answer_confidence`, see backing_off.

    Args:
      classes, probabilities: `[rows, k]`, best first.
    """
    best, names = np.asarray(classes[:, 0]), np.array(tree.names, object)
    columns = {"id": list(ids), "predicted": names[best], "confidence": np.round(probabilities[:, 0], 6)}
    for level, category in enumerate(tree.level_of_class):
        known = np.array([*tree.level_names[level], ""], object)
        columns[f"level_{level + 1}"] = known[category[best]]  # -1, no category, is the last name: none
    if min_confidence:
        answer = backing_off.answers(tree, classes, probabilities, min_confidence)
        columns |= {"answered_level": answer.level, "answer": answer.name}
        columns["answer_confidence"] = np.round(answer.confidence, 6)
    return pd.DataFrame(columns)


def wanted_ids(path: str) -> list[str]:
    """The first column of a CSV."""
    frame = frames.read(path)
    return frame[frame.columns[0]].tolist()


def _in_order(ids: Sequence[str], answers: Sequence[str], wanted: Sequence[str], header) -> pd.DataFrame:
    _check_once(ids, "predictions")
    _check_once(wanted, "rows asked for")
    answer = dict(zip(ids, answers, strict=True))
    missing, surplus = [id for id in wanted if id not in answer], set(answer) - set(wanted)
    if missing:
        raise ValueError(
            f"{len(missing)} of {len(wanted)} rows asked for have no prediction, such as {missing[0]!r}: was it "
            "rejected by the conversion (rejects.csv)? A submission needs all of them."
        )
    if surplus:
        raise ValueError(
            f"{len(surplus)} predictions are of rows that nobody asked for, such as {min(surplus)!r}: is "
            "--submission_ids the competition's own list?"
        )
    return pd.DataFrame({header[0]: list(wanted), header[1]: [answer[id] for id in wanted]})


def _check_once(ids: Sequence[str], what: str) -> None:
    seen = set()
    for id in ids:
        if id in seen:
            raise ValueError(f"Among the {what} {id!r} occurs twice; a submission has one row for each picture.")
        seen.add(id)
