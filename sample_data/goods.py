"""Drawings of electronics, things for the home and toys. See containers.py."""

from sample_data.canvas import Canvas, mix
from sample_data.containers import SHADOW, SHINE
from sample_data.printed_label import contrast, emblem


def phone(canvas: Canvas, article, cloth, front: bool) -> None:
    """The back of a phone in its case; width, corners and camera vary."""
    half, radius = 0.19 + 0.04 * article.style[0], 0.03 + 0.06 * article.style[1]
    canvas.box(0.5 - half - 0.02, 0.04, 0.5 + half + 0.02, 0.96, article.paints[2], radius + 0.02)
    canvas.box(0.5 - half, 0.06, 0.5 + half, 0.94, cloth, radius)
    canvas.box(0.53 - half, 0.09, 0.53 - half + 0.13 + 0.1 * article.style[2], 0.25, SHADOW, 0.03)
    for i in range(2):
        canvas.ellipse(0.55 - half, 0.1 + 0.07 * i, 0.605 - half, 0.155 + 0.07 * i, (90, 96, 110))
    if front:
        emblem(canvas, article.emblem, 0.5, 0.54, 0.13, article.paints[2])
        canvas.text(article.series, 0.38, 0.74, 0.62, 0.82, article.paints[2])
    canvas.shade("flat")


def headphones(canvas: Canvas, article, cloth, front: bool) -> None:
    """Headphones; the size and height of the cups vary."""
    cup, low = 0.09 + 0.05 * article.style[0], 0.54 + 0.1 * article.style[1]
    canvas.arc(0.16, 0.1, 0.84, 2 * low - 0.1, 180, 360, article.paints[1], 0.07)
    canvas.arc(0.2, 0.14, 0.8, 2 * low - 0.1, 180, 360, article.paints[0], 0.03)
    for middle in (0.19, 0.81):
        canvas.box(middle - cup, low - 0.15, middle + cup, low + 0.2, mix(article.paints[0], SHADOW, 0.5), 0.07)
        canvas.box(middle - cup * 0.8, low - 0.12, middle + cup * 0.8, low + 0.17, cloth, 0.06)
        if front:
            emblem(canvas, article.emblem, middle, low + 0.03, 0.06, article.paints[2])
    canvas.shade("flat")


def speaker(canvas: Canvas, article, cloth, front: bool) -> None:
    """A speaker; width, height and corners vary."""
    half, top = 0.2 + 0.2 * article.style[0], 0.12 + 0.26 * article.style[1]
    canvas.box(0.5 - half, top, 0.5 + half, 0.92, cloth, 0.02 + 0.12 * article.style[2])
    radius = min(half, (0.92 - top) / 2) * 0.72
    middle = (top + 0.92) / 2 + 0.04
    canvas.ellipse(0.5 - radius, middle - radius, 0.5 + radius, middle + radius, article.paints[2])
    radius *= 0.8
    canvas.ellipse(0.5 - radius, middle - radius, 0.5 + radius, middle + radius, SHADOW)
    if front:
        emblem(canvas, article.emblem, 0.5, middle, radius * 0.5, article.paints[1])
        canvas.text(article.brand, 0.38, top + 0.02, 0.62, top + 0.11, contrast(article.paints[0]))
    canvas.shade("flat")


def powerbank(canvas: Canvas, article, cloth, front: bool) -> None:
    """A power bank with two sockets; width, height and corners vary."""
    half, top = 0.2 + 0.1 * article.style[0], 0.1 + 0.16 * article.style[1]
    canvas.box(0.5 - half, top, 0.5 + half, 0.92, cloth, 0.02 + 0.06 * article.style[2])
    canvas.box(0.5 - half, top, 0.5 + half, top + 0.13, mix(article.paints[1], SHADOW, 0.2), 0.02)
    for i in range(2):
        canvas.box(0.56 - half + 0.16 * i, top + 0.04, 0.64 - half + 0.16 * i, top + 0.09, SHADOW)
    if front:
        canvas.box(0.53 - half, 0.4, 0.47 + half, 0.6, article.paints[2], 0.02)
        canvas.text(article.brand, 0.55 - half, 0.42, 0.45 + half, 0.58, contrast(article.paints[2]))
        emblem(canvas, article.emblem, 0.5, 0.74, 0.08, article.paints[2])
    canvas.shade("flat")


