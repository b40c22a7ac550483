"""The report as one HTML page that needs nothing else. Every text that comes from outside goes through `escape`."""

import dataclasses
from html import escape

from inference import report_chain, report_curves
from inference.chain.chain import Step
from inference.report_examples import MISSED, RIGHT, WRONG, Group, Match, Query
from inference.report_style import STYLE

MATCHES_A_ROW = 6
METHODS = {
    "alone": ("Itself alone", "every product matches only itself: the floor"),
    "phash": ("Equal phash", "the same picture hash"),
    "hamming": ("Near phash", "picture hashes that differ in few bits"),
    "tfidf": ("TF-IDF", "words or pieces of words of the title"),
    "tfidf_phash": ("TF-IDF + equal phash", "the baseline: no training"),
    "image": ("Image encoder", "pictures only"),
    "title": ("Title encoder", "titles only"),
    "joint": ("Joint encoder", "picture and title in one embedding"),
    "fused": ("Weighted sum", "scores of several spaces added up"),
    "union": ("Union", "what any of the spaces finds, each at its own threshold"),
    "chain": ("Chain", "step by step, what gained on validation"),
}
NOTHING = '<p class="nothing">None among the test queries.</p>'
SECTIONS = {
    "scores": "Scores",
    "chain": "The chain",
    "curves": "Curves",
    "right": "Right matches",
    "wrong": "Wrong matches",
    "missed": "Missed matches",
    "hardest": "Hardest groups",
}


@dataclasses.dataclass(frozen=True)
class Report:
    """What the page shows.

    `match` is match.json; `chain` the steps of ablation.csv; `metrics` are the lines of metrics.jsonl; `right`,
    `wrong` and `missed` are queries; `titles` gives the title by product id ("" = none) and `pictures` a `data:` URI
    where there is a picture.
    """

    name: str
    match: dict
    chain: list[Step]
    metrics: list[dict]
    right: list[Query]
    wrong: list[Query]
    missed: list[Query]
    hardest: list[Group]
    titles: dict[str, str]
    pictures: dict[str, str]
    sources: dict[str, str]


def render(report: Report) -> str:
    """Returns the page."""
    links = "".join(f'<a href="#{name}">{title}</a>' for name, title in SECTIONS.items())
    match = report.match
    tested = f"figures from fold {match['test_fold']}, which nothing was chosen on"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Matches of {escape(report.name)}</title><style>{STYLE}</style></head><body>"
        f"<header><div><h1>Matches of {escape(report.name)}</h1><p>{match['gallery_size']:,} products in the gallery "
        f"(rows: {escape(str(match['rows']))}) &middot; thresholds chosen on fold {match['validation_fold']} "
        f"&middot; {tested if match['test_fold'] >= 0 else 'no test fold'}</p></div></header>"
        f"<main>{_tiles(match)}</main><nav><div>{links}</div></nav><main>"
        f"{_scores(match)}{_chain(report.chain)}{_curves(report)}{_examples(report)}{_hardest(report)}</main>{_footer(report)}"
        "</body></html>\n"
    )


def _tiles(match: dict) -> str:
    f1 = {method["name"]: method.get("mean_f1") for method in match["methods"]}
    chosen, baseline = f1[match["chosen"]], f1.get("tfidf_phash")
    gain = None if chosen is None or baseline is None else chosen - baseline
    tiles = [
        ("main", _score(chosen), f"mean F1 on test of the method chosen on validation: {_title(match['chosen'])}"),
        ("", _score(baseline), "mean F1 of TF-IDF + equal phash, no training"),
        ("", _score(f1.get("alone")), "mean F1 of every product by itself alone"),
        ("", "–" if gain is None else f"{gain:+.3f}".replace("-", "−"), "gained over TF-IDF + equal phash"),
    ]
    return f'<div class="tiles">{"".join(map(_tile, tiles))}</div>'


def _tile(tile: tuple[str, str, str]) -> str:
    kind, value, words = tile
    return f'<div class="tile {kind}"><b>{value}</b><span>{words}</span></div>'


