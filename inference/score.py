"""Scores the candidates of a fold's queries by a trained matcher, or the marked products by towers of text.

    python -m inference.score --records=records --run=runs/words
    python -m inference.score --records=records --run=runs/words --scored_fold=1
    python -m inference.score --records=records --run=runs/titles --scored_fold=1 --judgements=marks.csv

Writes scores.csv and scores.json into --scores, or into a folder within the run.
"""

from flags import command, data, distribution, ranking, run, scoring, title_recall


def main(
    records: data.Records,
    run: run.Run,
    distribution: distribution.Distribution,
    scoring: scoring.Scoring,
    scores: ranking.Scores,
    judged: title_recall.Judged,
) -> None:
    """Scores, and says what was written."""
    if not records.records or not run.run:
        raise ValueError(
            "--records=<folder> and --run=<folder of a trained matcher or of towers of text> are both needed."
        )
    if len(scores.folders()) > 1 or (scores.scores and scoring.embedded_queries):
        raise ValueError(f"--scores={scores.scores}: one folder is written, and none beside --embedded_queries.")
    from training.machine import before_import

    before_import.prepare(distribution.accelerator, distribution.backend)
    from inference.recall.scoring import Scorer, default_folder
    from training.recall import title_models
    from training.run_folder import RunFolder

    folder = (scores.folders() or [default_folder(run.run, scoring.scored_fold)])[0]
    if title_models.is_run(RunFolder(run.run)):
        from inference.recall.title_scoring import TitleScorer

        scoring.check_titles()
        scorer = TitleScorer(records.records, run.run, distribution, judged.judgements)
        return _say(folder, scorer.write(scoring.scored_fold, folder))
    if judged.judgements:
        raise ValueError(
            f"--judgements={judged.judgements} has no effect on {run.run}, which is a matcher's: leave it out."
        )
    scorer = Scorer(records.records, run.run, distribution)
    if scoring.embedded_queries:
        count = scorer.write_queries(scoring.embedded_queries)
        print(f"wrote {scoring.embedded_queries}: {count:,} training queries")
        print(f"next: python -m training.mine --records={records.records} --mined=<folder> --mine_by=kmeans "
              f"--query_embeddings={scoring.embedded_queries}")  # fmt: skip
        return
    _say(folder, scorer.write(scoring.scored_fold, folder, k_share=scoring.k_reciprocal, smoothed=scoring.smoothed))


def _say(folder: str, found) -> None:
    print(f"wrote {folder}/scores.csv: {len(found):,} candidates of {len(found.queries):,} queries")
    print(f"next: python -m inference.rank --scores={folder}")


def cli() -> None:
    """Runs `main` from the command line."""
    command.run(
        main, data.Records, run.Run, distribution.Distribution, scoring.Scoring, ranking.Scores, title_recall.Judged
    )


if __name__ == "__main__":
    cli()
