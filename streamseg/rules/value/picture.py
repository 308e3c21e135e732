"""The grid of an RFM as a picture: one coloured area a segment, its name and what its cells are."""

from __future__ import annotations

from xml.sax.saxutils import escape

from streamseg.core.features.order_history import OrderTerms
from streamseg.core.labels.rfm import GRID, Rfm
from streamseg.core.tables.terms import TableTerms
from streamseg.rules.value.rfm import RFM_FIELDS, rfm_label

_CELL = (150, 84)  # px
_LEFT, _TOP, _BOTTOM = 120, 50, 44
# From the worst name to the best: red over yellow to green, all light enough for dark text.
_HUES = (0, 130)


def picture(label: Rfm) -> str:
    """An SVG of the grid: recency upwards, value to the right."""
    scores = label.scores_of_each
    width, height = _LEFT + scores * _CELL[0] + 10, _TOP + scores * _CELL[1] + _BOTTOM
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" text-anchor="middle">'
        ),
        f"<title>The segments of {escape(label.name)} by recency and value</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        (
            f'<text x="{_LEFT + scores * _CELL[0] // 2}" y="28" font-size="18">'
            "the more often and the more, the further right (value)</text>"
        ),
    ]
    for recency in range(scores, 0, -1):
        y = _TOP + (scores - recency) * _CELL[1]
        lines.append(
            f'<text x="{_LEFT // 2}" y="{y + _CELL[1] // 2 + 6}" font-size="16">'
            f"recency {recency}</text>"
        )
        lines += [_cell(label, recency, value, y) for value in range(1, scores + 1)]
    y = _TOP + scores * _CELL[1] + 26
    for value in range(1, scores + 1):
        x = _LEFT + (value - 1) * _CELL[0] + _CELL[0] // 2
        lines.append(f'<text x="{x}" y="{y}" font-size="16">value {value}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def default_picture() -> str:
    """The grid of the default names."""
    defaults = {name: one.default for name, one in RFM_FIELDS.items()} | {"segments": GRID}
    return picture(rfm_label("buyers", defaults, OrderTerms(), TableTerms()))


def _cell(label: Rfm, recency: int, value: int, y: int) -> str:
    place = label.place_of(recency, value)
    low, high = _HUES
    hue = low + (high - low) * place // max(len(label.names) - 1, 1)
    x = _LEFT + (value - 1) * _CELL[0]
    name = escape(label.names[place].replace("_", " "))
    return (
        f'<rect x="{x}" y="{y}" width="{_CELL[0]}" height="{_CELL[1]}" '
        f'fill="hsl({hue},65%,82%)" stroke="#ffffff" stroke-width="3"/>'
        f'<text x="{x + _CELL[0] // 2}" y="{y + _CELL[1] // 2 + 5}" font-size="14">{name}</text>'
    )
