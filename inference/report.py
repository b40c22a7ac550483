"""Writes one HTML page that shows what was matched: the scores beside the baselines, curves, and pictures.

    python -m inference.report --run=runs/first

Reads <run>/matches, <run>/embeddings, <run>/metrics.jsonl and the records' pictures; loads no model.
"""

from flags import command, matching, run


def main(run: run.Run, matching: matching.Matching, report: matching.Report) -> None:
    """Collects what a run left behind, writes the page whole, and says where it lies."""
    if not run.run:
        raise ValueError("--run is empty: name the run folder that embed and match wrote into.")
    from inference import report_inputs, report_page
    from tfrecords_tools.writer import write_whole

    page = report_inputs.collect(
        run.run,
        matching.matches or f"{run.run}/matches",
        matching.embeddings or f"{run.run}/embeddings",
        report.examples,
        report.thumbnail,
    )
    path = report.report or f"{run.run}/report.html"
    text = report_page.render(page).encode()
    write_whole(path, text)
    print(f"wrote {path} ({len(text) / 1e6:.1f} MB): open it in a browser")


def cli() -> None:
    """Runs `main` from the command line."""
    command.run(main, run.Run, matching.Matching, matching.Report)


if __name__ == "__main__":
    cli()
