"""A transparent square to draw a product on, in coordinates from 0 (left, top) to 1 (right, bottom)."""

import functools

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Fill = tuple[int, int, int] | Image.Image


class Canvas:
    """Paints shapes in a colour or in a cloth.

    A fill is RGB in 0..255 or a picture as large as the canvas, of which the shape shows its part.

    Args:
      pixels: side of the square in pixels.
    """

    def __init__(self, pixels: int):
        self.pixels = pixels
        self.image = Image.new("RGBA", (pixels, pixels))

    def polygon(self, points, fill: Fill) -> None:
        """Fills the polygon through (x, y) points."""
        self._paint(fill, lambda pen: pen.polygon([self._at(point) for point in points], fill=255))

    def ellipse(self, left: float, top: float, right: float, bottom: float, fill: Fill) -> None:
        """Fills the ellipse in a box."""
        self._paint(fill, lambda pen: pen.ellipse([*self._at((left, top)), *self._at((right, bottom))], fill=255))

    def box(self, left: float, top: float, right: float, bottom: float, fill: Fill, radius: float = 0.0) -> None:
        """Fills a box, its corners rounded by `radius`."""
        corners = [*self._at((left, top)), *self._at((right, bottom))]
        self._paint(fill, lambda pen: pen.rounded_rectangle(corners, radius * self.pixels, fill=255))

    def line(self, points, fill: Fill, width: float = 0.02) -> None:
        """Draws a line through (x, y) points, `width` thick."""
        width = max(1, round(width * self.pixels))
        self._paint(fill, lambda pen: pen.line([self._at(point) for point in points], 255, width, joint="curve"))

    def arc(self, left, top, right, bottom, start: float, end: float, fill: Fill, width: float = 0.02) -> None:
        """Draws the part of an ellipse between two angles in degrees, clockwise from three o'clock."""
        corners = [*self._at((left, top)), *self._at((right, bottom))]
        width = max(1, round(width * self.pixels))
        self._paint(fill, lambda pen: pen.arc(corners, start, end, fill=255, width=width))

    def text(self, words: str, left: float, top: float, right: float, bottom: float, fill: Fill) -> None:
        """Prints words as large as fits, in the middle of the box."""
        width, height = (right - left) * self.pixels, (bottom - top) * self.pixels
        reach = font(100).getlength(words)
        letters = font(max(4, int(min(height, 100 * width / max(reach, 1)))))
        middle = self._at(((left + right) / 2, (top + bottom) / 2))
        self._paint(fill, lambda pen: pen.text(middle, words, fill=255, font=letters, anchor="mm"))

    def shade(self, light: str) -> None:
        """Gives the drawing body: "round" darkens its left and right edge as on a can, "flat" its foot."""
        bounds = self.image.getbbox()
        if bounds is None:
            return
        left, top, right, bottom = bounds
        across, down = np.linspace(-1, 1, right - left), np.linspace(-1, 1, bottom - top)[:, None]
        if light == "round":
            gain = 1.12 - 0.5 * np.abs(across + 0.25) ** 2.2 + 0 * down
        else:
            gain = 1.05 - 0.12 * down + 0.04 * across
        part = np.asarray(self.image.crop(bounds), np.float32).copy()
        part[..., :3] = np.clip(part[..., :3] * gain[..., None].astype(np.float32), 0, 255)
        self.image.paste(Image.fromarray(part.astype(np.uint8)), (left, top))

    def _at(self, point) -> tuple[float, float]:
        return point[0] * self.pixels, point[1] * self.pixels

    def _paint(self, fill: Fill, draw) -> None:
        mask = Image.new("L", self.image.size)
        draw(ImageDraw.Draw(mask))
        self.image.paste(fill if isinstance(fill, tuple) else fill.convert("RGBA"), mask=mask)


@functools.lru_cache(maxsize=256)
def font(pixels: int) -> ImageFont.FreeTypeFont:
    """Returns the font that Pillow carries, at a height in pixels."""
    return ImageFont.load_default(pixels)


def mix(first, second, share: float) -> tuple[int, int, int]:
    """Returns the RGB between two, `share` in [0, 1] of the way from the first to the second."""
    return tuple(round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
