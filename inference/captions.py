"""Draws what a pretraining has learned: products beside the labels and the caption that it gives them.

python -m inference.captions --records=records --run=runs/pretrain
"""

from flags import command, data, distribution, run, scoring


def main(
    records: data.Records, run: run.Run, distribution: distribution.Distribution, captions: scoring.Captions
) -> None:
    """Writes <run>/captions.html."""
    if not records.records or not run.run:
        raise ValueError("--records=<folder of pairs> and --run=<folder of a pretraining> are both needed.")
    from training.machine import before_import

    before_import.prepare(distribution.accelerator, distribution.backend)
    from inference.recall.captioning import write_sheet

    path = write_sheet(records.records, run.run, captions.scored_fold, captions.shown_products)
    print(f"wrote {path}")
    print(f"next: python -m training.train --matcher=word_match --initial_run={run.run} --records={records.records} "
          "--run=<folder>")  # fmt: skip


def cli() -> None:
    """Runs `main` from the command line."""
    command.run(main, data.Records, run.Run, distribution.Distribution, scoring.Captions)


if __name__ == "__main__":
    cli()
