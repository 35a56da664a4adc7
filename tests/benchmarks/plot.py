"""The figures as one SVG: a bar for each ratio against its budget, a small chart for each curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from tests.benchmarks.figures import Curve, Figure

_WIDTH, _ROW, _CELL, _GAP = 760, 26, 230, 20
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#333}.dim{fill:#777}.good{fill:#2f7d4f}.bad{fill:#b3442e}"
    ".line{fill:none;stroke:#2f6db3;stroke-width:2}.dot{fill:#2f6db3}.axis{stroke:#bbb}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.dim{fill:#999}.axis{stroke:#555}}"
)


def svg(figures: Sequence[Figure], curves: Sequence[Curve]) -> str:
    """A drawing of its own, with nothing to load."""
    budgeted = [figure for figure in figures if figure.budget]
    bars = [_bar(figure, 30 + _ROW * row) for row, figure in enumerate(budgeted)]
    top = 60 + _ROW * len(budgeted)
    across = _WIDTH // (_CELL + _GAP)
    cells = [
        _chart(curve, (number % across) * (_CELL + _GAP), top + (number // across) * 150)
        for number, curve in enumerate(curves)
    ]
    height = top + 150 * math.ceil(len(curves) / across)
    head = '<text x="0" y="14" class="dim">share of the budget used; the line is the budget</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
        f'height="{height}" role="img" aria-label="Benchmark results"><style>{_STYLE}</style>'
        + "\n".join([head, *bars, *cells])
        + "</svg>\n"
    )


def _bar(figure: Figure, y: int) -> str:
    assert figure.budget
    used = figure.median / figure.budget if figure.at_most else figure.budget / figure.median
    left, whole = 285, 200
    width = min(used, 1.6) * whole
    said = f"{figure.median:.3g} {figure.unit} ({'≤' if figure.at_most else '≥'} {figure.budget:g})"
    return (
        f'<text x="0" y="{y + 13}">{escape(figure.name)}</text>'
        f'<rect class="{"good" if figure.holds else "bad"}" x="{left}" y="{y + 2}" width="{width:.0f}" '
        f'height="14" rx="2"/><line class="axis" x1="{left + whole}" x2="{left + whole}" y1="{y}" '
        f'y2="{y + 18}"/><text class="dim" x="{left + max(width, whole) + 6:.0f}" y="{y + 13}">'
        f"{escape(said)}</text>"
    )


def _chart(curve: Curve, x: int, y: int) -> str:
    """Both axes logarithmic, since sizes go by tens; the first and last values are written."""
    xs = [math.log10(size) for size, _ in curve.points]
    ys = [math.log10(value) for _, value in curve.points]
    low, high = min(ys) - 0.15, max(max(ys), min(ys) + 1) + 0.15
    spots = [
        (x + (a - xs[0]) / (xs[-1] - xs[0]) * _CELL, y + 110 - (b - low) / (high - low) * 85)
        for a, b in zip(xs, ys, strict=True)
    ]
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in spots)
    dots = "".join(f'<circle class="dot" cx="{a:.1f}" cy="{b:.1f}" r="3"/>' for a, b in spots)
    first, last = curve.points[0], curve.points[-1]
    return (
        f'<text x="{x}" y="{y + 12}">{escape(curve.name)}, {escape(curve.unit)}</text>'
        f'<line class="axis" x1="{x}" x2="{x + _CELL}" y1="{y + 112}" y2="{y + 112}"/>'
        f'<polyline class="line" points="{path}"/>{dots}'
        f'<text class="dim" x="{x}" y="{y + 127}">{first[0]}: {_short(first[1])}</text>'
        f'<text class="dim" x="{x + _CELL}" y="{y + 127}" text-anchor="end">'
        f"{last[0]:,} {escape(curve.of)}: {_short(last[1])}</text>"
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"
