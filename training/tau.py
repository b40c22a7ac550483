"""Normalises a plain classifier: each class's weights are divided by the tau-th power of their length.

python -m training.tau --records=records --run=runs/decoupled
"""

from flags import command, data, distribution, run


def main(records: data.Records, distribution: distribution.Distribution, run: run.Run) -> None:
    """Prints the validation scores by tau, and writes the weights of the best into --run/averaged."""
    if not (records.records and run.run):
        raise ValueError("--records=<folder of records> and --run=<folder of a trained run> are both needed.")
    from training.machine import before_import

    before_import.prepare(distribution.accelerator, distribution.backend)
    from training import tau_normalization

    rows = tau_normalization.normalize(records.records, run.run, distribution)
    best = max(rows, key=lambda row: row.score)
    for row in rows:
        print(f"{'>' if row is best else ' '} tau {row.tau:.1f}  {row.measure} {row.score:.4f}")
    print(f"wrote {run.run}/averaged (marked >)")
    print(f"next: python -m inference.classify --records={records.records} --run={run.run} --run_weights=averaged")


def cli() -> None:
    command.run(main, data.Records, distribution.Distribution, run.Run)


if __name__ == "__main__":
    cli()
