"""Drawings of things to wear and carry: shirts, dresses, shoes, bags, watches, caps. See containers.py."""

from sample_data.canvas import Canvas, mix
from sample_data.containers import SHADOW, SHINE
from sample_data.printed_label import contrast, emblem


def tshirt(canvas: Canvas, article, cloth, front: bool) -> None:
    """A T-shirt laid flat; width and sleeves vary."""
    half, sleeve = 0.2 + 0.05 * article.style[0], 0.3 + 0.25 * article.style[1]
    canvas.polygon(
        [(0.38, 0.12), (0.62, 0.12), (0.5 + half, 0.17), (0.96, sleeve), (0.86, sleeve + 0.12), (0.5 + half, 0.36),
         (0.5 + half, 0.92), (0.5 - half, 0.92), (0.5 - half, 0.36), (0.14, sleeve + 0.12), (0.04, sleeve),
         (0.5 - half, 0.17)], cloth)  # fmt: skip
    canvas.ellipse(0.4, 0.06, 0.6, 0.2, mix(article.paints[0], SHADOW, 0.4))
    canvas.arc(0.38, 0.04, 0.62, 0.22, 0, 180, article.paints[2], 0.025)
    if front:
        canvas.ellipse(0.5 - 0.15, 0.32, 0.5 + 0.15, 0.62, article.paints[2])
        emblem(canvas, article.emblem, 0.5, 0.47, 0.1, contrast(article.paints[2]))
        canvas.text(article.series, 0.34, 0.64, 0.66, 0.74, article.paints[2])
    canvas.shade("flat")


def dress(canvas: Canvas, article, cloth, front: bool) -> None:
    """A dress; waist, hem and length vary."""
    waist, hem = 0.09 + 0.04 * article.style[0], 0.22 + 0.16 * article.style[1]
    length = 0.8 + 0.16 * article.style[2]
    canvas.polygon([(0.36, 0.08), (0.41, 0.08), (0.5, 0.2), (0.59, 0.08), (0.64, 0.08), (0.5 + waist + 0.03, 0.36),
                    (0.5 - waist - 0.03, 0.36)], article.paints[0])  # fmt: skip
    canvas.polygon([(0.5 - waist, 0.34), (0.5 + waist, 0.34), (0.5 + hem, length), (0.5 - hem, length)], cloth)
    canvas.box(0.5 - waist - 0.02, 0.33, 0.5 + waist + 0.02, 0.39, article.paints[2])
    if front:
        emblem(canvas, article.emblem, 0.5, 0.36, 0.05, contrast(article.paints[2]))
        canvas.line([(0.5 - hem, length - 0.03), (0.5 + hem, length - 0.03)], article.paints[2], 0.04)
    canvas.shade("flat")


def sneaker(canvas: Canvas, article, cloth, front: bool) -> None:
    """A shoe from the side; heel, toe and sole vary."""
    heel, toe = 0.3 + 0.12 * article.style[0], 0.55 + 0.06 * article.style[1]
    upper = [(0.1, heel), (0.3, heel + 0.02), (0.44, 0.44), (0.66, toe), (0.9, 0.62), (0.95, 0.74), (0.08, 0.74)]
    canvas.polygon(upper, cloth)
    canvas.polygon([(0.7, 0.58), (0.9, 0.62), (0.95, 0.74), (0.74, 0.74)], article.paints[1])
    canvas.polygon([(0.1, heel), (0.22, heel + 0.02), (0.2, 0.74), (0.08, 0.74)], article.paints[2])
    canvas.box(0.06, 0.72, 0.96, 0.74 + 0.06 + 0.06 * article.style[2], mix(article.paints[2], SHINE, 0.6), 0.03)
    for i in range(3):
        canvas.line([(0.4 + 0.07 * i, 0.46 + 0.035 * i), (0.48 + 0.07 * i, 0.41 + 0.035 * i)], SHINE, 0.018)
    if front:
        emblem(canvas, article.emblem, 0.36, 0.62, 0.085, article.paints[2])
    canvas.shade("flat")


def sandal(canvas: Canvas, article, cloth, front: bool) -> None:
    """A pair of sandals from above; width and straps vary."""
    half = 0.11 + 0.03 * article.style[0]
    for middle in (0.3, 0.7):
        canvas.ellipse(middle - half - 0.02, 0.08, middle + half + 0.02, 0.55, article.paints[1])
        canvas.ellipse(middle - half, 0.4, middle + half, 0.94, article.paints[1])
        canvas.box(middle - half, 0.3, middle + half, 0.7, article.paints[1])
        canvas.ellipse(middle - half + 0.03, 0.12, middle + half - 0.03, 0.9, mix(article.paints[1], SHADOW, 0.25))
        if article.style[1] < 0.5:
            canvas.line([(middle, 0.2), (middle - half, 0.5)], article.paints[0], 0.05)
            canvas.line([(middle, 0.2), (middle + half, 0.5)], article.paints[0], 0.05)
        else:
            canvas.box(middle - half - 0.02, 0.28, middle + half + 0.02, 0.46, cloth, 0.03)
        if front:
            emblem(canvas, article.emblem, middle, 0.37 if article.style[1] > 0.5 else 0.24, 0.06, article.paints[2])
    canvas.shade("flat")


