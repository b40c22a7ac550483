"""Joins several runs: what they predict of classes, or how they score the candidates of queries.

    python -m inference.ensemble --predictions=runs/a/predictions,runs/b/predictions --run=runs/both
    python -m inference.ensemble --scores=runs/words/scores,runs/sentences/scores --run=runs/both

Of classes, probabilities are summed into <run>/predictions and each member's gain is shown; a row is judged only by
members that were not trained on it, so runs with different --validation_fold give out-of-fold predictions. Of
candidates, scores are standardised per query and added into <run>/scores, with weights judged on queries that they
were not found on.
"""

from flags import classify, command, ranking, run


def main(
    ensemble: classify.Ensemble,
    predictions: classify.Predictions,
    scores: ranking.Scores,
    blend: ranking.ScoreEnsemble,
    run: run.Run,
) -> None:
    """Joins, prints the table, and says what was written."""
    ranking.check_ensemble(scores, blend, ensemble, predictions)
    if scores.scores:
        join_scores(scores, blend, run)
    else:
        join_classes(ensemble, predictions, run)


def join_scores(scores: ranking.Scores, blend: ranking.ScoreEnsemble, run: run.Run) -> None:
    """Joins folders of scores into <run>/scores."""
    folders, root = scores.folders(), run.run.rstrip("/")
    if len(folders) < 2 or not root:
        raise ValueError(
            "--scores=<two folders of scores or more> and --run=<folder to write scores/ into> are both needed."
        )
    if f"{root}/scores" in folders:
        raise ValueError(f"--run={run.run}: {root}/scores is a member and would be written over. Give another --run.")
    from inference.ranking import score_ensemble, score_ensemble_table

    outcome = score_ensemble.combine(folders, root, blend)
    print(score_ensemble_table.table(folders, outcome))
    print(f"wrote {root}/scores: {outcome.queries:,} queries, {outcome.pairs:,} pairs")
    print(f"next: python -m inference.rank --scores={root}/scores")


def join_classes(ensemble: classify.Ensemble, predictions: classify.Predictions, run: run.Run) -> None:
    """Joins folders of predictions into <run>/predictions."""
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
    concerns = classify.Ensemble, classify.Predictions, ranking.Scores, ranking.ScoreEnsemble, run.Run
    command.run(main, *concerns)


if __name__ == "__main__":
    cli()
