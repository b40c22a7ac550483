r"""Finds wrong labels of the training folds by what trained runs predict, and lists the rows to train on.

python -m training.clean --records=records --runs=runs/a --balance --cleaned=cleaned
python -m training.clean --records=records --runs=runs/a,runs/b,runs/c --rule=consensus --cleaned=cleaned
python -m training.train --train_list=cleaned/reliable_train.csv --records=records --run=runs/clean
"""

import collections
import os

from flags import cleaning, command, data, distribution, run, selection


def main(
    cleaning: cleaning.Cleaning,
    records: data.Records,
    distribution: distribution.Distribution,
    run: run.Run,
    rows: selection.TrainingRows,
) -> None:
    """Writes reliable_train.csv and cleaned.html into --cleaned, and says how many rows were dropped and why."""
    if not (records.records and cleaning.folders):
        raise ValueError("--records=<folder of records> and --runs=<trained runs> are both needed.")
    from training.machine import before_import

    before_import.prepare(distribution.accelerator, distribution.backend)
    from training.cleaning.process import clean

    outcome = clean(records.records, cleaning, distribution, run, rows)
    print(f"{outcome.judged} rows of {outcome.classes} classes, {sum(outcome.reasons.values())} dropped")
    for reason, count in outcome.reasons.most_common():
        print(f"  {count:>8}  {reason}")
    print("most dropped from")
    for name, count in collections.Counter(outcome.by_class).most_common(10):
        print(f"  {count:>8}  {name}")
    path = os.path.join(cleaning.cleaned, "reliable_train.csv")
    print(f"wrote {path}, {os.path.join(cleaning.cleaned, 'cleaned.html')}")
    print(f"next: python -m training.train --records={records.records} --train_list={path} --run=<another run>")


def cli() -> None:
    command.run(main, cleaning.Cleaning, data.Records, distribution.Distribution, run.Run, selection.TrainingRows)


if __name__ == "__main__":
    cli()
