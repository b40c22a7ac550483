r"""Trains rounds one after another, each a flagfile, each from the best weights of the one before.

    python -m training.rounds --rounds=flags/recipes/aliproducts/baseline.rounds --records=records --run=runs/baseline

Give the same command to go on with what was stopped. Other flags on the command line hold for every round;
--initial_run for the first alone.
"""

import sys

from flags import command, data, distribution, round_list, rounds, run


def main(rounds: rounds.Rounds, records: data.Records, distribution: distribution.Distribution, run: run.Run) -> None:
    """Plans all rounds, trains those that are not finished, and prints their table after each."""
    if not (rounds.rounds and records.records and run.run):
        raise ValueError("--rounds=<file>, --records=<folder of records> and --run=<folder of the rounds> are needed.")
    from training.staged import processes, table

    given = command.given("rounds", "flagfile", "run", "dry_run", "initial_run")
    listed = round_list.read(rounds.rounds, run.run, given, run.begins_from)
    if records.dry_run:
        from training.machine import before_import

        before_import.prepare("cpu", distribution.backend)
        from training.staged import plan

        print(plan.text(listed))
        return
    # In a process of its own: TensorFlow takes the memory of all GPUs that it sees.
    processes.check([sys.executable, "-m", "training.rounds", *sys.argv[1:], "--dry_run"])
    with processes.Processes() as running:
        for one in listed:
            running.train(one)
            print(table.write(run.run, listed), flush=True)
    print(f"wrote {run.run}/rounds.csv")
    print(f"next: python -m inference.embed --records={records.records} --run={listed[-1].folder}")


def cli() -> None:
    command.run(main, rounds.Rounds, data.Records, distribution.Distribution, run.Run)


if __name__ == "__main__":
    cli()
