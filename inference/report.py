"""Writes one HTML page that shows what was matched, or how products were classified: scores, curves, and pictures.

    python -m inference.report --run=runs/first

Reads <run>/matches, <run>/embeddings, <run>/metrics.jsonl and the records' pictures; loads no model. Of a run that has
predictions and no matches, or with --predictions, it is the page of classes.
"""

from flags import classify, command, matching, run


def main(run: run.Run, matching: matching.Matching, report: matching.Report, predictions: classify.Predictions) -> None:
    """Collects what a run left behind, writes the page whole, and says where it lies."""
    if not run.run:
        raise ValueError("--run is empty: name the run folder that embed and match, or classify, wrote into.")
    from tfrecords_tools.writer import write_whole

    matches = matching.matches or f"{run.run}/matches"
    folder = folder_of_classes(run.run, matches, predictions)
    text = page_of_classes(folder, report) if folder else page_of_matches(run.run, matches, matching, report)
    path = report.report or f"{run.run}/report.html"
    write_whole(path, text.encode())
    print(f"wrote {path} ({len(text.encode()) / 1e6:.1f} MB): open it in a browser")


def folder_of_classes(run: str, matches: str, predictions: classify.Predictions) -> str:
    """The folder of predictions to show, "" to show matches.

    Raises:
      ValueError: several folders.
    """
    from tfrecords_tools import files

    folders = predictions.folders()
    if len(folders) > 1:
        raise ValueError(f"--predictions={predictions.predictions} names several folders: a page shows one.")
    if folders:
        return folders[0]
    shown = files.exists(f"{run}/predictions/predictions.json") and not files.exists(f"{matches}/match.json")
    return f"{run}/predictions" if shown else ""


def page_of_classes(folder: str, report) -> str:
    """The page of a folder of predictions; `report` is flags.matching.Report."""
    from inference.classes import class_report, class_report_inputs

    return class_report.render(class_report_inputs.collect(folder, report.examples, report.thumbnail))


def page_of_matches(run: str, matches: str, matching, report) -> str:
    """The page of a folder of matches; `matching` and `report` are of flags.matching."""
    from inference import report_inputs, report_page

    embeddings = matching.embeddings or f"{run}/embeddings"
    return report_page.render(report_inputs.collect(run, matches, embeddings, report.examples, report.thumbnail))


def cli() -> None:
    """Runs `main` from the command line."""
    command.run(main, run.Run, matching.Matching, matching.Report, classify.Predictions)


if __name__ == "__main__":
    cli()
