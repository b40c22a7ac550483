"""A page that shows what pretraining has learned: products beside the labels and captions that a model gives them."""

import dataclasses
from html import escape

from inference.recall.region_drawing import Region, draw
from inference.report_style import STYLE

OWN_STYLE = """
main{padding-top:24px}
header{padding-bottom:34px}
.sheet{display:grid;grid-template-columns:repeat(auto-fill,minmax(540px,1fr));gap:16px}
.sheet .row{align-items:flex-start}
.look{flex:0 0 240px}
.look img,.look svg,.look .none{width:240px;border:1px solid var(--rule);border-radius:9px;background:#fbfcfd}
.look img{display:block;max-height:360px;object-fit:contain}
.look .none{padding:90px 0;text-align:center;color:var(--soft);font-style:italic}
.look small{color:var(--soft);overflow-wrap:anywhere}
.said{flex:1 1 auto;min-width:0}
.said h3{margin:12px 0 2px;font-size:12px;font-weight:600;color:var(--soft)}
.said h3:first-child{margin-top:0}
.said p{margin:0;overflow-wrap:anywhere}
.said .query{font-size:17px;font-weight:600}
.said .none{color:var(--soft);font-style:italic}
.labels{display:grid;grid-template-columns:minmax(0,auto) 90px 40px;gap:3px 10px;align-items:center;font-size:13px}
.labels i{display:block;height:9px;border-radius:0 4px 4px 0;background:#a9bbdb}
.labels .right{color:var(--right);font-weight:600}
.labels i.right{background:var(--right)}
.labels b{font-weight:400;font-variant-numeric:tabular-nums;color:var(--soft)}
@media(max-width:640px){.sheet{grid-template-columns:1fr}}
"""


@dataclasses.dataclass(frozen=True)
class Label:
    """A word that a model names: its probability, 0 to 1, and whether it is one of the query's own."""

    word: str
    probability: float
    right: bool


@dataclasses.dataclass(frozen=True)
class CaptionRow:
    """What the page shows of one product.

    Attributes:
      product_id: of the product.
      query: the query that it answers; "" = an empty one.
      caption: the best of beam search; "" = none.
      labels: the likeliest words, best first.
      regions: its boxes and their labels' names.
      height_by_width: of its picture.
      picture: as a `data:` URI; "" = not at hand, and the regions are drawn.
    """

    product_id: str
    query: str
    caption: str
    labels: tuple[Label, ...]
    regions: tuple[Region, ...] = ()
    height_by_width: float = 1.0
    picture: str = ""


def render(name: str, rows: list[CaptionRow], sources: dict[str, str]) -> str:
    """Returns the page, which needs nothing beside itself.

    Args:
      name: of the run.
      rows: products, in the page's order.
      sources: {what was read: its path}, for the foot of the page.

    Raises:
      ValueError: a picture that is not within the page; names the product.
    """
    shown = "".join(map(_row, rows)) or '<p class="nothing">No product to show.</p>'
    foot = " &middot; ".join(f"{escape(what)} <code>{escape(path)}</code>" for what, path in sources.items())
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Captions of {escape(name)}</title><style>{STYLE}{OWN_STYLE}</style></head><body>"
        f"<header><div><h1>Captions of {escape(name)}</h1><p>{_about(rows)}</p></div></header>"
        f'<main><div class="sheet">{shown}</div></main><footer>{foot}</footer></body></html>\n'
    )


def _about(rows: list[CaptionRow]) -> str:
    named = [label for row in rows for label in row.labels]
    right = sum(label.right for label in named)
    words = f" &middot; {right} of {len(named)} words named are in the query (green)" if named else ""
    return f"{len(rows)} products{words}"


def _row(row: CaptionRow) -> str:
    return (
        f'<div class="row"><div class="look">{_look(row)}<small>product {escape(row.product_id)}</small></div>'
        f'<div class="said"><h3>Query</h3>{_text(row.query, "empty", "query")}'
        f"<h3>Caption</h3>{_text(row.caption, 'none')}<h3>Words</h3>{_labels(row.labels)}</div></div>"
    )


def _look(row: CaptionRow) -> str:
    if row.picture and not row.picture.startswith("data:"):
        raise ValueError(
            f"The picture of product {row.product_id!r} is {row.picture[:60]!r}, a data: URI expected: see "
            "inference.report_pictures.thumbnail."
        )
    if row.picture:
        return f'<img src="{escape(row.picture)}" alt="">'
    return draw(row.regions, row.height_by_width) if row.regions else '<div class="none">no region</div>'


def _text(text: str, otherwise: str, kind: str = "") -> str:
    return f'<p class="{kind}">{escape(text)}</p>' if text.strip() else f'<p class="none">{otherwise}</p>'


def _labels(labels: tuple[Label, ...]) -> str:
    return f'<div class="labels">{"".join(map(_label, labels))}</div>' if labels else '<p class="none">none</p>'


def _label(label: Label) -> str:
    kind = "right" if label.right else ""
    return (
        f'<span class="{kind}">{escape(label.word)}</span>'
        f'<i class="{kind}" style="width:{90 * label.probability:.0f}px"></i><b>{label.probability:.2f}</b>'
    )
