"""What a shop lays over a picture before it posts it: a frame, a badge, its name as a watermark."""

import random

from PIL import Image, ImageDraw

from sample_data import vocabulary
from sample_data.canvas import font

SHOUTS = ("PROMO", "50%", "COD", "READY", "SALE", "ORI", "NEW", "HOT", "GRATIS ONGKIR", "BEST SELLER", "-30%")


def lay_over(picture: Image.Image, shop: int, rng: random.Random) -> Image.Image:
    """Returns the picture as shop number `shop` of `vocabulary.SHOPS` would post it."""
    picture, style = picture.copy(), random.Random(f"shop {shop}")
    colour = vocabulary.COLOURS[style.randrange(len(vocabulary.COLOURS))].rgb
    pen, pixels = ImageDraw.Draw(picture, "RGBA"), picture.width
    if style.random() < 0.55:
        _frame(pen, pixels, colour, vocabulary.SHOPS[shop], style.random() < 0.5)
    else:
        middle = (pixels / 2, pixels * rng.uniform(0.35, 0.8))
        pen.text(middle, vocabulary.SHOPS[shop], fill=(255, 255, 255, 150), font=font(pixels // 8), anchor="mm",
                 stroke_width=1, stroke_fill=(90, 90, 90, 90))  # fmt: skip
    if rng.random() < 0.6:
        _badge(pen, pixels, rng)
    return picture


def _frame(pen, pixels, colour, name, with_name):
    width = max(2, round(0.04 * pixels))
    pen.rectangle([0, 0, pixels - 1, pixels - 1], outline=colour, width=width)
    if with_name:
        pen.rectangle([0, 0.86 * pixels, pixels, pixels], fill=colour)
        pen.text((pixels / 2, 0.93 * pixels), name, fill=(255, 255, 255), font=font(round(0.1 * pixels)), anchor="mm")


def _badge(pen, pixels, rng):
    shout, colour = rng.choice(SHOUTS), rng.choice([(220, 30, 40), (250, 180, 20), (20, 120, 210), (20, 150, 90)])
    letters = font(round(0.09 * pixels))
    half = letters.getlength(shout) / 2 + 0.04 * pixels
    x = half if rng.random() < 0.5 else pixels - half
    y = 0.08 * pixels if rng.random() < 0.7 else 0.78 * pixels
    pen.rounded_rectangle([x - half, y - 0.07 * pixels, x + half, y + 0.07 * pixels], 0.03 * pixels, fill=colour)
    pen.text((x, y), shout, fill=(255, 255, 255), font=letters, anchor="mm")