def pan(canvas: Canvas, article, cloth, front: bool) -> None:
    """A frying pan from above; size and coating vary."""
    radius = 0.26 + 0.05 * article.style[0]
    canvas.line([(0.4, 0.4), (0.92, 0.92)], article.paints[1], 0.08)
    canvas.line([(0.8, 0.8), (0.92, 0.92)], article.paints[2], 0.08)
    canvas.ellipse(0.38 - radius - 0.03, 0.38 - radius - 0.03, 0.41 + radius, 0.41 + radius, article.paints[0])
    inside = cloth if article.style[1] > 0.5 else mix(article.paints[1], SHADOW, 0.6)
    canvas.ellipse(0.38 - radius, 0.38 - radius, 0.38 + radius, 0.38 + radius, inside)
    if front:
        emblem(canvas, article.emblem, 0.38, 0.38, 0.1, article.paints[2])
    canvas.shade("flat")


def lamp(canvas: Canvas, article, cloth, front: bool) -> None:
    """A table lamp; the shade and its foot vary."""
    top, foot = 0.12 + 0.12 * article.style[0], 0.3 + 0.1 * article.style[1]
    canvas.box(0.47, 0.5, 0.53, 0.88, article.paints[2])
    canvas.ellipse(0.5 - 0.09, 0.6, 0.5 + 0.09, 0.78, article.paints[1 if article.style[2] > 0.5 else 2])
    canvas.box(0.32, 0.86, 0.68, 0.93, article.paints[1], 0.03)
    canvas.polygon([(0.5 - top, 0.1), (0.5 + top, 0.1), (0.5 + foot, 0.54), (0.5 - foot, 0.54)], cloth)
    canvas.line([(0.5 - foot, 0.535), (0.5 + foot, 0.535)], article.paints[2], 0.025)
    if front:
        emblem(canvas, article.emblem, 0.5, 0.35, 0.1, article.paints[2])
    canvas.shade("flat")


def cushion(canvas: Canvas, article, cloth, front: bool) -> None:
    """A cushion; height and piping vary."""
    low = 0.14 + 0.12 * article.style[0]
    corners = [
        (0.08, low),
        (0.5, low + 0.06),
        (0.92, low),
        (0.86, 0.52),
        (0.92, 0.9),
        (0.5, 0.84),
        (0.08, 0.9),
        (0.14, 0.52),
    ]
    canvas.polygon(corners, cloth)
    canvas.line([*corners, corners[0]], article.paints[2], 0.025 + 0.03 * article.style[1])
    if front:
        canvas.ellipse(0.34, 0.36, 0.66, 0.68, article.paints[1])
        emblem(canvas, article.emblem, 0.5, 0.52, 0.12, article.paints[2])
    canvas.shade("flat")


def car(canvas: Canvas, article, cloth, front: bool) -> None:
    """A toy car from the side; roof, windscreen and body vary."""
    roof, slope = 0.28 + 0.12 * article.style[0], 0.06 + 0.12 * article.style[1]
    canvas.polygon([(0.26, 0.52), (0.26 + slope, roof), (0.68, roof), (0.68 + slope, 0.52)], article.paints[1])
    canvas.polygon(
        [(0.31, 0.52), (0.29 + slope, roof + 0.05), (0.65, roof + 0.05), (0.63 + slope, 0.52)], (190, 220, 236)
    )
    canvas.box(0.46, roof, 0.5, 0.54, article.paints[1])
    canvas.box(0.05, 0.5, 0.95, 0.72, cloth, 0.05 + 0.05 * article.style[2])
    canvas.box(0.05, 0.66, 0.95, 0.72, article.paints[2])
    for middle in (0.25, 0.75):
        canvas.ellipse(middle - 0.11, 0.6, middle + 0.11, 0.82, SHADOW)
        canvas.ellipse(middle - 0.055, 0.655, middle + 0.055, 0.765, article.paints[2])
    if front:
        canvas.ellipse(0.42, 0.51, 0.58, 0.67, SHINE)
        emblem(canvas, article.emblem, 0.5, 0.59, 0.06, article.paints[2])
    canvas.shade("flat")


