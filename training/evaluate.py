"""Scores a trained run on a fold by retrieval, and by top-1 where classes are shared.

python -m training.evaluate --records=records --run=runs/first --validation_fold=0
"""

from flags import command, data, distribution, run


def main(records: data.Records, distribution: distribution.Distribution, run: run.Run) -> None:
    """Prints the scores of the run's best weights on --validation_fold."""
    if not records.records or not run.run:
        raise ValueError("--records=<folder of records> and --run=<folder of a trained run> are both needed.")
    from training.machine import before_import

    before_import.prepare(distribution.accelerator, distribution.backend)
    from training.evaluation import evaluate_run

    scores = evaluate_run(records.records, run.run, run.validation_fold, distribution)
    print(f"fold {run.validation_fold} of {records.records}")
    for name, value in scores.items():
        print(f"  {name:<24} {value:.4f}")
    print(f"next: python -m inference.embed --records={records.records} --run={run.run}")


def cli() -> None:
    command.run(main, data.Records, distribution.Distribution, run.Run)


if __name__ == "__main__":
    cli()
