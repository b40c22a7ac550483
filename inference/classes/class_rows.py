"""Rows of pictures on the page of class predictions. Text from outside goes through `escape`."""

from html import escape

from inference.classes.class_examples import Confusion, HardClass
from inference.classes.class_report_inputs import PICTURES_A_ROW, ClassReport


def confused(report: ClassReport) -> str:
    """Returns HTML of the pairs of classes that are confused most often."""
    parts = []
    for one in report.confused:
        pair = f"{_name(report, one.label)} taken for {_name(report, one.predicted)}"
        parts.append(_row(report, f"{pair}: {len(one.rows)} of {one.of}", one))
    return _rows(parts)


def hardest(report: ClassReport) -> str:
    """Returns HTML of the classes with the lowest recall."""
    parts = []
    for one in report.hardest:
        parts.append(_row(report, f"{_name(report, one.label)}: {one.recall:.0%} of {len(one.rows)} right", one))
    return _rows(parts)


def _row(report: ClassReport, head: str, one: Confusion | HardClass) -> str:
    items = "".join(_item(report, int(place)) for place in one.rows[:PICTURES_A_ROW])
    more = len(one.rows) - PICTURES_A_ROW
    items += f'<div class="more">and {more} more</div>' if more > 0 else ""
    return f'<div class="row"><div><h3>{head}</h3><div class="items">{items}</div></div></div>'


def _item(report: ClassReport, place: int) -> str:
    rows = report.rows
    id = report.found.products["id"].iloc[int(rows.row[place])]
    picture, right = report.pictures.get(id), rows.label[place] == rows.predicted[place]
    shown = f'<img src="{escape(picture)}" alt="">' if picture else "no picture"
    status = "right" if right else "wrong"
    return (
        f'<div class="item {status}" title="{escape(id)}"><div class="picture">{shown}</div><div class="tag">'
        f"<span>{_name(report, rows.predicted[place])}</span><span>{rows.confidence[place]:.2f}</span></div></div>"
    )


def _name(report: ClassReport, label: int) -> str:
    return escape(report.found.tree.names[label])


def _rows(parts: list[str]) -> str:
    return f'<div class="rows">{"".join(parts)}</div>' if parts else '<p class="nothing">None among these rows.</p>'
