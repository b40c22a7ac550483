"""What classify and ensemble write beside the predictions themselves: submission.csv."""

import pandas as pd

from inference.classes import backing_off, class_submission, prediction_folder
from inference.classes.class_tree import ClassTree
from inference.classes.prediction_folder import Predictions
from inference.submit import write_csv
from tfrecords_tools.manifest import Manifest


def check(options, tree: ClassTree, rows: str = "all") -> None:
    """Refuses before any work what could not be written after it.

    Args:
      options: flags.classify.Predictions.
      rows: --classify_rows.

    Raises:
      ValueError: a competition asks for unlabelled rows and they are not classified; or levels that there are not.
    """
    if options.submission != "table" and rows not in ("all", "unlabelled"):
        raise ValueError(
            f"--submission={options.submission} is of unlabelled rows, and --classify_rows={rows} has none: give "
            "--classify_rows=unlabelled, or --submission=table."
        )
    if options.min_confidence and not tree.levels:
        raise ValueError(
            f"--min_confidence={options.min_confidence:g} backs off to levels of a category tree, and these records "
            "have none: convert with --hierarchy, or leave it out."
        )


def submission(folder: str, options) -> list[str]:
    """Writes submission.csv into a finished folder of predictions.

    Args:
      options: flags.classify.Predictions.

    Returns:
      lines to print: what was written, and with --min_confidence what is answered at which level.

    Raises:
      ValueError: what the competition would refuse.
    """
    found = prediction_folder.read(folder)
    path, said = f"{folder}/submission.csv", []
    if options.submission == "table":
        rows = _table(found, options.min_confidence)
        if options.min_confidence:
            said = [f"\nbacking off below {options.min_confidence:g}:", _shares(found, options.min_confidence), ""]
    else:
        rows = _competition(found, options)
    write_csv(path, rows)
    return [*said, f"wrote {path}: {len(rows):,} rows ({', '.join(rows.columns)})"]


def _table(found: Predictions, min_confidence: float) -> pd.DataFrame:
    ids = found.products["id"]
    parts = [
        class_submission.table(found.tree, ids[part], found.classes[part], found.probabilities[part], min_confidence)
        for part in prediction_folder.blocks(len(found))
    ]
    return pd.concat(parts, ignore_index=True)


def _shares(found: Predictions, min_confidence: float) -> str:
    parts = [
        backing_off.answers(found.tree, found.classes[part], found.probabilities[part], min_confidence)
        for part in prediction_folder.blocks(len(found))
    ]
    answer = backing_off.joined(parts)
    return backing_off.table(backing_off.shares(found.tree, answer, found.products["label"].to_numpy()))


def _competition(found: Predictions, options) -> pd.DataFrame:
    unlabelled = found.products["fold"].to_numpy() == -1
    ids = found.products["id"][unlabelled].tolist()
    if not ids:
        raise ValueError(f"--submission={options.submission}: {found.folder} has no unlabelled row to answer.")
    predicted = [found.tree.names[place] for place in found.classes[unlabelled, 0]]
    if options.submission_ids:
        wanted = class_submission.wanted_ids(options.submission_ids)
    else:
        count, wanted = Manifest.read(found.about["records"]).count([-1]), ids
        if count != len(ids):
            raise ValueError(f"{found.about['records']} has {count} unlabelled rows, and {len(ids)} are predicted.")
    return class_submission.COMPETITIONS[options.submission](ids, predicted, wanted)
