"""A product becomes a photograph: a place, a viewpoint, a shadow, light, blur and the noise of a sensor."""

import math
import random

import numpy as np
from PIL import Image, ImageFilter

from sample_data import art, scenes
from sample_data import article as articles

PLACES = ("studio", "studio", "plain", "plain", "table", "planks", "tiles", "fabric", "lights")
BEHIND_SHARE = 0.1


def photograph(seed: int, article: articles.Article, number: int, pixels: int) -> Image.Image:
    """Returns photo `number` of an article, RGB `[pixels, pixels]`.

    Photo 0 is the maker's own, from the front on white, the one that most sellers copy. The others are taken by
    sellers: anywhere, aslant, in any light, now and then from behind, close up or two at once. The picture depends on
    (seed, article.design, number, pixels) alone.
    """
    rng = articles.stream(seed, "photo", article.design, number)
    if number == 0:
        picture = scenes.scene("studio", rng, pixels)
        _place(picture, art.draw(seed, article, pixels), rng.uniform(0.8, 0.95), 0.0, (0.5, 0.5), 0.0, rng)
        return picture
    thing = art.draw(seed, article, pixels, front=rng.random() >= BEHIND_SHARE)
    picture = scenes.scene(rng.choice(PLACES), rng, pixels)
    for scale, middle in _arrangement(rng):
        turn = rng.gauss(0, 8) if rng.random() < 0.92 else rng.uniform(-45, 45)
        _place(picture, thing, scale, turn, middle, rng.uniform(0, 0.22), rng)
    return _develop(picture, rng)


def _arrangement(rng: random.Random) -> list[tuple[float, tuple[float, float]]]:
    """Returns (scale, middle) of every copy of the product in the picture."""
    kind = rng.random()
    if kind < 0.12:
        return [(0.56, (0.3, 0.46)), (0.56, (0.68, 0.56))]
    if kind < 0.24:
        return [(rng.uniform(1.15, 1.5), (rng.uniform(0.4, 0.6), rng.uniform(0.4, 0.6)))]
    return [(rng.uniform(0.62, 0.98), (rng.uniform(0.4, 0.6), rng.uniform(0.42, 0.58)))]


def _place(picture, thing, scale, turn, middle, slant, rng) -> None:
    """Pastes `thing` with its shadow, seen from a corner that is `slant` nearer than the others."""
    pixels = picture.width
    near = [1 - slant * rng.random() for _ in range(4)]
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    corners = []
    for (x, y), reach in zip(((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)), near, strict=True):
        x, y = x * scale * reach, y * scale * reach
        corners.append(((middle[0] + x * cosine - y * sine) * pixels, (middle[1] + x * sine + y * cosine) * pixels))
    seen = thing.transform(
        picture.size, Image.Transform.PERSPECTIVE, homography(corners, thing.width), Image.Resampling.BICUBIC
    )
    shadow = seen.getchannel("A").filter(ImageFilter.GaussianBlur(pixels / 40)).point(lambda value: value * 0.45)
    picture.paste((20, 20, 26), (round(0.02 * pixels), round(0.035 * pixels)), shadow)
    picture.paste(seen, mask=seen)


def homography(corners, side: float) -> tuple[float, ...]:
    """Returns the eight numbers with which Pillow takes a square picture to the quadrilateral `corners`.

    Args:
      corners: (x, y) of where the top left, top right, bottom right and bottom left corner shall lie.
      side: of the picture, in pixels.

    Source: Heckbert, Fundamentals of Texture Mapping and Image Warping, 1989, section 2.2.3.
    """
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    dx1, dx2, dx3 = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, dy3 = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    area = dx1 * dy2 - dx2 * dy1
    g, h = (dx3 * dy2 - dx2 * dy3) / area, (dx1 * dy3 - dx3 * dy1) / area
    a, b, c = x1 - x0 + g * x1, x3 - x0 + h * x3, x0
    d, e, f = y1 - y0 + g * y1, y3 - y0 + h * y3, y0
    adjoint = (e - f * h, c * h - b, b * f - c * e, f * g - d, a - c * g, c * d - a * f, d * h - e * g, b * g - a * h)
    scale = a * e - b * d
    return tuple(value * side / scale for value in adjoint[:6]) + tuple(value / scale for value in adjoint[6:])


def _develop(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Gives the picture its light (a tint, a bright side), sometimes blur, and noise."""
    pixels = picture.width
    if rng.random() < 0.25:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.1) * pixels / 128))
    values = np.asarray(picture, np.float32)
    tint = np.array([rng.gauss(1, 0.04) for _ in range(3)], np.float32) * np.float32(rng.uniform(0.8, 1.12))
    across, down = np.meshgrid(np.linspace(-1, 1, pixels), np.linspace(-1, 1, pixels))
    gain = 1 + rng.uniform(-0.16, 0.16) * across + rng.uniform(-0.16, 0.16) * down
    noise = np.frombuffer(rng.randbytes(3 * pixels * pixels), np.uint8).reshape(pixels, pixels, 3).astype(np.float32)
    values = values * tint * gain[..., None].astype(np.float32) + (noise / 127.5 - 1) * np.float32(rng.uniform(0, 14))
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
