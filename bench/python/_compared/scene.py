"""The picture that every made file shows, and its samples in the types that files have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["HEIGHT", "WIDTH", "Kind", "grey", "inks", "rgb", "rgba", "samples", "shown"]

WIDTH, HEIGHT = 83, 61
"""Odd, so that the last tile, the last strip and the last byte of a row are partial."""


@dataclass(frozen=True)
class Kind:
    """A file that can be made. `shows`: its picture as 8-bit RGBA, where there is no doubt what it means."""

    name: str
    make: Callable[[], bytes]
    shows: NDArray[np.uint8] | None = None


def rgb() -> NDArray[np.float64]:
    """Gradients, a light corner and a dark disc: no turn, mirror or exchange of channels leaves it as it was."""
    across, down = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    picture = np.stack([0.15 + 0.8 * across, 0.9 - 0.7 * down, 0.25 + 0.35 * (across + down)], axis=-1)
    picture[:14, :20] = (0.95, 0.9, 0.2)
    picture[np.hypot(across - 0.75, (down - 0.7) * HEIGHT / WIDTH) < 0.15] = (0.1, 0.15, 0.5)
    return np.asarray(picture)


def grey() -> NDArray[np.float64]:
    """Its first two channels' mean, in one channel."""
    return np.asarray(rgb()[..., :2].mean(axis=-1, keepdims=True))


def rgba() -> NDArray[np.float64]:
    """Opaque above, and more and more transparent below."""
    alpha = np.clip(np.linspace(1.5, -0.2, HEIGHT), 0, 1)[:, None, None]
    return np.concatenate([rgb(), np.broadcast_to(alpha, (HEIGHT, WIDTH, 1))], axis=-1)


def inks() -> NDArray[np.float64]:
    """Cyan, magenta, yellow and black."""
    colours = rgb()
    black = 1 - colours.max(axis=-1, keepdims=True)
    return np.concatenate([(1 - black - colours) / np.maximum(1e-9, 1 - black), black], axis=-1)


def samples(picture: NDArray[np.float64], kind: str) -> NDArray[Any]:
    """In a type of numpy's: all of an unsigned integer's range, the positive half of a signed one's, floats 0 to 1."""
    dtype = np.dtype(kind)
    if dtype == np.bool_:
        return picture > 0.5
    if dtype.kind == "f":
        return picture.astype(dtype)
    top = int(np.iinfo(dtype).max)
    if top <= 65535:
        return np.asarray(np.rint(picture * top), dtype)
    # A float has no 64 bits.
    steps = np.asarray(np.rint(picture * 65535), np.uint64)
    return np.asarray(steps * np.uint64(top // 65535), dtype)


def shown(picture: NDArray[np.float64], levels: int = 255) -> NDArray[np.uint8]:
    """As 8-bit RGBA, by way of so many steps."""
    picture = np.rint(picture * levels) / levels
    if picture.shape[-1] in {1, 2}:
        picture = np.concatenate([picture[..., :1]] * 3 + [picture[..., 1:]], axis=-1)
    if picture.shape[-1] == 3:
        picture = np.concatenate([picture, np.ones((*picture.shape[:2], 1))], axis=-1)
    return np.asarray(np.rint(picture * 255), np.uint8)
