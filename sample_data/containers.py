"""Drawings of things that hold something: bottles, cans, pouches, cartons, jars, tubes, mugs.

A drawing paints one article on a canvas. `cloth` is its patterned surface, `front` says whether the printed side shows.
"""

from sample_data.canvas import Canvas, mix
from sample_data.printed_label import emblem, print_label

SHADOW, SHINE = (30, 30, 34), (255, 255, 255)


def bottle(canvas: Canvas, article, cloth, front: bool) -> None:
    """A bottle with neck and cap; width, shoulder and neck vary."""
    main, second, accent = article.paints
    half, shoulder = 0.15 + 0.07 * article.style[0], 0.3 + 0.12 * article.style[1]
    neck = 0.05 + 0.03 * article.style[2]
    canvas.polygon(
        [(0.5 - neck, 0.14), (0.5 + neck, 0.14), (0.5 + neck, shoulder - 0.08), (0.5 + half, shoulder + 0.06),
         (0.5 - half, shoulder + 0.06), (0.5 - neck, shoulder - 0.08)], main)  # fmt: skip
    canvas.box(0.5 - half, shoulder, 0.5 + half, 0.95, main, 0.05)
    canvas.box(0.5 - neck - 0.015, 0.06, 0.5 + neck + 0.015, 0.16, accent, 0.01)
    if article.style[2] > 0.5:
        canvas.box(0.5 - half, 0.82, 0.5 + half, 0.88, second)
    canvas.box(0.5 - half, shoulder + 0.12, 0.5 + half, 0.8, cloth)
    if front:
        print_label(canvas, article, 0.5 - half * 0.8, shoulder + 0.17, 0.5 + half * 0.8, 0.76)
    canvas.shade("round")


def can(canvas: Canvas, article, cloth, front: bool) -> None:
    """A drink can; width and height vary, and whether a disc or a label is printed."""
    half, top = 0.17 + 0.08 * article.style[0], 0.1 + 0.16 * article.style[1]
    metal = (196, 200, 204)
    canvas.box(0.5 - half, top, 0.5 + half, 0.94, metal, 0.05)
    canvas.ellipse(0.5 - half * 0.85, top - 0.03, 0.5 + half * 0.85, top + 0.04, mix(metal, SHADOW, 0.25))
    canvas.box(0.5 - half, top + 0.07, 0.5 + half, 0.89, cloth)
    if front:
        if article.style[2] < 0.5:
            canvas.ellipse(0.5 - half * 0.85, 0.34, 0.5 + half * 0.85, 0.34 + 1.7 * half, article.paints[2])
            emblem(canvas, article.emblem, 0.5, 0.34 + 0.85 * half, half * 0.5, SHINE)
            canvas.text(article.brand, 0.5 - half * 0.9, 0.74, 0.5 + half * 0.9, 0.87, SHINE)
        else:
            print_label(canvas, article, 0.5 - half * 0.85, top + 0.15, 0.5 + half * 0.85, 0.82)
    canvas.shade("round")


def pouch(canvas: Canvas, article, cloth, front: bool) -> None:
    """A sealed pouch of snacks; width and height vary."""
    half = 0.24 + 0.08 * article.style[0]
    top = 0.1 + 0.1 * article.style[1]
    canvas.polygon(
        [(0.5 - half, top), (0.5 + half, top), (0.5 + half - 0.02, 0.5), (0.5 + half, 0.94), (0.5 - half, 0.94),
         (0.5 - half + 0.02, 0.5)], cloth)  # fmt: skip
    for edge in (top, 0.89):
        canvas.box(0.5 - half, edge, 0.5 + half, edge + 0.05, mix(article.paints[1], SHINE, 0.3))
    if front:
        print_label(canvas, article, 0.5 - half * 0.75, top + 0.1, 0.5 + half * 0.75, 0.52)
        canvas.ellipse(0.5 - half * 0.7, 0.56, 0.5 + half * 0.7, 0.86, article.paints[2])
        emblem(canvas, article.emblem, 0.5, 0.71, 0.1, article.paints[1])
    canvas.shade("flat")


def carton(canvas: Canvas, article, cloth, front: bool) -> None:
    """A box seen from a corner; width and height vary."""
    width, top = 0.26 + 0.14 * article.style[0], 0.16 + 0.24 * article.style[1]
    left, right, depth = 0.5 - width, 0.5 + width - 0.1, 0.1
    canvas.polygon([(left, top), (left + depth, top - 0.08), (right + depth, top - 0.08), (right, top)],
                   mix(article.paints[0], SHINE, 0.35))  # fmt: skip
    canvas.polygon([(right, top), (right + depth, top - 0.08), (right + depth, 0.84), (right, 0.92)],
                   mix(article.paints[0], SHADOW, 0.4))  # fmt: skip
    canvas.box(left, top, right, 0.92, cloth)
    if front:
        print_label(canvas, article, left + 0.05, top + 0.06, right - 0.05, top + 0.6 * (0.92 - top))
        canvas.box(left, 0.8, right, 0.86, article.paints[2])
    canvas.shade("flat")


