"""Trains an encoder of products.

python -m training.train --flagfile=flags/recipes/quickstart.flags --records=records --run=runs/first
"""

from flags import command, data, distribution, model, optimizer, run, selection, smoke, together


def main(
    records: data.Records,
    model: model.Model,
    optimization: optimizer.Optimization,
    distribution: distribution.Distribution,
    run: run.Run,
    rows: selection.TrainingRows,
) -> None:
    """Trains, or goes on with a run that was stopped, and says what to do with it."""
    if not records.records or not (run.run or run.plot_schedule):
        raise ValueError("--records=<folder of records> and --run=<folder of the run> are both needed.")
    together.check_together(model, optimization)
    if run.smoke:
        model, optimization = smoke.shrink(model, optimization)
        rows = smoke.all_classes(rows)
    if run.plot_schedule:
        from training import schedule_plot

        schedule_plot.draw_run(records.records, model, optimization, run, rows)
        print(f"wrote {run.plot_schedule}; give the same command without --plot_schedule to train.")
        return
    from training.machine import tpu_environment

    tpu_environment.prepare(distribution.accelerator, distribution.backend)
    from training.product_training import Training

    outcome = Training(records.records, model, optimization, distribution, run, rows).run()
    print(f"{outcome.steps} steps; best {outcome.deciding} {outcome.best_score:.4f} at step {outcome.best_step}.")
    print(f"wrote {run.run}/best, {run.run}/metrics.jsonl, {run.run}/tensorboard")
    print(f"next: python -m inference.embed --records={records.records} --run={run.run}")


def cli() -> None:
    command.run(
        main, data.Records, model.Model, optimizer.Optimization, distribution.Distribution, run.Run,
        selection.TrainingRows,
    )  # fmt: skip


if __name__ == "__main__":
    cli()
