"""Whether more quality means more bytes and a higher score, over all quality numbers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _contests import Point

__all__ = ["Falls", "falls"]

NOTICED = 0.5
"""What the score may fall by between neighbours: every encoder's does, since errors of rounding are luck."""


@dataclass
class Falls:
    """An encoder's, over all photographs."""

    steps: int = 0
    bytes: int = 0
    most_bytes: float = 0.0
    score: int = 0
    noticed: int = 0
    most_score: float = 0.0
    where_bytes: str = ""
    where_score: str = ""

    def add(self, name: str, points: list[Point]) -> None:
        """A photograph's files, by rising quality."""
        for low, high in itertools.pairwise(points):
            self.steps += 1
            step = f"{name}, {low.quality} to {high.quality}"
            if high.bytes < low.bytes:
                self.bytes += 1
                share = 1 - high.bytes / low.bytes
                if share > self.most_bytes:
                    self.most_bytes, self.where_bytes = share, step
            fall = low.score - high.score
            self.score += fall > 0
            self.noticed += fall > NOTICED
            if fall > self.most_score:
                self.most_score, self.where_score = fall, step

    def __str__(self) -> str:
        """A line of the report."""
        fewer = f"bytes fall in {self.bytes} of {self.steps} steps"
        if self.bytes:
            fewer += f", at most by {100 * self.most_bytes:.2f} % ({self.where_bytes})"
        lower = f"the score in {self.score}, by more than {NOTICED:g} in {self.noticed}"
        if self.score:
            lower += f", at most by {self.most_score:.2f} ({self.where_score})"
        return f"{fewer}; {lower}"


def falls(files: dict[str, dict[str, list[Point]]]) -> dict[str, Falls]:
    """Each encoder's."""
    found = {}
    for encoder, of_pictures in files.items():
        found[encoder] = Falls()
        for name, points in of_pictures.items():
            found[encoder].add(name, points)
    return found
