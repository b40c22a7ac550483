"""One self-contained page of what was dropped, each picture beside a typical one of the class it was labelled as."""

import base64
import dataclasses
import html
import io
from collections.abc import Callable, Mapping, Sequence

from PIL import Image

from tfrecords_tools import reader

SIDE = 128  # pixels
STYLE = """
body{margin:32px auto;max-width:1100px;padding:0 20px;font:15px/1.5 system-ui,sans-serif;color:#1d2430}
table{border-collapse:collapse}td,th{padding:4px 16px 4px 0;text-align:left}
.rows{display:grid;grid-template-columns:repeat(auto-fill,minmax(330px,1fr));gap:16px}
.row{border:1px solid #e4e7ec;border-radius:10px;padding:12px}
.pair{display:flex;gap:12px}figure{margin:0;width:140px}figcaption{color:#667085;font-size:12px}
img,.none{width:128px;height:128px;object-fit:contain;background:#f5f6f8;border-radius:6px}
.none{display:flex;align-items:center;justify-content:center;color:#667085;font-size:12px}
p{margin:8px 0 0;overflow-wrap:anywhere}
"""


@dataclasses.dataclass(frozen=True)
class Shown:
    """A dropped row: its id, label, predicted label, the confidence of that, why it was dropped, its number among the
    rows, and the number of a typical row of its class."""

    id: str
    label: str
    predicted: str
    confidence: float
    reason: str
    row: int
    typical: int


def text(shown: Sequence[Shown], counts: Mapping[str, int], judged: int, picture: Callable[[int], str]) -> str:
    """Returns the page as HTML.

    Args:
      counts: dropped rows by reason.
      judged: rows in all.
      picture: the `data:` URI of a row's picture, "" where it has none.
    """
    total = sum(counts.values())
    lines = "".join(f"<tr><td>{html.escape(reason)}<td>{count}" for reason, count in sorted(counts.items()))
    cards = "".join(_card(one, picture) for one in shown)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Dropped rows</title><style>{STYLE}</style>"
        f"<h1>{total} of {judged} rows dropped</h1><table><tr><th>reason<th>rows{lines}</table>"
        f"<h2>The {len(shown)} likeliest wrong labels</h2><div class=rows>{cards}</div></html>\n"
    )


def _card(one: Shown, picture: Callable[[int], str]) -> str:
    said = f"predicted {html.escape(one.predicted)}" if one.predicted != one.label else "by its class"
    return (
        f"<div class=row><div class=pair>{_figure(picture(one.row), 'dropped')}"
        f"{_figure(picture(one.typical), 'typical of its label')}</div>"
        f"<p><b>{html.escape(one.label)}</b>, {said} ({one.confidence:.3f})"
        f"<p>{html.escape(one.id)}: {html.escape(one.reason)}</div>"
    )


def _figure(uri: str, caption: str) -> str:
    shown = f"<img src='{uri}' alt=''>" if uri else "<div class=none>no picture</div>"
    return f"<figure>{shown}<figcaption>{caption}</figcaption></figure>"


def thumbnail(paths: Sequence[str], rows, row: int) -> str:
    """A record's picture as a `data:` URI, "" where it has none.

    Args:
      paths: of the shards. rows: training.inputs.rows.Rows. row: number of the record.
    """
    record = reader.read_at(paths[rows.shards[row]], row, int(rows.offsets[row]), ("image",))
    if not record["image"]:
        return ""
    picture = Image.open(io.BytesIO(record["image"])).convert("RGB")
    picture.thumbnail((SIDE, SIDE))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