def bear(canvas: Canvas, article, cloth, front: bool) -> None:
    """A teddy bear; its belly varies."""
    fur, inner = article.paints[0], mix(article.paints[0], SHINE, 0.5)
    belly = 0.2 + 0.05 * article.style[0]
    for side in (-1, 1):
        canvas.ellipse(0.5 + side * 0.18 - 0.09, 0.06, 0.5 + side * 0.18 + 0.09, 0.24, fur)
        canvas.ellipse(0.5 + side * 0.26 - 0.09, 0.48, 0.5 + side * 0.26 + 0.09, 0.74, fur)
        canvas.ellipse(0.5 + side * 0.17 - 0.11, 0.76, 0.5 + side * 0.17 + 0.11, 0.97, fur)
    canvas.ellipse(0.5 - belly, 0.42, 0.5 + belly, 0.92, cloth)
    canvas.ellipse(0.28, 0.1, 0.72, 0.5, fur)
    canvas.ellipse(0.4, 0.28, 0.6, 0.46, inner)
    for x in (0.41, 0.55):
        canvas.ellipse(x, 0.22, x + 0.04, 0.26, SHADOW)
    canvas.ellipse(0.46, 0.3, 0.54, 0.36, SHADOW)
    canvas.box(0.34, 0.46, 0.66, 0.53, article.paints[2], 0.03)
    if front:
        emblem(canvas, article.emblem, 0.5, 0.68, 0.1, article.paints[2])
    canvas.shade("flat")


def ball(canvas: Canvas, article, cloth, front: bool) -> None:
    """A ball; seams or a ring."""
    canvas.ellipse(0.12, 0.12, 0.88, 0.88, cloth)
    if article.style[0] < 0.5:
        canvas.arc(-0.3, 0.12, 0.4, 0.88, 300, 60, article.paints[2], 0.04)
        canvas.arc(0.6, 0.12, 1.3, 0.88, 120, 240, article.paints[2], 0.04)
    else:
        canvas.arc(0.26, 0.26, 0.74, 0.74, 0, 360, article.paints[2], 0.04 + 0.05 * article.style[1])
    if front:
        emblem(canvas, article.emblem, 0.5, 0.5, 0.17, article.paints[2])
    canvas.shade("round")


def notebook(canvas: Canvas, article, cloth, front: bool) -> None:
    """A notebook; width, height and binding vary."""
    half, top = 0.26 + 0.08 * article.style[0], 0.08 + 0.12 * article.style[1]
    canvas.box(0.53 - half, top + 0.02, 0.53 + half, 0.95, SHINE, 0.01)
    canvas.box(0.5 - half, top, 0.5 + half, 0.93, cloth, 0.02)
    if article.style[2] < 0.5:
        canvas.box(0.5 - half, top, 0.58 - half, 0.93, article.paints[2])
    else:
        for i in range(9):
            y = top + 0.05 + i * (0.83 - top) / 8.6
            canvas.line([(0.46 - half, y), (0.55 - half, y)], (170, 172, 178), 0.016)
    if front:
        canvas.box(0.42, 0.3, 0.44 + half * 0.8, 0.56, SHINE, 0.01)
        canvas.text(article.series, 0.43, 0.31, 0.43 + half * 0.8, 0.43, SHADOW)
        emblem(canvas, article.emblem, 0.43 + half * 0.4, 0.49, 0.05, article.paints[2])
    canvas.shade("flat")
