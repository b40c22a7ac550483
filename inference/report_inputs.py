"""Gathers what a report shows from the folders of a run."""

import io
import json
import os

import numpy as np
import pandas as pd
import tensorflow as tf

from inference import embedding_folder, match_folder, report_examples, report_pictures
from inference.report_page import Report

ENTRIES = ("gallery_size", "rows", "validation_fold", "test_fold", "methods", "chosen", "curves", "histograms")


def collect(run: str, matches: str, embeddings: str, examples: int, thumbnail: int) -> Report:
    """Reads the matches, embeddings and pictures that a report shows. Loads no model.

    Args:
      run: run folder.
      matches: folder of match.json and test_matches.csv. Without a test fold there is no test_matches.csv, and the
        page shows no pictures.
      embeddings: folder of the embeddings that the matches come from.
      examples: queries of each kind, and groups.
      thumbnail: longest side of a picture in pixels.

    Raises:
      FileNotFoundError: match.json or embeddings.json is missing; says which command writes it.
      ValueError: matches, embeddings and records are not of one another, or match.json lacks an entry.
    """
    match = _match(matches)
    spaces, products, about = embedding_folder.read(embeddings)
    group_of = dict(zip(products["id"], products["label_name"], strict=True))
    scores = pair_scores(_shown_first(spaces, match["chosen"]), list(products["id"]))
    queries = report_examples.read_queries(_test_matches(matches), group_of, scores)
    right = report_examples.right_examples(queries, examples)
    wrong = report_examples.wrong_examples(queries, group_of, examples)
    missed = report_examples.missed_examples(queries, examples)
    hardest = report_examples.hardest_groups(queries, examples)
    shown = [*right, *wrong, *missed, *(query for group in hardest for query in group.queries)]
    wanted = products[products["id"].isin({id for query in shown for id in _ids(query)})]
    return Report(
        name=os.path.basename(run.rstrip("/")),
        match=match,
        chain=match_folder.read_ablation(matches),
        metrics=_metrics(f"{run}/metrics.jsonl"),
        right=right,
        wrong=wrong,
        missed=missed,
        hardest=hardest,
        titles=dict(zip(wanted["id"], wanted["title"], strict=True)),
        pictures=report_pictures.thumbnails(about["records"], wanted["id"], wanted["fold"].tolist(), thumbnail),
        sources={"run": run, "matches": matches, "embeddings": embeddings, "records": about["records"]},
    )


def pair_scores(spaces: dict[str, np.ndarray], ids: list[str]):
    """Returns a function (query id, ids) -> cosines by space of each id; an id that is unknown has none.

    Args:
      spaces: name -> float32 `[products, dim]`, L2-normalised; a zero row has no cosine in that space.
      ids: of the products, row by row.
    """
    row_of = {id: row for row, id in enumerate(ids)}

    def scores(query: str, others: list[str]) -> list[dict[str, float]]:
        found: list[dict[str, float]] = [{} for _ in others]
        for space, vectors in spaces.items():
            for scored, other in zip(found, others, strict=True):
                if query in row_of and other in row_of:
                    first, second = vectors[row_of[query]], vectors[row_of[other]]
                    if first.any() and second.any():
                        scored[space] = float(first @ second)
        return found

    return scores


def _shown_first(spaces: dict[str, np.ndarray], chosen: str) -> dict[str, np.ndarray]:
    """Puts the space of the chosen method first, else the joint one: examples are ordered by it."""
    return dict(sorted(spaces.items(), key=lambda item: (item[0] != chosen, item[0] != "joint")))


def _match(folder: str) -> dict:
    match = match_folder.read_match(folder)
    lacking = [entry for entry in ENTRIES if entry not in match]
    if lacking:
        raise ValueError(
            f"{folder}/match.json lacks {', '.join(lacking)}: another version wrote it. "
            "Run python -m inference.match again."
        )
    return match


def _test_matches(folder: str) -> pd.DataFrame:
    path = f"{folder}/test_matches.csv"
    if not tf.io.gfile.exists(path):
        return pd.DataFrame(columns=["posting_id", "matches", "expected", "f1"])
    text = dict.fromkeys(("posting_id", "matches", "expected"), str)
    return pd.read_csv(io.StringIO(_text(path)), dtype=text, keep_default_na=False)


def _ids(query: report_examples.Query) -> list[str]:
    return [query.id, *(match.id for match in query.matches)]


def _metrics(path: str) -> list[dict]:
    return [json.loads(line) for line in _text(path).splitlines()] if tf.io.gfile.exists(path) else []


def _text(path: str) -> str:
    with tf.io.gfile.GFile(path, "r") as file:
        return file.read()
