"""The places where sellers photograph: white ground, wall and table, planks, tiles, fabric, lights out of focus."""

import random

from PIL import Image, ImageDraw, ImageFilter

from sample_data.canvas import mix

TONES = ((236, 226, 210), (214, 224, 230), (226, 214, 222), (206, 216, 196), (190, 196, 204), (150, 120, 96),
         (96, 110, 128), (228, 190, 160), (70, 74, 84), (176, 206, 214), (244, 238, 228), (200, 170, 130))  # fmt: skip
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def scene(name: str, rng: random.Random, pixels: int) -> Image.Image:
    """Returns an empty place, RGB `[pixels, pixels]`; `name` is a key of SCENES."""
    picture = Image.new("RGB", (pixels, pixels), rng.choice(TONES))
    SCENES[name](picture, rng, pixels)
    return picture


def _studio(picture, rng, pixels):
    picture.paste((rng.randint(246, 255),) * 3, (0, 0, pixels, pixels))


def _plain(picture, rng, pixels):
    top = picture.getpixel((0, 0))
    ramp = Image.linear_gradient("L").resize((pixels, pixels))
    picture.paste(Image.composite(Image.new("RGB", picture.size, mix(top, BLACK, 0.25)), picture, ramp))


def _table(picture, rng, pixels):
    horizon = round(pixels * rng.uniform(0.5, 0.75))
    _plain(picture, rng, pixels)
    ImageDraw.Draw(picture).rectangle([0, horizon, pixels, pixels], fill=rng.choice(TONES))


def _planks(picture, rng, pixels):
    pen, wood = ImageDraw.Draw(picture), rng.choice([(170, 124, 84), (206, 172, 130), (120, 86, 62), (222, 214, 200)])
    width = pixels / rng.randint(3, 6)
    for i in range(7):
        tone = mix(wood, rng.choice((BLACK, WHITE)), rng.uniform(0, 0.18))
        pen.rectangle([i * width, 0, (i + 1) * width, pixels], fill=tone)
        for _ in range(5):
            x = (i + rng.random()) * width
            pen.line([(x, 0), (x + rng.uniform(-3, 3), pixels)], fill=mix(tone, BLACK, 0.12))
        pen.line([(i * width, 0), (i * width, pixels)], fill=mix(wood, BLACK, 0.5))


def _tiles(picture, rng, pixels):
    pen, step, tone = ImageDraw.Draw(picture), pixels / rng.randint(3, 6), picture.getpixel((0, 0))
    for i in range(8):
        pen.line([(i * step, 0), (i * step, pixels)], fill=mix(tone, BLACK, 0.25), width=max(1, pixels // 64))
        pen.line([(0, i * step), (pixels, i * step)], fill=mix(tone, BLACK, 0.25), width=max(1, pixels // 64))


def _fabric(picture, rng, pixels):
    pen, tone, step = ImageDraw.Draw(picture), picture.getpixel((0, 0)), max(3, pixels // 24)
    for i in range(-pixels, pixels, step):
        pen.line([(i, 0), (i + pixels, pixels)], fill=mix(tone, BLACK, 0.12))
        pen.line([(i + pixels, 0), (i, pixels)], fill=mix(tone, WHITE, 0.15))


def _lights(picture, rng, pixels):
    pen = ImageDraw.Draw(picture)
    pen.rectangle([0, 0, pixels, pixels], fill=mix(picture.getpixel((0, 0)), BLACK, 0.5))
    for _ in range(16):
        x, y, radius = rng.random() * pixels, rng.random() * pixels, rng.uniform(0.03, 0.13) * pixels
        pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=rng.choice(TONES))
    picture.paste(picture.filter(ImageFilter.GaussianBlur(pixels / 60)))


SCENES = {
    "studio": _studio,
    "plain": _plain,
    "table": _table,
    "planks": _planks,
    "tiles": _tiles,
    "fabric": _fabric,
    "lights": _lights,
}
