"""The charts of the report: F1 against threshold, score histograms, and how training went."""

from html import escape

from inference.report_charts import histogram_chart, line_chart

TRAINED = ("image", "title", "joint")
TRAINING_CHARTS = {"loss": "Training loss", "learning_rate": "Learning rate", "mean_f1": "Validation F1 while training"}


def panels(match: dict, metrics: list[dict]) -> str:
    """Returns HTML of all charts.

    Args:
      match: match.json, of which `curves`, `histograms` and the methods' thresholds are drawn.
      metrics: lines of metrics.jsonl.
    """
    curves = {name: (curve["threshold"], curve["validation_f1"]) for name, curve in match["curves"].items()}
    matching = [_panel("F1 against threshold", line_chart(curves, "cosine threshold", "validation F1", _best(curves)))]
    used = {method["name"]: (method.get("thresholds") or {}).get(method["name"]) for method in match["methods"]}
    for space in _worth_showing(match["histograms"]):
        counts = match["histograms"][space]
        chart = histogram_chart(counts["bins"], counts["same"], counts["different"], used.get(space))
        matching.append(_panel(f"Scores in the {escape(space)} space", chart))
    training = [
        _panel(title, line_chart(series, "training step", "")) for title, series in training_series(metrics).items()
    ]
    return f'<div class="grid two">{"".join(matching)}</div><div class="grid three">{"".join(training)}</div>'


def training_series(metrics: list[dict]) -> dict[str, dict[str, tuple[list, list]]]:
    """Returns chart title -> series name -> (steps, values) of the loss, the learning rate and the F1 of each space."""
    charts: dict[str, dict[str, tuple[list, list]]] = {}
    for line in metrics:
        for key, value in line.items():
            space, _, figure = key.rpartition("/")
            if figure in TRAINING_CHARTS and "step" in line:
                series = charts.setdefault(TRAINING_CHARTS[figure], {})
                steps, values = series.setdefault(space or figure, ([], []))
                steps.append(line["step"])
                values.append(value)
    return charts


def _best(curves: dict) -> dict[str, tuple[float, float]]:
    """Returns (threshold, F1) at the top of every curve."""
    tops = {name: max(zip(f1, threshold, strict=True)) for name, (threshold, f1) in curves.items() if f1}
    return {name: (threshold, f1) for name, (f1, threshold) in tops.items()}


def _worth_showing(spaces) -> list[str]:
    """Returns the encoder's spaces, or all where there is none: the baselines' histograms would crowd the page."""
    return [name for name in spaces if name in TRAINED] or list(spaces)


def _panel(title: str, chart: str) -> str:
    return f'<div class="panel"><h3>{title}</h3>{chart}</div>'
