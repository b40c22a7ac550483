"""What is printed on a product: its brand, its series and an emblem, in one of three layouts."""

import math

from sample_data.canvas import Canvas

WHITE, INK = (250, 250, 246), (36, 36, 40)


def print_label(canvas: Canvas, article, left: float, top: float, right: float, bottom: float) -> None:
    """Prints a paper label in the box: the accent colour, the brand, the emblem, the series and the quantity."""
    layout = int(article.style[3] * 3)
    paper = (WHITE, article.paints[2], article.paints[1])[layout]
    ink = contrast(paper)
    canvas.box(left, top, right, bottom, paper, radius=0.015 if layout != 1 else 0.05)
    height, width = bottom - top, right - left
    if layout == 0:
        canvas.box(left, top, right, top + 0.3 * height, article.paints[2])
        canvas.text(article.brand, left, top, right, top + 0.3 * height, contrast(article.paints[2]))
        emblem(canvas, article.emblem, left + width / 2, top + 0.55 * height, 0.22 * min(width, height), ink)
        canvas.text(article.series, left, bottom - 0.22 * height, right, bottom, ink)
    elif layout == 1:
        emblem(canvas, article.emblem, left + width / 2, top + 0.3 * height, 0.24 * min(width, height), WHITE)
        canvas.text(article.brand, left, top + 0.5 * height, right, top + 0.8 * height, ink)
        canvas.text(article.series, left, top + 0.76 * height, right, bottom, ink)
    else:
        canvas.text(article.brand, left, top + 0.05 * height, right, top + 0.45 * height, ink)
        canvas.box(left, top + 0.46 * height, right, top + 0.52 * height, article.paints[2])
        emblem(canvas, article.emblem, left + 0.2 * width, top + 0.76 * height, 0.16 * min(width, height), ink)
        canvas.text(article.series, left + 0.36 * width, top + 0.58 * height, right, bottom - 0.05 * height, ink)


def contrast(paper) -> tuple[int, int, int]:
    """Returns dark ink on light paper and white ink on dark."""
    return INK if 0.3 * paper[0] + 0.59 * paper[1] + 0.11 * paper[2] > 140 else WHITE


def emblem(canvas: Canvas, name: str, x: float, y: float, radius: float, fill) -> None:
    """Draws an emblem of `article.EMBLEMS` around (x, y)."""
    if name == "ring":
        canvas.arc(x - radius, y - radius, x + radius, y + radius, 0, 360, fill, radius * 0.4)
    elif name == "sun":
        canvas.ellipse(x - radius * 0.6, y - radius * 0.6, x + radius * 0.6, y + radius * 0.6, fill)
        for ray in _around(8, radius):
            canvas.line([(x, y), (x + ray[0], y + ray[1])], fill, radius * 0.2)
    elif name == "heart":
        canvas.ellipse(x - radius, y - radius * 0.8, x, y + radius * 0.2, fill)
        canvas.ellipse(x, y - radius * 0.8, x + radius, y + radius * 0.2, fill)
        canvas.polygon([(x - 0.92 * radius, y), (x + 0.92 * radius, y), (x, y + radius)], fill)
    elif name == "drop":
        canvas.ellipse(x - radius * 0.7, y - radius * 0.3, x + radius * 0.7, y + radius, fill)
        canvas.polygon(
            [(x - 0.6 * radius, y + 0.1 * radius), (x + 0.6 * radius, y + 0.1 * radius), (x, y - radius)], fill
        )
    else:
        canvas.polygon([(x + dx * radius, y + dy * radius) for dx, dy in OUTLINES[name]], fill)


def _around(count: int, radius: float) -> list[tuple[float, float]]:
    turns = [2 * math.pi * i / count for i in range(count)]
    return [(radius * math.sin(turn), -radius * math.cos(turn)) for turn in turns]


OUTLINES = {
    "star": [(x * reach, y * reach) for (x, y), reach in zip(_around(10, 1.0), [1, 0.45] * 5, strict=True)],
    "leaf": [(-1, 0.8), (-0.7, -0.3), (0.1, -0.9), (1, -1), (0.9, 0), (0.3, 0.7)],
    "mountain": [(-1, 0.8), (-0.35, -0.7), (0, 0), (0.4, -0.4), (1, 0.8)],
    "diamond": [(0, -1), (0.75, 0), (0, 1), (-0.75, 0)],
}
