"""A product's regions as a drawing, for where its picture is not at hand."""

import dataclasses
from html import escape

WIDTH = 260  # pixels of the drawing; its height follows from the picture's
TALLEST, FLATTEST = 2.0, 0.4  # height by width, so that one odd picture does not take the page
COLOURS = ("#2a78d6", "#d9622b", "#12855a", "#5b3fb5", "#b45f06", "#a2336d", "#3d7a8a", "#6b6f1d")


@dataclasses.dataclass(frozen=True)
class Region:
    """One box: the name of its label, and its sides as shares of the picture's height and width, 0 to 1."""

    name: str
    top: float
    left: float
    bottom: float
    right: float


def draw(regions: tuple[Region, ...], height_by_width: float) -> str:
    """Returns an SVG: the largest region first, so that none hides a smaller one; a label's colour is the same in each.

    Args:
      regions: of one product.
      height_by_width: of its picture.
    """
    height = WIDTH * min(max(height_by_width, FLATTEST), TALLEST)
    ordered = sorted(regions, key=lambda region: -(region.bottom - region.top) * (region.right - region.left))
    return (
        f'<svg class="regions" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{len(regions)} regions">'
        f"{''.join(_box(region, height) for region in ordered)}</svg>"
    )


def _box(region: Region, height: float) -> str:
    x, y = WIDTH * region.left, height * region.top
    wide, tall = WIDTH * (region.right - region.left), height * (region.bottom - region.top)
    colour = COLOURS[sum(region.name.encode()) % len(COLOURS)]
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" fill="{colour}" fill-opacity=".08" '
        f'stroke="{colour}" stroke-width="1.5"/>'
        f'<text x="{x + 4:.1f}" y="{y + 13:.1f}" style="fill:{colour}">{escape(region.name)}</text>'
    )
