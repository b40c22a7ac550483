"""The chain on the report: F1 after each step as bars, and which steps were left out."""

from html import escape

from inference.chain.chain import Step
from inference.chain.steps import STEPS

ENDS = {"alone": "Every product by itself.", "final": "All steps that were kept."}


def panel(steps: list[Step]) -> str:
    """Returns HTML of all steps, "" where no chain was climbed."""
    if not steps:
        return ""
    bars = "".join(_row(step) for step in steps)
    return (
        '<div class="panel"><table><thead><tr><th>Step</th><th>Mean F1 on test</th><th>On validation</th>'
        f"<th>Matches per product</th><th>Seconds</th></tr></thead><tbody>{bars}</tbody></table></div>"
    )


def _row(step: Step) -> str:
    name, f1 = step.name, step.mean_f1
    about = ENDS.get(name) or STEPS[name].__doc__.splitlines()[0]
    badge = "" if step.kept else '<span class="badge">left out</span>'
    return (
        f'<tr class="{"chosen" if name == "final" else ""}">'
        f"<td>{escape(name)}{badge}<small>{escape(about)}</small></td>"
        f'<td><div class="bar"><b>{_figure(f1, 4)}</b><i style="width:{170 * (f1 or 0):.0f}px"></i></div></td>'
        f"<td>{_figure(step.validation_f1, 4)}</td><td>{_figure(step.matches_per_item, 2)}</td>"
        f"<td>{_figure(step.seconds, 1)}</td></tr>"
    )


def _figure(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
