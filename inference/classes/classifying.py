"""Classifies records with one run and writes a folder of predictions."""

import dataclasses

import numpy as np
import pandas as pd

from inference.classes import class_tree, looks, members, predicting, prediction_folder, written
from inference.classes.class_tree import ClassTree
from inference.classes.look_input import LookInput
from inference.classes.predicting import Predicted
from inference.classes.scoreboard import Scoreboard, Scored
from tfrecords_tools.manifest import Manifest
from training import devices, embedding
from training.run_folder import RunFolder

UNLABELLED = -1


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What classifying came to.

    Attributes:
      rows: classified.
      strange: labelled rows of classes that the run does not know, which are not scored.
      scores: of labelled rows.
    """

    rows: int
    strange: int
    scores: list[Scored]


def classify(records: str, run: str, folder: str, options, output, weights: str, distribution, seed: int) -> Outcome:
    """Predicts the classes of records.

    Args:
      records: folder of the records.
      run: run folder.
      folder: of the predictions.
      options: flags.classify.Classification.
      output: flags.classify.Predictions.
      weights: see members.load.
      distribution: flags.distribution.Distribution.
      seed: of looks that are random.

    Raises:
      ValueError: flags that do not fit the run or the records.
    """
    run_folder, manifest = RunFolder(run), Manifest.read(records)
    config = run_folder.config()
    tree = class_tree.of_run(run_folder, records, manifest)
    written.check(output, tree, options.classify_rows)
    kinds = _kinds(manifest, config)
    folds = _folds(kinds, options, run)
    views = looks.of_flags(options, config.optimization.augment)
    chosen = devices.choose(distribution)
    loaded, titles = members.load(run_folder, weights, chosen)
    products = LookInput(records, manifest, config.model, titles, views, seed)
    table = product_table(records, folds, tree)
    names = {fold: kind for kind, some in kinds.items() for fold in some}
    fold_names = table["fold"].map(lambda fold: names.get(fold, "")).to_numpy()
    board = Scoreboard(tree, table["label"].to_numpy(), fold_names)
    with prediction_folder.writing(
        folder, len(table), prediction_folder.kept(output.top_classes, len(tree.names))
    ) as out:
        for batch in predicting.predict(chosen, loaded, products, folds):
            out.add(_score(board, batch, [member.name for member in loaded], views, options.tta).classes)
    lines = board.result()
    about = {
        "records": records,
        "records_fingerprint": manifest.source_fingerprint,
        "members": [_about(run, member, options, views) for member in loaded],
        "held_out": {kind: some for kind, some in kinds.items() if kind in ("validation", "test")},
        "scores": [dataclasses.asdict(line) for line in lines],
    }
    prediction_folder.finish(folder, table, tree, about)
    strange = int(((table["label"] < 0) & (table["fold"] != UNLABELLED)).sum())
    return Outcome(len(table), strange, lines)


def product_table(records: str, folds, tree: ClassTree) -> pd.DataFrame:
    """Columns id, label (the class, -1 = none), label_name, fold of the records of some folds (None = all)."""
    table = embedding.product_table(records, folds, ("id", "label_name", "fold"))
    table.insert(1, "label", tree.labels(table["label_name"]))
    return table


def _kinds(manifest: Manifest, config) -> dict[str, list[int]]:
    """The folds with labels that are for validation, test and training; of other records all are for test."""
    every, run = range(manifest.folds), config.run
    if manifest.source_fingerprint != config.facts.records:
        return {"validation": [], "test": list(every), "training": []}
    held_out = {"validation": [run.validation_fold], "test": [run.test_fold]}
    found = {kind: [fold for fold in some if fold >= 0] for kind, some in held_out.items()}
    return found | {"training": [fold for fold in every if fold not in (run.validation_fold, run.test_fold)]}


def _folds(kinds: dict[str, list[int]], options, run: str) -> list[int] | None:
    rows = options.classify_rows
    if rows == "all":
        return None
    if rows == "unlabelled":
        return [UNLABELLED]
    if not kinds[rows]:
        raise ValueError(
            f"--classify_rows={rows}: these records have no such rows. {run} was trained with --{rows}_fold=-1, or on "
            "other records, of which all rows count as test."
        )
    return kinds[rows]


def _score(board: Scoreboard, batch, names: list[str], views, tta: str) -> Predicted:
    """Adds each member and their sum to the board, with one look and with all; returns the sum with all looks."""
    whole = Predicted.mean(batch.all_looks)
    lines = list(zip(names, batch.first_look, batch.all_looks, strict=True))
    if len(names) > 1:
        lines.append((f"sum of {len(names)}", Predicted.mean(batch.first_look), whole))
    for name, first, every in lines:
        board.add(f"{name}, {views.first}" if views.first else name, batch.rows, first)
        if tta != "none":
            board.add(f"{name}, {tta}", batch.rows, every)
    return whole


def _about(run: str, member, options, views) -> dict:
    facts = {"run": run, "weights": member.name, "fingerprint": member.fingerprint, "space": member.space}
    return facts | {"tta": options.tta, "look_weights": np.round(views.weights, 6).tolist()}
