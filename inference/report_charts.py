"""Charts as inline SVG: lines with a marked point, and two histograms over each other. Styled by report_style."""

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 460, 240
LEFT, RIGHT, TOP, BOTTOM = 50, 18, 14, 40


class Axes:
    """Places values in the drawing area and draws grid and labels.

    Args:
      x_range: (lowest, highest) value on the horizontal axis.
      y_range: the same on the vertical one.
    """

    def __init__(self, x_range: tuple[float, float], y_range: tuple[float, float]):
        self.x_range, self.y_range = _widened(x_range), _widened(y_range)

    def x(self, value: float) -> float:
        """Returns where a value lies from the left."""
        low, high = self.x_range
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Returns where a value lies from the top."""
        low, high = self.y_range
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def grid(self, x_label: str, y_label: str) -> str:
        """Returns grid lines with their values and the names of both axes."""
        parts = []
        for value in ticks(*self.y_range):
            y = self.y(value)
            parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            parts.append(f'<text x="{LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{number(value)}</text>')
        for value in ticks(*self.x_range):
            parts.append(f'<text x="{self.x(value):.1f}" y="{HEIGHT - 22}" text-anchor="middle">{number(value)}</text>')
        middle = (LEFT + WIDTH - RIGHT) / 2
        parts.append(f'<text class="label" x="{middle}" y="{HEIGHT - 5}" text-anchor="middle">{escape(x_label)}</text>')
        upright = f'transform="rotate(-90 12 {HEIGHT / 2 - 10})" text-anchor="middle"'
        parts.append(f'<text class="label" x="12" y="{HEIGHT / 2 - 10}" {upright}>{escape(y_label)}</text>')
        return "".join(parts)


def line_chart(
    series: dict[str, tuple[Sequence[float], Sequence[float]]],
    x_label: str,
    y_label: str,
    chosen: dict[str, tuple[float, float]] | None = None,
) -> str:
    """Returns an SVG of one line a series, and a legend where there are several.

    Args:
      series: name -> (x values, y values); values that are not finite break no line, they are left out.
      x_label, y_label: what the axes show.
      chosen: name -> (x, y) of a point to mark and to write out.
    """
    points = {name: _finite(*values) for name, values in series.items()}
    every = [point for line in points.values() for point in line]
    if not every:
        return '<p class="nothing">Nothing was recorded.</p>'
    axes = Axes(_span(x for x, _ in every), _span(y for _, y in every))
    parts = [axes.grid(x_label, y_label)]
    for name, line in points.items():
        path = " ".join(f"{axes.x(x):.1f},{axes.y(y):.1f}" for x, y in line)
        parts.append(f'<polyline class="{colour(name, series)}" points="{path}"/>')
    for name, (x, y) in (chosen or {}).items():
        note = f"{name}: {number(y)} at {number(x)}"
        parts.append(
            f'<circle class="{colour(name, series)}" cx="{axes.x(x):.1f}" cy="{axes.y(y):.1f}" r="5">'
            f"<title>{escape(note)}</title></circle>"
        )
    return _svg(parts, y_label) + (_legend(series, chosen) if len(series) > 1 or chosen else "")


def histogram_chart(
    edges: Sequence[float], same: Sequence[float], different: Sequence[float], threshold: float | None = None
) -> str:
    """Returns an SVG of two histograms, each as shares of its own pairs, and a line at the threshold.

    Args:
      edges: bin edges, one more than there are bins.
      same: pairs of one product by bin.
      different: pairs of different products by bin.
      threshold: where a pair counts as a match; None draws no line.
    """
    shares = {"same product": _shares(same), "different products": _shares(different)}
    axes = Axes((edges[0], edges[-1]), (0.0, max(max(values) for values in shares.values())))
    parts = [axes.grid("cosine", "share of the pairs")]
    for name, values in reversed(shares.items()):
        corners = [(edges[0], 0.0)]
        for left, right, value in zip(edges, edges[1:], values, strict=False):
            corners += [(left, value), (right, value)]
        path = " ".join(f"{axes.x(x):.1f},{axes.y(y):.1f}" for x, y in [*corners, (edges[-1], 0.0)])
        parts.append(f'<polygon class="{name.split()[0]}" points="{path}"/>')
    if threshold is not None and edges[0] <= threshold <= edges[-1]:
        x = axes.x(threshold)
        parts.append(f'<line class="threshold" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        side = 'text-anchor="end" x="%.1f"' % (x - 5) if x > WIDTH / 2 else 'x="%.1f"' % (x + 5)
        parts.append(f'<text class="label" {side} y="{TOP + 11}">threshold {number(threshold)}</text>')
    keys = "".join(f'<span><i class="{name.split()[0]}"></i>{name}</span>' for name in shares)
    return _svg(parts, "score histogram") + f'<p class="legend">{keys}</p>'


def colour(name: str, names) -> str:
    """Returns the CSS class of a series: a space keeps its colour on every chart, others take them in turn."""
    spaces = ("image", "title", "joint")
    known = [space for space in spaces if space in name]
    return f"series {known[0]}" if known else f"series other{list(names).index(name) % 3}"


def ticks(low: float, high: float) -> list[float]:
    """Returns about five round values in [low, high]."""
    step = 10 ** math.floor(math.log10((high - low) / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 5.5)
    return [i * step for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def number(value: float) -> str:
    """Writes a value in at most four figures, large ones with commas."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _svg(parts: list[str], label: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'


def _legend(series, chosen) -> str:
    def key(name):
        point = f" <b>{number(chosen[name][1])}</b> at {number(chosen[name][0])}" if name in (chosen or {}) else ""
        return f'<span><i class="{colour(name, series)}"></i>{escape(name)}{point}</span>'

    return f'<p class="legend">{"".join(map(key, series))}</p>'


def _finite(xs, ys) -> list[tuple[float, float]]:
    return [(x, y) for x, y in zip(xs, ys, strict=True) if y is not None and math.isfinite(y)]


def _span(values) -> tuple[float, float]:
    values = list(values)
    return min(values), max(values)


def _widened(span: tuple[float, float]) -> tuple[float, float]:
    low, high = span
    return (low, high) if high > low else (low - max(abs(low), 1) * 0.1, high + max(abs(high), 1) * 0.1)


def _shares(counts: Sequence[float]) -> list[float]:
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]
