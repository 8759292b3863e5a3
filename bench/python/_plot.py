"""The measurements as a picture, in SVG: how many times as fast as pyvips each library is, file by file."""

from __future__ import annotations

import math
import statistics
from html import escape
from typing import TYPE_CHECKING

from _bars import BARS
from _pictures import CLASSES, KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from _bars import Result

__all__ = ["page", "plot"]

BASE = "pyvips"
COLOURS = {"native": "#0b7a4b", "wasm": "#1f5fbf", "pyvips": "#333", "Pillow": "#8a6d1f", "OpenCV": "#7a4a8c"}
OTHER = "#a0522d"
LEFT, WIDTH, RIGHT, TOP, ROW, HEAD = 150, 620, 60, 84, 20, 30


def plot(results: list[Result]) -> str:
    """A group of rows for each class and kind, a row for each library, a dot for each file and size."""
    counted = [result for result in results if BASE in result.seconds and result.psnr]
    groups = [
        (f"{ratio}, {kind}", members)
        for ratio in CLASSES
        for kind in KINDS
        if (members := [result for result in counted if (result.ratio, result.picture.kind) == (ratio, kind)])
    ]
    if not groups:
        return page(120, ['<text x="20" y="60">Nothing to show: nothing was measured beside pyvips.</text>'])
    times = [times for result in counted for name in result.seconds if (times := result.times_as_fast(name, BASE))]
    low = math.floor(math.log2(min(times) * 0.95))
    high = max(math.ceil(math.log2(max(times) * 1.05)), low + 1)

    def x(value: float) -> float:
        return LEFT + WIDTH * (math.log2(value) - low) / (high - low)

    body: list[str] = []
    y = TOP
    for title, members in groups:
        body.append(f'<text x="12" y="{y + 18}" class="head">{escape(title)}</text>')
        body.append(f'<text x="{LEFT + WIDTH}" y="{y + 18}" class="small end">{len(members)} files x sizes</text>')
        y += HEAD
        names = dict.fromkeys(name for result in members for name in result.seconds if name != BASE)
        for name in names:
            body += _row(name, members, y, x)
            y += ROW
        y += 8
    lines = []
    for power in range(low, high + 1):
        value = x(2.0**power)
        kind = "one" if power == 0 else "grid"
        lines.append(f'<line x1="{value:.1f}" x2="{value:.1f}" y1="{TOP - 6}" y2="{y}" class="{kind}"/>')
        lines += [
            f'<text x="{value:.1f}" y="{place}" class="small middle">{2.0**power:g}x</text>'
            for place in (TOP - 12, y + 16)
        ]
    legend = "a dot: a file at a size; hollow: under the quality bar; upright: the median; red: what ours has to reach"
    titles = [
        f'<text x="12" y="26" class="title">Thumbnails of JPEGs: throughput as a multiple of {BASE}&#8217;s</text>',
        f'<text x="12" y="46" class="small">{legend}</text>',
    ]
    return page(y + 30, titles + lines + body)


def page(height: int, body: list[str]) -> str:
    """A whole file, of the width of all our plots."""
    width = LEFT + WIDTH + RIGHT
    style = (
        "text{font:13px sans-serif;fill:#222}.title{font-size:17px;font-weight:bold}"
        ".head{font-weight:bold}.small{font-size:11px;fill:#666}.end{text-anchor:end}.middle{text-anchor:middle}"
        ".grid{stroke:#ddd}.one{stroke:#777}.bar{stroke:#c00;stroke-width:1.5;stroke-dasharray:3 2}"
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">',
            f"<style>{style}</style>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            *body,
            "</svg>\n",
        ]
    )


def _row(name: str, members: list[Result], y: int, x: Callable[[float], float]) -> list[str]:
    colour = COLOURS.get(name, OTHER)
    middle = y + ROW / 2
    row = [f'<text x="{LEFT - 10}" y="{middle + 4}" class="end" style="fill:{colour}">{escape(name)}</text>']
    first = members[0]
    found = [(result, times) for result in members if (times := result.times_as_fast(name, BASE))]
    for result, times in found:
        fill = "none" if result.is_under(name) else colour
        row.append(
            f'<circle cx="{x(times):.1f}" cy="{middle}" r="3.5" fill="{fill}" stroke="{colour}" opacity="0.55">'
            f"<title>{escape(result.picture.name)} at {result.size}: {times:.2f}x</title></circle>"
        )
    if found:
        median = statistics.median(times for _, times in found)
        row.append(
            f'<line x1="{x(median):.1f}" x2="{x(median):.1f}" y1="{y + 2}" y2="{y + ROW - 2}" stroke="{colour}" '
            'stroke-width="2.5"/>'
        )
        row.append(f'<text x="{LEFT + WIDTH + 8}" y="{middle + 4}" style="fill:{colour}">{median:.2f}x</text>')
    key = (first.ratio, first.picture.kind, name, BASE)
    reach = [x(bar.least) for bar in BARS if (bar.ratio, bar.kind, bar.ours, bar.against) == key]
    row += [f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{y}" y2="{y + ROW}" class="bar"/>' for place in reach]
    return row
