"""A picture of pictures: records side by side with title and label, so that one look shows what was converted."""

import io
import itertools

from PIL import Image, ImageDraw, ImageFont

from tfrecords_tools import reader, writer
from tfrecords_tools.manifest import Manifest

TILE, CAPTION, MARGIN, COLUMNS = 176, 62, 8, 8  # pixels, pixels, pixels, tiles per row
KEYS = ("image", "title", "label", "label_name", "fold")
LOOKED_AT = 400  # records per fold among which groups are sought


def choose(folder: str, count: int) -> list[dict]:
    """Returns `count` records, the same every time: groups of one label together, larger folds not favoured."""
    groups = {}
    for fold in sorted({shard.fold for shard in Manifest.read(folder).shards}):
        for number, row in enumerate(itertools.islice(reader.read_records(folder, [fold], KEYS), LOOKED_AT)):
            name = row["label_name"] or f"{fold}/{number}"  # an unlabelled record is a group of its own
            groups.setdefault(name, []).append(row)
    by_fold = {}
    for group in sorted(groups.values(), key=len, reverse=True):
        by_fold.setdefault(int(group[0]["fold"]), []).append(group[:COLUMNS])
    dealt = itertools.chain.from_iterable(itertools.zip_longest(*by_fold.values(), fillvalue=[]))
    return list(itertools.islice(itertools.chain.from_iterable(dealt), count))


def draw(rows: list[dict]) -> Image.Image:
    """Draws one tile per record: the picture, two lines of title, and label and fold in the label's colour."""
    height, width = TILE + CAPTION + MARGIN, TILE + MARGIN
    lines = -(-len(rows) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * width + MARGIN, lines * height + MARGIN), "white")
    for i, row in enumerate(rows):
        sheet.paste(_tile(row), (MARGIN + i % COLUMNS * width, MARGIN + i // COLUMNS * height))
    return sheet


def save(path: str, sheet: Image.Image) -> None:
    """Writes a sheet as PNG file, local or gs://."""
    file = io.BytesIO()
    sheet.save(file, "PNG")
    writer.write_whole(path, file.getvalue())


def _tile(row: dict) -> Image.Image:
    tile = Image.new("RGB", (TILE, TILE + CAPTION), "white")
    pen, font = ImageDraw.Draw(tile), ImageFont.load_default(12)
    if row["image"]:
        image = Image.open(io.BytesIO(row["image"]))
        image.thumbnail((TILE, TILE))
        tile.paste(image, ((TILE - image.width) // 2, (TILE - image.height) // 2))
    else:
        pen.rectangle((0, 0, TILE - 1, TILE - 1), outline="lightgrey")
        pen.text((TILE // 2, TILE // 2), "no picture", "grey", font, anchor="mm")
    for line, text in enumerate(_wrapped(row["title"].decode() or "no title", font)):
        pen.text((0, TILE + 3 + 15 * line), text, "black", font)
    colour = f"hsl({int(row['label']) * 137 % 360}, 90%, 35%)" if row["label"] >= 0 else "grey"
    name = row["label_name"].decode() or "unlabelled"
    pen.text((0, TILE + 45), _cut(f"fold {row['fold']}  {name}", font), colour, font)
    return tile


def _wrapped(title: str, font) -> list[str]:
    """Two lines that fit the tile; the second is cut."""
    title = " ".join(title.split())
    first = next(n for n in range(len(title), -1, -1) if font.getlength(title[:n]) <= TILE)
    if first < len(title) and " " in title[:first]:
        first = title[:first].rindex(" ") + 1
    return [title[:first], _cut(title[first:], font)]


def _cut(text: str, font) -> str:
    if font.getlength(text) <= TILE:
        return text
    return next(text[:n] + "..." for n in range(len(text), -1, -1) if font.getlength(text[:n] + "...") <= TILE)