def jar(canvas: Canvas, article, cloth, front: bool) -> None:
    """A jar with a lid; width and height vary."""
    half, top = 0.2 + 0.1 * article.style[0], 0.24 + 0.16 * article.style[1]
    canvas.box(0.5 - half, top, 0.5 + half, 0.92, mix(article.paints[0], SHINE, 0.1), 0.08)
    canvas.box(0.5 - half * 0.92, top - 0.12, 0.5 + half * 0.92, top + 0.03, article.paints[2], 0.02)
    canvas.box(0.5 - half * 0.92, top - 0.07, 0.5 + half * 0.92, top - 0.05, mix(article.paints[2], SHADOW, 0.3))
    canvas.box(0.5 - half, top + 0.14, 0.5 + half, 0.82, cloth)
    if front:
        print_label(canvas, article, 0.5 - half * 0.75, top + 0.18, 0.5 + half * 0.75, 0.78)
    canvas.shade("round")


def pump(canvas: Canvas, article, cloth, front: bool) -> None:
    """A bottle with a pump; width, height and the pump vary."""
    half, top = 0.17 + 0.08 * article.style[0], 0.3 + 0.1 * article.style[1]
    accent = article.paints[2]
    canvas.box(0.47, 0.12, 0.53, top, accent)
    canvas.box(0.3 if article.style[2] < 0.5 else 0.36, 0.07, 0.6, 0.13, accent, 0.02)
    canvas.box(0.41, top - 0.07, 0.59, top + 0.02, accent, 0.01)
    canvas.box(0.5 - half, top, 0.5 + half, 0.95, cloth, 0.03 + 0.09 * article.style[2])
    if front:
        print_label(canvas, article, 0.5 - half * 0.8, top + 0.12, 0.5 + half * 0.8, 0.86)
    canvas.shade("round")


def tube(canvas: Canvas, article, cloth, front: bool) -> None:
    """A tube of cream standing on its cap; both widths vary."""
    top, foot = 0.2 + 0.1 * article.style[0], 0.1 + 0.06 * article.style[1]
    canvas.polygon([(0.5 - top, 0.08), (0.5 + top, 0.08), (0.5 + foot, 0.82), (0.5 - foot, 0.82)], cloth)
    canvas.box(0.5 - top, 0.06, 0.5 + top, 0.11, mix(article.paints[0], SHINE, 0.4))
    canvas.box(0.5 - foot, 0.81, 0.5 + foot, 0.95, article.paints[2], 0.02)
    if front:
        print_label(canvas, article, 0.5 - foot * 1.1, 0.2, 0.5 + foot * 1.1, 0.62)
    canvas.shade("round")


def perfume(canvas: Canvas, article, cloth, front: bool) -> None:
    """A glass flask; width, height and roundness vary."""
    half, top = 0.16 + 0.14 * article.style[0], 0.34 + 0.12 * article.style[1]
    glass = mix(article.paints[0], SHINE, 0.45)
    canvas.box(0.5 - half, top, 0.5 + half, 0.92, glass, 0.02 + 0.12 * article.style[2])
    canvas.box(0.5 - half + 0.04, top + 0.14, 0.5 + half - 0.04, 0.88, cloth, 0.02 + 0.08 * article.style[2])
    canvas.box(0.46, top - 0.08, 0.54, top, (210, 180, 110))
    canvas.box(0.41, 0.12, 0.59, top - 0.06, article.paints[2], 0.01 + 0.05 * article.style[1])
    if front:
        print_label(canvas, article, 0.5 - half * 0.62, top + 0.22, 0.5 + half * 0.62, 0.8)
    canvas.shade("flat")


def lipstick(canvas: Canvas, article, cloth, front: bool) -> None:
    """An open lipstick; its width and sleeve vary."""
    half = 0.09 + 0.05 * article.style[0]
    left, right = 0.5 - half * 0.7, 0.5 + half * 0.7
    canvas.polygon([(left, 0.16), (right, 0.06), (right, 0.4), (left, 0.4)], article.paints[0])
    canvas.box(0.5 - half * 0.85, 0.34, 0.5 + half * 0.85, 0.55, (214, 184, 120))
    canvas.box(0.5 - half, 0.5, 0.5 + half, 0.95, cloth if article.style[1] > 0.5 else article.paints[1], 0.01)
    if front:
        emblem(canvas, article.emblem, 0.5, 0.66, half * 0.6, article.paints[2])
        canvas.text(article.brand, 0.5 - half, 0.78, 0.5 + half, 0.88, article.paints[2])
    canvas.shade("round")


def mug(canvas: Canvas, article, cloth, front: bool) -> None:
    """A mug with a handle; height, width and foot vary."""
    top, half = 0.24 + 0.16 * article.style[0], 0.23 + 0.05 * article.style[1]
    canvas.arc(0.4 + half, top + 0.1, 0.68 + half, 0.78, 0, 360, article.paints[2], 0.05)
    canvas.box(0.45 - half, top, 0.45 + half, 0.9, cloth, 0.03 + 0.1 * article.style[2])
    canvas.ellipse(0.45 - half, top - 0.06, 0.45 + half, top + 0.06, mix(article.paints[0], SHINE, 0.5))
    canvas.ellipse(0.47 - half, top - 0.04, 0.43 + half, top + 0.04, mix(article.paints[0], SHADOW, 0.6))
    if front:
        emblem(canvas, article.emblem, 0.45, top + 0.24, 0.13, article.paints[2])
        canvas.text(article.series, 0.5 - half, 0.72, 0.4 + half, 0.84, article.paints[2])
    canvas.shade("round")
