"""Families of costly files: a way to make one of about so many bytes and pixels, and the shapes that are tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FAMILIES", "LIMIT", "Family", "family"]

LIMIT = 1 << 28
"""Pixels of the largest picture that is tried: the default of `max_pixels`."""

FAMILIES: list[Family] = []


@dataclass(frozen=True)
class Family:
    """A way to make costly files. `make` is given the bytes that the file may have, roughly, and its pixels."""

    format: str
    name: str
    make: Callable[..., bytes]
    pixels: int
    """Of the largest picture that it makes sense with; fewer where the core refuses so many."""
    shapes: tuple[dict[str, Any], ...]
    """What else `make` may be told. The costliest of them counts."""

    @property
    def label(self) -> str:
        """For a table."""
        return f"{self.format}: {self.name}"


def family(
    format_name: str, name: str, *shapes: dict[str, Any], pixels: int = LIMIT
) -> Callable[[Callable[..., bytes]], Callable[..., bytes]]:
    """Enters a maker into FAMILIES."""

    def enter(make: Callable[..., bytes]) -> Callable[..., bytes]:
        FAMILIES.append(Family(format_name, name, make, pixels, shapes or ({},)))
        return make

    return enter
