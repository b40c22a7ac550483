"""Predictions of classes as one HTML page that needs nothing else. Text from outside goes through `escape`."""

from html import escape

from inference import report_style
from inference.classes import class_examples, class_rows
from inference.classes.class_examples import Judged
from inference.classes.class_report_inputs import ClassReport
from inference.report_charts import line_chart

SCORES = {
    "top1": "Top-1 accuracy",
    "top5": "Right class among the best five",
    "mean_class_accuracy": "Accuracy of each class, averaged (AliProducts' MAP)",
    "gap": "GAP@1 over all rows",
    "macro_f1": "F1 of each class, averaged",
    "calibration_error": "Calibration error, 15 bins",
}
SECTIONS = {
    "scores": "Scores",
    "reliability": "How sure, how right",
    "confused": "Confused classes",
    "hardest": "Hardest classes",
}


def render(report: ClassReport) -> str:
    """Returns the page."""
    rows, scores = report.rows, class_examples.scores(report.found, report.rows)
    links = "".join(f'<a href="#{name}">{title}</a>' for name, title in SECTIONS.items())
    which = "that no member was trained on" if rows.unseen else "that were trained on: no others have labels"
    classes = f"{len(report.found.tree.names):,} classes"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Classes</title>'
        f"<style>{report_style.STYLE}</style></head><body><header><div><h1>Classes</h1>"
        f"<p>{len(rows.row):,} labelled rows {which}; {classes}</p></div></header>"
        f"<main>{_tiles(scores)}</main><nav><div>{links}</div></nav><main>{_scores(report, scores)}"
        f"{_reliability(rows)}{_confused(report)}{_hardest(report)}</main>{_footer(report)}</body></html>\n"
    )


def _tiles(scores: dict[str, float]) -> str:
    names = ("top1", "mean_class_accuracy", "gap", "calibration_error")
    tiles = [
        f'<div class="tile {"" if place else "main"}"><b>{scores[name]:.3f}</b><span>{SCORES[name]}</span></div>'
        for place, name in enumerate(names)
    ]
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _scores(report: ClassReport, scores: dict[str, float]) -> str:
    lines = [(SCORES[name], f"{value:.4f}") for name, value in scores.items()]
    for level, accuracy in enumerate(class_examples.level_accuracies(report.found, report.rows), start=1):
        lines.append((f"Right category at level {level}", "–" if accuracy is None else f"{accuracy:.4f}"))
    cells = "".join(f"<tr><td>{escape(name)}</td><td>{value}</td></tr>" for name, value in lines)
    members = "".join(
        f"<tr><td>{escape(one['name'])}</td><td>{escape(one['fold'])}</td><td>{one['rows']:,}</td>"
        f"<td>{_value(one, 'top1')}</td><td>{_value(one, 'gap')}</td><td>{_value(one, 'calibration_error')}</td></tr>"
        for one in report.found.about.get("scores", [])
    )
    head = "<th>Weights</th><th>Rows of</th><th>Rows</th><th>Top-1</th><th>GAP@1</th><th>Calibration error</th>"
    return (
        _heading("scores", "Over all rows together, not a mean of batches.")
        + f'<div class="grid two"><div class="panel"><table><tbody>{cells}</tbody></table></div>'
        + f'<div class="panel"><table><thead><tr>{head}</tr></thead><tbody>{members}</tbody></table></div></div>'
    )


def _value(one: dict, name: str) -> str:
    return f"{one['scores'][name]:.4f}" if name in one["scores"] else "–"


def _reliability(rows: Judged) -> str:
    confidence, accuracy, share = class_examples.reliability(rows)
    series = {"predictions": (confidence, accuracy), "as sure as right": ([0.0, 1.0], [0.0, 1.0])}
    charts = [
        ("Accuracy against confidence", line_chart(series, "confidence", "share of right answers")),
        ("Where confidences lie", line_chart({"rows": (confidence, share)}, "confidence", "share of the rows")),
    ]
    panels = "".join(f'<div class="panel"><h3>{title}</h3>{chart}</div>' for title, chart in charts)
    about = "Below the straight line answers are surer than right; the mean distance from it is the calibration error."
    return _heading("reliability", about) + f'<div class="grid two">{panels}</div>'


def _confused(report: ClassReport) -> str:
    about = "The pairs confused most often, the most confident mistakes first."
    return _heading("confused", about) + class_rows.confused(report)


def _hardest(report: ClassReport) -> str:
    about = "Classes with the lowest share of right answers, wrong ones first."
    return _heading("hardest", about) + class_rows.hardest(report)


def _heading(name: str, about: str) -> str:
    return f'<h2 id="{name}">{SECTIONS[name]}</h2><p class="about">{about}</p>'


def _footer(report: ClassReport) -> str:
    sources = {"predictions": report.found.folder, "records": report.found.about["records"]}
    text = " &middot; ".join(f"{name} <code>{escape(path)}</code>" for name, path in sources.items())
    return f"<footer>{text}</footer>"
