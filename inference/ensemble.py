"""Joins the predictions of several runs: probabilities are summed, each member's gain is shown.

    python -m inference.ensemble --predictions=runs/a/predictions,runs/b/predictions --run=runs/both

Writes <run>/predictions. A row is judged only by members that were not trained on it, so runs with different
--validation_fold give out-of-fold predictions.
"""

from flags import classify, command, run


def main(ensemble: classify.Ensemble, predictions: classify.Predictions, run: run.Run) -> None:
    """Joins, prints the table, and says what was written."""
    folders = predictions.folders()
    if len(folders) < 2 or not run.run:
        raise ValueError(
            "--predictions=<two folders or more of python -m inference.classify> and --run=<folder to write "
            "predictions/ into> are both needed."
        )
    if len(set(folders)) < len(folders):
        raise ValueError(f"--predictions={predictions.predictions} names a folder twice.")
    folder = f"{run.run.rstrip('/')}/predictions"
    if folder in folders:
        raise ValueError(f"--run={run.run}: {folder} is a member and would be written over. Give another --run.")
    from inference.classes import combining, gains, written

    outcome = combining.combine(folders, folder, ensemble, predictions)
    for name, unknown in outcome.unknown.items():
        if unknown:
            print(f"{name} does not know {unknown:,} of the classes: probability 0 there")
    if outcome.search:
        print(search_table(outcome.search))
    for fold, lines in outcome.lines.items():
        print(f"\n{fold} rows, each judged by members that were not trained on it:\n{gains.table(lines)}")
    print(f"\nwrote {folder}/classes.npy, probabilities.npy, products.csv, predictions.json: {outcome.rows:,} rows")
    print("\n".join(written.submission(folder, predictions)))
    print(f"next: python -m inference.report --run={run.run}")


def search_table(search) -> str:
    """How weights found on half of the rows do there and on the other half: inference.classes.combining.Search."""
    lines = ["weights searched on half of the validation rows  top1    log-likelihood"]
    for place, half in enumerate(("the half searched on", "the other half")):
        for name, scores in (("equal weights", search.equal), ("searched", search.searched)):
            top1, likelihood = scores[place]
            lines.append(f"{f'{half} ({search.rows[place]:,}), {name}':<47}  {top1:.4f}  {likelihood:.4f}")
    return "\n".join([*lines, "Then searched on all of them."])


def cli() -> None:
    """Runs `main` from the command line."""
    command.run(main, classify.Ensemble, classify.Predictions, run.Run)


if __name__ == "__main__":
    cli()
