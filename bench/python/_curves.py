"""The bytes of encoders against the score, as a picture in SVG: ours divided by the peer's."""

from __future__ import annotations

import math
import statistics
from html import escape
from typing import TYPE_CHECKING

from _contests import bytes_at
from _plot import page

if TYPE_CHECKING:
    from _contests import Contest, Files, Point

__all__ = ["curves"]

COLOURS = ("#0b7a4b", "#1f5fbf", "#7a4a8c", "#8a6d1f", "#a0522d")
SCORES = [float(score) for score in range(30, 97)]
MEANING = "thin: a photograph; thick: the geometric mean, where more than half reach the score; dashed: the bar"
LOW, HIGH = 0.5, 1.4
LEFT, WIDTH, HEIGHT, TOP, GAP = 60, 680, 220, 84, 56


def curves(files: Files, contests: list[Contest], sizes: list[int]) -> str:
    """A diagram for each contest, a thin line for each photograph, a thick one for the geometric mean at a size."""
    legend = [
        f'<tspan fill="{colour}" font-weight="bold">{size} px</tspan>'
        for size, colour in zip(sizes, COLOURS, strict=False)
    ]
    body = [
        '<text x="12" y="26" class="title">Bytes at the same SSIMULACRA2, ours divided by the peer&#8217;s</text>',
        f'<text x="12" y="46" class="small">{MEANING}; {", ".join(legend)}</text>',
    ]
    top = TOP
    for contest in contests:
        body += _frame(contest, top)
        for size, colour in zip(sizes, COLOURS, strict=False):
            body += _lines(files, contest, size, colour, top)
        top += HEIGHT + GAP
    return page(top, body)


def _x(score: float) -> float:
    return LEFT + WIDTH * (score - SCORES[0]) / (SCORES[-1] - SCORES[0])


def _y(ratio: float, top: int) -> float:
    """Logarithmic, and what is beyond stands on the edge."""
    share = math.log(HIGH / min(max(ratio, LOW), HIGH)) / math.log(HIGH / LOW)
    return top + HEIGHT * share


def _frame(contest: Contest, top: int) -> list[str]:
    body = [f'<text x="12" y="{top - 10}" class="head">{escape(f"{contest.ours} / {contest.peer}")}</text>']
    for tenths in range(5, 15):
        ratio = tenths / 10
        y, kind = _y(ratio, top), "one" if tenths == 10 else "grid"
        body.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="{kind}"/>')
        body.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" class="small end">{ratio:g}</text>')
    for score in range(30, 97, 10):
        body.append(f'<line x1="{_x(score):.1f}" x2="{_x(score):.1f}" y1="{top}" y2="{top + HEIGHT}" class="grid"/>')
        body.append(f'<text x="{_x(score):.1f}" y="{top + HEIGHT + 14}" class="small middle">{score}</text>')
    if contest.bar:
        y = _y(contest.bar, top)
        body.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="bar"/>')
    return body


def _lines(files: Files, contest: Contest, size: int, colour: str, top: int) -> list[str]:
    body = []
    every: list[dict[float, float]] = []
    for key, points in files[contest.ours].items():
        if key[1] != size:
            continue
        line = _ratios(points, files[contest.peer][key])
        every.append(line)
        label = f"<title>{escape(key[0])} at {size}</title>"
        body.append(_line(line, top, f'stroke="{colour}" opacity="0.3"', label))
    mean = {}
    for score in SCORES:
        reached = [line[score] for line in every if score in line]
        if 2 * len(reached) > len(every):
            mean[score] = statistics.geometric_mean(reached)
    body.append(_line(mean, top, f'stroke="{colour}" stroke-width="2.5"', ""))
    return body


def _ratios(ours: list[Point], peers: list[Point]) -> dict[float, float]:
    found = {}
    for score in SCORES:
        mine, other = (bytes_at(points, lambda point: point.score, score) for points in (ours, peers))
        if mine is not None and other is not None:
            found[score] = math.exp(mine - other)
    return found


def _line(line: dict[float, float], top: int, style: str, label: str) -> str:
    points = " ".join(f"{_x(score):.1f},{_y(ratio, top):.1f}" for score, ratio in line.items())
    return f'<polyline points="{points}" fill="none" {style}>{label}</polyline>'