def _scores(match: dict) -> str:
    rows = "".join(_method_row(method, method["name"] == match["chosen"]) for method in match["methods"])
    return (
        _heading("scores", "Mean over all test queries of F1 = 2|T&cap;P| / (|T|+|P|), both sets counting the query.")
        + '<div class="panel"><table><thead><tr><th>Method</th><th>Mean F1 on test</th><th>On validation</th>'
        f"<th>Thresholds</th><th>Matches per product</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _method_row(method: dict, chosen: bool) -> str:
    about = METHODS.get(method["name"], ("", ""))[1]
    badge = '<span class="badge">chosen</span>' if chosen else ""
    f1 = method.get("mean_f1")
    per_item = method.get("matches_per_item")
    return (
        f'<tr class="{"chosen" if chosen else ""}">'
        f"<td>{_title(method['name'])}{badge}<small>{escape(about)}</small></td>"
        f'<td><div class="bar"><b>{_score(f1)}</b><i style="width:{170 * (f1 or 0):.0f}px"></i></div></td>'
        f"<td>{_score(method.get('validation_f1'))}</td><td>{_thresholds(method)}</td>"
        f"<td>{'–' if per_item is None else f'{per_item:.2f}'}</td></tr>"
    )


def _thresholds(method: dict) -> str:
    values = {name: f"{value:.2f}" if value <= 1 else "off" for name, value in (method.get("thresholds") or {}).items()}
    words = ", ".join(f"{escape(name)}&nbsp;{value}" for name, value in values.items())
    weights = " + ".join(f"{value:.2f}&nbsp;{escape(name)}" for name, value in (method.get("weights") or {}).items())
    return (words or "–") + (f"<small>fused = {weights}</small>" if weights else "")


def _chain(steps: list[Step]) -> str:
    about = (
        "Each step was tried after those kept before it, and stayed only where it clearly gained on validation. "
        "Seconds are of applying it."
    )
    return _heading("chain", about) + (report_chain.panel(steps) or '<p class="nothing">--chain=none.</p>')


def _curves(report: Report) -> str:
    about = (
        "On validation. A point marks the best single threshold of a space, a dashed line the one that its method uses "
        "(beside min2 it may be higher). Histograms count the nearest neighbours; a good space keeps the two apart."
    )
    return _heading("curves", about) + report_curves.panels(report.match, report.metrics)


def _examples(report: Report) -> str:
    about = {
        RIGHT: "Everything found and nothing else. First those whose least alike match was the least alike of all.",
        WRONG: "Products that are not the same, taken for the same; the most confident mistakes first.",
        MISSED: "The same product, not found; the least alike first.",
    }
    order = {RIGHT: (RIGHT,), WRONG: (WRONG, RIGHT, MISSED), MISSED: (MISSED, RIGHT, WRONG)}
    parts = []
    for kind, queries in ((RIGHT, report.right), (WRONG, report.wrong), (MISSED, report.missed)):
        rows = "".join(_query_row(report, query, order[kind]) for query in queries)
        parts.append(_heading(kind, about[kind]) + (f'<div class="rows">{rows}</div>' if rows else NOTHING))
    return "".join(parts)


def _query_row(report: Report, query: Query, order: tuple[str, ...]) -> str:
    matches = [match for status in order for match in query.of(status)]
    items = "".join(_match_item(report, match) for match in matches[:MATCHES_A_ROW])
    more = len(matches) - MATCHES_A_ROW
    items += f'<div class="more">and {more} more</div>' if more > 0 else ""
    tag = f"<span>query</span><span>F1 {query.f1:.2f}</span>"
    return f'<div class="row">{_item(report, query.id, "", tag)}<div class="items">{items}</div></div>'


def _match_item(report: Report, match: Match) -> str:
    names = list(match.scores)
    score = "".join(f"<span><small>{escape(name)}</small> {_cosine(match.scores[name])}</span>" for name in names[:1])
    tag = f"<span>{match.status}</span>{score}"
    scores = " &middot; ".join(f"{escape(name)}&nbsp;{_cosine(match.scores[name])}" for name in names[1:])
    return _item(report, match.id, match.status, tag, scores)


def _item(report: Report, id: str, status: str, tag: str, scores: str = "") -> str:
    title, picture = report.titles.get(id, ""), report.pictures.get(id)
    shown = f'<img src="{escape(picture)}" alt="">' if picture else "no picture"
    words = f'<div class="words">{escape(title)}</div>' if title else '<div class="words none">no title</div>'
    return (
        f'<div class="item {status}" title="{escape(id)}: {escape(title)}"><div class="picture">{shown}</div>'
        f'<div class="tag">{tag}</div><div class="scores">{scores}</div>{words}</div>'
    )


def _hardest(report: Report) -> str:
    rows = []
    for group in report.hardest:
        items = [_item(report, query.id, "", f"<span>F1 {query.f1:.2f}</span>") for query in group.queries]
        more = len(items) - MATCHES_A_ROW - 1
        items = items[: MATCHES_A_ROW + 1] + ([f'<div class="more">and {more} more</div>'] if more > 0 else [])
        head = f"Group {escape(group.name)} &middot; {len(group.queries)} products &middot; mean F1 {group.mean_f1:.2f}"
        rows.append(f'<div class="row"><div><h3>{head}</h3><div class="items">{"".join(items)}</div></div></div>')
    about = "Labels with the lowest mean F1: one product each row, as its postings look and read."
    return _heading("hardest", about) + (f'<div class="rows">{"".join(rows)}</div>' if rows else NOTHING)


def _heading(name: str, about: str) -> str:
    return f'<h2 id="{name}">{SECTIONS[name]}</h2><p class="about">{about}</p>'


def _footer(report: Report) -> str:
    sources = " &middot; ".join(f"{escape(name)} <code>{escape(path)}</code>" for name, path in report.sources.items())
    return f"<footer>{sources}</footer>"


def _title(method: str) -> str:
    return escape(METHODS.get(method, (method, ""))[0])


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _cosine(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"  # + 0.0 writes -0.00 as 0.00
