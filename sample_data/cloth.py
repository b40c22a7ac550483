"""The patterned surface of a product: stripes, dots, checks and the like, in two colours."""

import math
import random

from PIL import Image, ImageDraw


def cloth(pattern: str, first, second, scale: float, rng: random.Random, pixels: int) -> Image.Image:
    """Returns an RGB picture `pixels` wide and high, painted with a pattern.

    Args:
      pattern: a key of PATTERNS.
      first: RGB of the ground.
      second: RGB of the pattern.
      scale: size of one repeat, as a share of the picture.
      rng: where the irregular patterns take their places from.
      pixels: side.
    """
    picture = Image.new("RGB", (pixels, pixels), first)
    PATTERNS[pattern](ImageDraw.Draw(picture), second, max(3.0, scale * pixels), rng, pixels)
    return picture


def _plain(pen, colour, step, rng, pixels):
    pass


def _stripes(pen, colour, step, rng, pixels):
    for i in range(math.ceil(pixels / step)):
        pen.rectangle([i * step, 0, (i + 0.5) * step, pixels], fill=colour)


def _bands(pen, colour, step, rng, pixels):
    for i in range(math.ceil(pixels / step)):
        pen.rectangle([0, i * step, pixels, (i + 0.4) * step], fill=colour)


def _diagonal(pen, colour, step, rng, pixels):
    for i in range(-math.ceil(pixels / step), math.ceil(pixels / step) + 1):
        pen.line([(i * step, 0), (i * step + pixels, pixels)], fill=colour, width=max(1, round(step * 0.33)))


def _dots(pen, colour, step, rng, pixels):
    radius = 0.28 * step
    for row in range(math.ceil(pixels / step) + 1):
        for column in range(math.ceil(pixels / step) + 1):
            x, y = (column + 0.5 * (row % 2)) * step, row * step
            pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)


def _checks(pen, colour, step, rng, pixels):
    half = step / 2
    for row in range(math.ceil(pixels / half)):
        for column in range(row % 2, math.ceil(pixels / half), 2):
            pen.rectangle([column * half, row * half, (column + 1) * half, (row + 1) * half], fill=colour)


def _zigzag(pen, colour, step, rng, pixels):
    for row in range(math.ceil(pixels / step) + 1):
        points = [(i * step / 2, (row + 0.4 * (i % 2)) * step) for i in range(math.ceil(2 * pixels / step) + 2)]
        pen.line(points, fill=colour, width=max(1, round(step * 0.2)))


def _blobs(pen, colour, step, rng, pixels):
    for _ in range(round(1.1 * (pixels / step) ** 2)):
        x, y, radius = rng.random() * pixels, rng.random() * pixels, (0.15 + 0.4 * rng.random()) * step
        pen.ellipse([x - radius, y - radius * 0.7, x + radius, y + radius * 0.7], fill=colour)


PATTERNS = {
    "plain": _plain,
    "stripes": _stripes,
    "bands": _bands,
    "diagonal": _diagonal,
    "dots": _dots,
    "checks": _checks,
    "zigzag": _zigzag,
    "blobs": _blobs,
}
