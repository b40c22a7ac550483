"""Trains an encoder of products, or with --matcher or --judgements one of queries and products.

python -m training.train --flagfile=flags/recipes/quickstart.flags --records=records --run=runs/first
"""

from flags import command, data, distribution, model, optimizer, recall, run, selection, smoke, title_recall, together


def main(
    records: data.Records,
    model: model.Model,
    optimization: optimizer.Optimization,
    distribution: distribution.Distribution,
    run: run.Run,
    rows: selection.TrainingRows,
    recall: recall.Recall,
    titles: title_recall.TitleRecall,
) -> None:
    """Trains, or goes on with a run that was stopped, and says what to do with it."""
    if not records.records or not (run.run or run.plot_schedule):
        raise ValueError("--records=<folder of records> and --run=<folder of the run> are both needed.")
    if titles.judgements:
        titles.check_together(model, optimization, distribution, run, rows, recall.matcher)
        return _train_titles(records, titles, model, optimization, distribution, run)
    titles.check_idle(recall.matcher)
    if recall.matcher != "none":
        return _train_matcher(records.records, model, optimization, distribution, run, rows, recall)
    together.check_together(model, optimization)
    if run.smoke:
        model, optimization = smoke.shrink(model, optimization)
        rows = smoke.all_classes(rows)
    if run.plot_schedule:
        from training import schedule_plot

        schedule_plot.draw_run(records.records, model, optimization, run, rows)
        print(f"wrote {run.plot_schedule}; give the same command without --plot_schedule to train.")
        return
    from training.machine import before_import

    before_import.prepare(distribution.accelerator, distribution.backend)
    from training.product_training import Training

    outcome = Training(records.records, model, optimization, distribution, run, rows).run()
    _say(outcome, run.run)
    following = "classify" if model.head == "linear" else "embed"
    print(f"next: python -m inference.{following} --records={records.records} --run={run.run}")


def _train_matcher(records, model, optimization, distribution, run, rows, recall):
    if run.smoke or run.plot_schedule:
        name = "smoke" if run.smoke else "plot_schedule"
        raise ValueError(f"--{name} is for product encoders and has no effect on --matcher: leave it out.")
    recall.check_together(model, optimization, rows, distribution)
    from training.machine import before_import

    before_import.prepare(distribution.accelerator, distribution.backend)
    from training.recall.recall_training import RecallTraining

    _say(RecallTraining(records, recall, optimization, distribution, run).run(), run.run)
    if recall.matcher == "pretrain":
        print(f"next: python -m inference.captions --records={records} --run={run.run}")
    else:
        print(f"next: python -m inference.score --records={records} --run={run.run}")


def _train_titles(records, titles, model, optimization, distribution, run):
    from training.machine import before_import

    before_import.prepare(distribution.accelerator, distribution.backend)
    from training.recall.title_training import TitleTraining

    training = TitleTraining(records.records, titles, model, optimization, distribution, run, records.max_rejects)
    _say(training.run(), run.run)
    print(f"next: python -m inference.score --records={records.records} --run={run.run}")


def _say(outcome, run: str) -> None:
    print(f"{outcome.steps} steps; best {outcome.deciding} {outcome.best_score:.4f} at step {outcome.best_step}.")
    print(f"wrote {run}/best, {run}/metrics.jsonl, {run}/tensorboard")


def cli() -> None:
    command.run(
        main, data.Records, model.Model, optimizer.Optimization, distribution.Distribution, run.Run,
        selection.TrainingRows, recall.Recall, title_recall.TitleRecall,
    )  # fmt: skip


if __name__ == "__main__":
    cli()