def tote(canvas: Canvas, article, cloth, front: bool) -> None:
    """A bag with one handle; height and flare vary."""
    top, flare = 0.36 + 0.1 * article.style[0], 0.04 + 0.08 * article.style[1]
    canvas.arc(0.34, 0.08, 0.66, 2 * top - 0.08, 180, 360, article.paints[2], 0.04)
    canvas.polygon([(0.2 + flare, top), (0.8 - flare, top), (0.86, 0.94), (0.14, 0.94)], cloth)
    canvas.box(0.2 + flare, top, 0.8 - flare, top + 0.05, article.paints[2])
    if front:
        emblem(canvas, article.emblem, 0.5, 0.64, 0.12, article.paints[2])
        canvas.text(article.brand, 0.3, 0.8, 0.7, 0.9, article.paints[2])
    canvas.shade("flat")


def backpack(canvas: Canvas, article, cloth, front: bool) -> None:
    """A backpack with a pocket; width and top vary."""
    half, round_top = 0.24 + 0.06 * article.style[0], 0.06 + 0.14 * article.style[1]
    canvas.arc(0.4, 0.03, 0.6, 0.2, 180, 360, article.paints[2], 0.035)
    canvas.box(0.5 - half - 0.06, 0.5, 0.5 + half + 0.06, 0.86, mix(article.paints[0], SHADOW, 0.35), 0.05)
    canvas.box(0.5 - half, 0.1, 0.5 + half, 0.94, cloth, round_top)
    canvas.arc(0.5 - half + 0.04, 0.16, 0.5 + half - 0.04, 0.7, 180, 360, article.paints[2], 0.02)
    canvas.box(0.5 - half * 0.75, 0.54, 0.5 + half * 0.75, 0.88, article.paints[1], 0.05)
    canvas.line([(0.5 - half * 0.7, 0.61), (0.5 + half * 0.7, 0.61)], article.paints[2], 0.02)
    if front:
        emblem(canvas, article.emblem, 0.5, 0.74, 0.08, article.paints[2])
        canvas.text(article.brand, 0.36, 0.4, 0.64, 0.5, article.paints[2])
    canvas.shade("flat")


def watch(canvas: Canvas, article, cloth, front: bool) -> None:
    """A wrist watch; size, strap and the shape of the case vary."""
    radius, strap = 0.19 + 0.07 * article.style[0], 0.08 + 0.05 * article.style[1]
    canvas.box(0.5 - strap, 0.03, 0.5 + strap, 0.97, cloth, 0.03)
    rim = mix(article.paints[2], SHADOW, 0.3)
    face = article.paints[1]
    if article.style[2] < 0.5:
        canvas.ellipse(0.5 - radius, 0.5 - radius, 0.5 + radius, 0.5 + radius, rim)
        canvas.ellipse(0.53 - radius, 0.53 - radius, 0.47 + radius, 0.47 + radius, face)
    else:
        canvas.box(0.5 - radius, 0.5 - radius, 0.5 + radius, 0.5 + radius, rim, 0.05)
        canvas.box(0.53 - radius, 0.53 - radius, 0.47 + radius, 0.47 + radius, face, 0.04)
    hands = contrast(face)
    canvas.line([(0.5, 0.5), (0.5, 0.53 - radius * 0.9)], hands, 0.022)
    canvas.line([(0.5, 0.5), (0.5 + radius * 0.5, 0.55)], hands, 0.03)
    if front:
        emblem(canvas, article.emblem, 0.5, 0.5 + radius * 0.45, radius * 0.2, article.paints[2])
    canvas.shade("flat")


def cap(canvas: Canvas, article, cloth, front: bool) -> None:
    """A cap from the side; the height of the crown varies."""
    crown = 0.22 + 0.12 * article.style[0]
    canvas.ellipse(0.18, crown, 0.78, 1.3 - crown, cloth)
    canvas.image.paste((0, 0, 0, 0), (0, round(0.66 * canvas.pixels), canvas.pixels, canvas.pixels))
    canvas.polygon([(0.4, 0.6), (0.78, 0.58), (0.98, 0.68), (0.96, 0.74), (0.6, 0.7), (0.18, 0.67)], article.paints[1])
    canvas.ellipse(0.46, crown - 0.02, 0.51, crown + 0.03, article.paints[2])
    canvas.line([(0.48, crown), (0.34, 0.66)], mix(article.paints[0], SHADOW, 0.3), 0.012)
    if front:
        emblem(canvas, article.emblem, 0.58, 0.49, 0.09, article.paints[2])
    canvas.shade("flat")
