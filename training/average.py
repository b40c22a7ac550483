"""Averages weights: the snapshots of one run, or the best weights of several.

python -m training.average --records=records --run=runs/a
python -m training.average --records=records --runs=runs/a,runs/b,runs/c --soup=greedy --run=runs/soup
"""

from flags import average, command, data, distribution, run


def main(
    records: data.Records, average: average.Average, distribution: distribution.Distribution, run: run.Run
) -> None:
    """Writes --run/averaged and --run/averages.csv, and says whether the average is worth it."""
    if not records.records or not run.run:
        raise ValueError("--records=<folder of records> and --run=<folder of the average> are both needed.")
    from training.machine import before_import

    before_import.prepare(distribution.accelerator, distribution.backend)
    from tfrecords_tools.writer import write_whole
    from training.averages import average_table, averaging

    folder = run.run.rstrip("/")
    make = averaging.average_runs if average.runs else averaging.average_snapshots
    outcome = make(records.records, folder, average, distribution)
    write_whole(f"{folder}/averages.csv", average_table.as_csv(outcome))
    print(average_table.text(outcome))
    print(f"wrote {folder}/averaged (marked >), {folder}/averages.csv")
    best = outcome.best()
    if best is outcome.written:
        print(f"next: python -m inference.embed --records={records.records} --run={folder} --run_weights=averaged")
        return
    better = best.file.rsplit("/", 2)[0]
    print(f"{best.file} scores higher than the average: keep it.")
    print(f"next: python -m inference.embed --records={records.records} --run={better}")


def cli() -> None:
    command.run(main, data.Records, average.Average, distribution.Distribution, run.Run)


if __name__ == "__main__":
    cli()
