"""Encoders of ours beside those that people use: bytes at the same score, times, and the bars."""

from __future__ import annotations

import itertools
import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from _encoders import SANDBOX

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ABOVE",
    "CONTESTS",
    "LEVELS",
    "SCORES",
    "Contest",
    "Files",
    "Key",
    "Point",
    "bytes_at",
    "judged",
    "ratios",
    "time_bar",
    "times",
]

SCORES = (50.0, 60.0, 70.0, 80.0, 90.0)
LEVELS = (28.0, 32.0, 36.0, 40.0)
"""PSNR in dB."""

ABOVE = 1.05
"""How many times the bar a single photograph may be."""


@dataclass(frozen=True)
class Contest:
    """An encoder of ours beside another one.

    `bar`: what the median of the bytes may be, divided by the peer's; `times`: and that of the seconds, natively and in
    the sandbox. None where nothing is asked.
    """

    ours: str
    peer: str
    bar: float | None = None
    times: tuple[float, float] | None = None


CONTESTS = (
    Contest("WebP, effort 4", "libwebp -m 4", 1.03, (1.5, 2.5)),
    Contest("WebP, effort 6", "libwebp -m 6", 1.0),
    Contest("JPEG, effort 4", "libjpeg-turbo", 0.95),
    Contest("JPEG, effort 4", "jpegli"),
    Contest("JPEG, effort 6", "mozjpeg", 1.0),
)


@dataclass(frozen=True)
class Point:
    """A file that an encoder made."""

    quality: int
    bytes: int
    score: float
    psnr: float
    seconds: float


Key = tuple[str, int]
"""A photograph and the side of its box."""

Files = dict[str, dict[Key, list[Point]]]
"""Each encoder's files."""


def bytes_at(points: list[Point], of: Callable[[Point], float], level: float) -> float | None:
    """The logarithm of the bytes at a score, between the two points around it."""
    line = sorted((of(point), math.log(point.bytes)) for point in points)
    for (low, fewer), (high, more) in itertools.pairwise(line):
        if low <= level <= high and high > low:
            return fewer + (more - fewer) * (level - low) / (high - low)
    return None


def ratios(
    files: Files, contest: Contest, size: int, of: Callable[[Point], float], levels: tuple[float, ...]
) -> dict[tuple[str, float], float]:
    """Ours divided by the peer's, for the photographs and levels that both reach."""
    found = {}
    for key, points in files[contest.ours].items():
        if key[1] != size:
            continue
        for level in levels:
            mine, other = bytes_at(points, of, level), bytes_at(files[contest.peer][key], of, level)
            if mine is not None and other is not None:
                found[key[0], level] = math.exp(mine - other)
    return found


def times(files: Files, ours: str, peer: str, size: int) -> float:
    """How many times as long as the peer ours takes, in the median of photographs and qualities."""
    of_ours, of_peer = (
        [point.seconds for key, points in files[encoder].items() if key[1] == size for point in points]
        for encoder in (ours, peer)
    )
    return statistics.median(mine / theirs for mine, theirs in zip(of_ours, of_peer, strict=True))


def judged(of_all: list[float], bar: float | None) -> str:
    """Whether the median meets the bar, and everything what a single photograph may be."""
    if bar is None or not of_all:
        return ""
    median = statistics.median(of_all)
    if median > bar:
        return f"MISSED by {100 * (median / bar - 1):.1f} %"
    above = sum(one > bar * ABOVE for one in of_all)
    return f"met in the median, {above} of {len(of_all)} above {bar * ABOVE:.3f}" if above else "met"


def time_bar(encoder: str) -> tuple[str, float] | None:
    """The peer and how many times its time an encoder of ours may take."""
    for contest in CONTESTS:
        if contest.times and encoder in {contest.ours, contest.ours + SANDBOX}:
            return contest.peer, contest.times[encoder.endswith(SANDBOX)]
    return None
