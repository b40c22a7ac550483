"""Tells the classes of products: probabilities, scores of the labelled rows, and a submission.

    python -m inference.classify --records=records --run=runs/first --tta=flip

Writes <run>/predictions.
"""

from flags import classify, command, data, distribution, run, weights


def main(
    records: data.Records,
    classification: classify.Classification,
    predictions: classify.Predictions,
    weights: weights.RunWeights,
    distribution: distribution.Distribution,
    run: run.Run,
) -> None:
    """Classifies, prints the scores, and says what was written."""
    if not records.records or not run.run:
        raise ValueError("--records=<folder of records> and --run=<folder of a trained run> are both needed.")
    if weights.run_weights == "untrained":
        raise ValueError("--run_weights=untrained is for embed: classes are known to a trained head alone.")
    folder, *others = predictions.folders() or [f"{run.run.rstrip('/')}/predictions"]
    if others:
        raise ValueError(f"--predictions={predictions.predictions} names several folders: classify writes one.")
    from training.machine import before_import

    before_import.prepare(distribution.accelerator, distribution.backend)
    from inference.classes import classifying, scoreboard, written

    outcome = classifying.classify(
        records.records, run.run.rstrip("/"), folder, classification, predictions,
        weights.run_weights, distribution, run.seed,
    )  # fmt: skip
    if outcome.scores:
        print(scoreboard.table(outcome.scores))
    if outcome.strange:
        print(f"{outcome.strange:,} labelled rows are of classes that the training had no row of: not scored")
    print(f"wrote {folder}/classes.npy, probabilities.npy, products.csv, predictions.json: {outcome.rows:,} rows")
    print("\n".join(written.submission(folder, predictions)))
    named = "" if folder == f"{run.run.rstrip('/')}/predictions" else f" --predictions={folder}"
    print(f"next: python -m inference.report --run={run.run}{named}")


def cli() -> None:
    """Runs `main` from the command line."""
    concerns = classify.Classification, classify.Predictions, weights.RunWeights, distribution.Distribution, run.Run
    command.run(main, data.Records, *concerns)


if __name__ == "__main__":
    cli()
