"""Ranks candidates by the scores of a recall model: the best products of every query, nDCG@5, a submission.

    python -m inference.rank --scores=runs/words/scores
    python -m inference.rank --scores=runs/words/scores_testB --submission_file=submission.csv

Writes rankings.csv and ranking.json into each folder of scores.
"""

from flags import command, ranking


def main(scores: ranking.Scores, options: ranking.Ranking) -> None:
    """Ranks, prints the figures, and says what was written."""
    folders = scores.folders()
    if not folders:
        raise ValueError("--scores=<folder of scores, of a recall run or of python -m inference.ensemble> is needed.")
    if options.submission_file and len(folders) > 1:
        raise ValueError(
            f"--submission_file={options.submission_file} is of one folder, and --scores names {len(folders)}: submit "
            "each by itself."
        )
    from inference.ranking import pool_rules
    from inference.ranking import ranking as ranks

    outcomes = {folder: ranks.rank(folder, options) for folder in folders}
    lines = [line for outcome in outcomes.values() for line in outcome.lines]
    if lines:
        print(ranks.table(lines))
    for line in lines:
        if line.unanswered and line.pool_rule == "none":
            print(f"{line.fold}: {line.unanswered:,} queries have no relevant candidate and count as 0")
    for folder, outcome in outcomes.items():
        if outcome.flat:
            print(f"{folder}: {outcome.flat:,} queries have one score for all candidates, ranked by product id alone")
    if options.pool_rule != "none":
        print(pool_rules.SAYS)
        print("\n".join(_held_back(folder, outcome, options) for folder, outcome in outcomes.items()))
    for folder, outcome in outcomes.items():
        print(f"wrote {folder}/rankings.csv, ranking.json: {outcome.queries:,} queries, {outcome.rows:,} rows")
    print(_next(folders, bool(lines), options, outcomes[folders[0]].submitted))


def _held_back(folder: str, outcome, options) -> str:
    said = f"{folder}: {outcome.held_back:,} candidates held back by {options.pool_rule}"
    low, high = outcome.span
    if options.pool_rule == "listed_once" and not 0 <= low <= high <= 1:
        said += f"; --gap={options.gap:g} is in units of the scores, which run from {low:.4g} to {high:.4g}"
    return said


def _next(folders: list[str], judged: bool, options, submitted: int) -> str:
    if submitted:
        return f"wrote {options.submission_file}: {submitted:,} queries\nnext: hand in {options.submission_file}"
    if judged:
        return f"next: python -m inference.ensemble --scores={folders[0]},<another model's> --run=<folder>"
    return f"next: python -m inference.rank --scores={folders[0]} --submission_file=submission.csv"


def cli() -> None:
    """Runs `main` from the command line."""
    command.run(main, ranking.Scores, ranking.Ranking)


if __name__ == "__main__":
    cli()
