"""A folder of matches: written by match, read by report and summary.

submission.csv     posting_id,matches of every product that was to be matched, itself included, best first
test_matches.csv   posting_id,matches,expected,f1 of the test queries, by the chosen method; none without a test fold
ablation.csv       what each step of the chain is worth: see chain.chain.Step; none without a chain
match.json         galleries, methods with scores and thresholds, curves, histograms; written last
"""

import dataclasses
import io
import json

import numpy as np
import pandas as pd
import tensorflow as tf

from inference.chain.chain import Step
from inference.matching import Result
from inference.methods import Method
from inference.submit import submission, write_csv
from tfrecords_tools import files
from tfrecords_tools.writer import write_whole


def write(folder: str, products: pd.DataFrame, result: Result, facts: dict, max_matches: int = 50) -> None:
    """Writes a folder of matches, each file whole or not at all.

    Args:
      products: the table that was matched, with column `id`.
      facts: what match.json says beside the result, such as the folds.
      max_matches: most matches of a product, itself included.
    """
    id = products["id"].to_numpy()
    write_submission(folder, id[result.galleries.use], _ids(id, result.matches), max_matches)
    _write_test(f"{folder}/test_matches.csv", id, result, max_matches)
    _write_or_remove(f"{folder}/ablation.csv", pd.DataFrame(map(dataclasses.asdict, result.chain)))
    write_whole(f"{folder}/match.json", json.dumps(facts | describe(result), indent=1).encode())


def write_submission(folder: str, id: np.ndarray, matches: list[list[str]], max_matches: int = 50) -> None:
    """Writes submission.csv alone; see `inference.submit.submission` for what it takes and refuses."""
    tf.io.gfile.makedirs(folder)
    write_csv(f"{folder}/submission.csv", submission(id, matches, max_matches))


def _write_test(path: str, id: np.ndarray, result: Result, max_matches: int) -> None:
    table = submission(id[result.galleries.test_queries], _ids(id, result.test_matches), max_matches)
    table["expected"] = [" ".join(expected) for expected in _ids(id, result.test_expected)]
    table["f1"] = np.round(result.test_f1, 6)
    _write_or_remove(path, table)


def _write_or_remove(path: str, table: pd.DataFrame) -> None:
    """Writes a table; an empty one is not written, and what an earlier call left there is removed."""
    if len(table):
        write_csv(path, table)
    elif tf.io.gfile.exists(path):
        tf.io.gfile.remove(path)


def read_ablation(folder: str) -> list[Step]:
    """ablation.csv of a folder; nothing where no chain was climbed."""
    path = f"{folder}/ablation.csv"
    if not tf.io.gfile.exists(path):
        return []
    table = pd.read_csv(io.BytesIO(files.read(path)))
    return [Step(**step) for step in table.astype(object).where(table.notna(), None).to_dict("records")]


def describe(result: Result) -> dict:
    """What match.json says of a result, as JSON values."""
    return {
        "gallery_size": len(result.galleries.use),
        "rows": result.galleries.rows,
        "methods": [_method(method) for method in result.methods],
        "chosen": result.chosen.name,
        "curves": result.curves,
        "histograms": result.histograms,
    }


def read_match(folder: str) -> dict:
    """match.json of a folder.

    Raises:
      FileNotFoundError: there is none; says which command writes it.
    """
    path = f"{folder}/match.json"
    if not tf.io.gfile.exists(path):
        raise FileNotFoundError(f"{folder} has no match.json: run python -m inference.match first.")
    with tf.io.gfile.GFile(path, "r") as file:
        return json.loads(file.read())


def _method(method: Method) -> dict:
    return {
        "name": method.name,
        "mean_f1": method.mean_f1,
        "validation_f1": method.validation_f1,
        "thresholds": flat_thresholds(method),
        "weights": method.weights,
        "matches_per_item": method.matches_per_item,
    }


def flat_thresholds(method: Method) -> dict[str, float]:
    """{space: first threshold, "<space> min2": second threshold where it is lower}; above 1 nothing matches."""
    flat = {}
    for space, threshold in method.thresholds.items():
        flat[space] = threshold.first
        if threshold.second < threshold.first:
            flat[f"{space} min2"] = threshold.second
    return flat


def _ids(id: np.ndarray, rows: list[np.ndarray]) -> list[list[str]]:
    return [id[found].tolist() for found in rows]
