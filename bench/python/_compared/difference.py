"""How far two pictures are apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Difference", "between"]


@dataclass(frozen=True, order=True)
class Difference:
    """Of pictures' pixels, in levels: each pixel's channel that differs most, over white, or its alpha."""

    mean: float
    most: int
    """The 99th percentile."""
    sizes: str = ""
    """Why they could not be laid over each other."""

    def within(self, mean: float, most: int) -> bool:
        """Whether the two are one picture."""
        return not self.sizes and self.mean <= mean and self.most <= most

    def __str__(self) -> str:
        return self.sizes or f"mean {self.mean:.2f}, 99th {self.most}"


def between(one: NDArray[np.uint8], other: NDArray[np.uint8], side: int) -> Difference:
    """Of two RGBA pictures. Where they were reduced to `side`, the sizes may differ by rounding."""
    if one.shape != other.shape:
        reduced = side in one.shape[:2] and side in other.shape[:2]
        if not reduced or any(abs(a - b) > 1 for a, b in zip(one.shape, other.shape, strict=True)):
            sizes = [f"{picture.shape[1]} x {picture.shape[0]}" for picture in (one, other)]
            return Difference(255.0, 255, " and ".join(sizes))
        height, width = other.shape[:2]
        one = np.asarray(Image.fromarray(one).resize((width, height), Image.Resampling.LANCZOS))
    apart = np.abs(_flat(one) - _flat(other)).max(axis=-1)
    counts = np.bincount(apart.ravel(), minlength=256)
    total = int(counts.sum())
    most = int(np.searchsorted(counts.cumsum(), 0.99 * total))
    return Difference(float(counts @ np.arange(256)) / total, most)


def _flat(picture: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Colours over white, and alpha: what a transparent pixel hides does not count."""
    alpha = picture[..., 3:].astype(np.uint16)
    colours = (picture[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return np.concatenate([colours, alpha], axis=-1).astype(np.int16)
