"""How near a reduction is to the best one: the full decoding, by Lanczos3 in double precision.

The full decoding is Pillow's: libjpeg-turbo's accurate one, libpng's, libwebp's. Orientation and colour profiles are
taken out of a JPEG or PNG before anyone sees it, so that nobody's colours or turns count; files of four inks, with
alpha or with a palette are left out. A reduction is compared at the size that its library gave it.
"""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import numpy as np
from _decoder import decoded_at
from _peers import CANNOT
from _pictures import KINDS
from PIL import Image
from scipy import sparse

if TYPE_CHECKING:
    from _peers import Maker
    from _pictures import Picture
    from numpy.typing import NDArray

    Pixels = NDArray[np.float64]

__all__ = ["ALLOWED", "BETTER_OF", "Reference", "bar", "psnr"]

BETTER_OF = ("pyvips", "Pillow")
ALLOWED = 1.0
"""How many dB below the better of those a reduction may be."""


class Reference:
    """A picture's full decoding. ValueError where quality cannot be measured by it, with why."""

    def __init__(self, picture: Picture) -> None:
        if picture.kind not in KINDS:
            raise ValueError(f"it is a {picture.kind}")
        if picture.mode not in {"RGB", "L"}:
            raise ValueError(f"its colours are {picture.mode}")
        self.data = _plain(picture.data) if picture.is_jpeg else picture.data
        if picture.kind == "PNG":
            self.data = _plain_png(picture.data)
        try:
            with Image.open(io.BytesIO(self.data)) as image:
                if image.info.get("icc_profile") or image.info.get("exif"):
                    raise ValueError("it has a colour profile or an orientation")
                self._pixels = np.asarray(image)
        except OSError as error:
            raise ValueError(f"it cannot be read whole: {error}") from None
        self._reduced: dict[tuple[int, int], Pixels] = {}

    def reduced(self, width: int, height: int) -> Pixels:
        """The best picture of that size, as RGB."""
        if (width, height) not in self._reduced:
            full = self._pixels.reshape(*self._pixels.shape[:2], -1)
            down, across = _lanczos3(full.shape[0], height), _lanczos3(full.shape[1], width)
            self._reduced[width, height] = _by(down, across, full)
        return self._reduced[width, height]

    def scaled(self, samples: int, width: int, height: int) -> float:
        """The PSNR of what our decoder gives with so many samples for each 8, reduced in the best way."""
        decoded = decoded_at(self.data, samples)
        sides = [side * samples / 8 for side in self._pixels.shape[:2]]
        down, across = _lanczos3(decoded.shape[0], height, sides[0]), _lanczos3(decoded.shape[1], width, sides[1])
        reduced = _by(down, across, decoded)
        return psnr(self.reduced(width, height), np.rint(reduced).astype(np.uint8))

    def measure(self, makers: dict[str, Maker], size: int) -> dict[str, float]:
        """The PSNR of each maker's reduction, in dB."""
        found = {}
        for name, maker in makers.items():
            try:
                pixels = maker.pixels(self.data, size)
            except CANNOT:
                continue
            found[name] = psnr(self.reduced(pixels.shape[1], pixels.shape[0]), pixels)
        return found


def psnr(best: Pixels, pixels: NDArray[np.uint8]) -> float:
    """In dB, and no more than 100: so much have pictures that are equal but for how they are rounded."""
    error = float(np.mean((best - pixels) ** 2))
    return 10 * math.log10(255**2 / max(error, 255**2 * 1e-10))


def bar(found: dict[str, float]) -> float:
    """The PSNR that a reduction has to have."""
    return max((found[name] for name in BETTER_OF if name in found), default=-math.inf) - ALLOWED


def _by(down: sparse.csr_array, across: sparse.csr_array, pixels: NDArray[np.uint8]) -> Pixels:
    """The pixels reduced by both, as RGB."""
    channels = [(across @ (down @ pixels[..., index].astype(np.float64)).T).T for index in range(pixels.shape[2])]
    reduced = np.clip(np.stack(channels, axis=-1), 0, 255)
    return np.broadcast_to(reduced, (*reduced.shape[:2], 3))


def _lanczos3(source: int, target: int, length: float | None = None) -> sparse.csr_array:
    """A row of weights for each of the target's samples, by their places in the source, of which `length` counts."""
    scale = (length or source) / target
    reach = max(scale, 1.0)
    weights, columns, ends = [], [], [0]
    for index in range(target):
        centre = (index + 0.5) * scale
        places = np.arange(max(0, math.floor(centre - 3 * reach)), min(source, math.ceil(centre + 3 * reach)))
        distance = (places + 0.5 - centre) / reach
        row = np.where(np.abs(distance) < 3, np.sinc(distance) * np.sinc(distance / 3), 0)
        weights.append(row / row.sum())
        columns.append(places)
        ends.append(ends[-1] + len(places))
    return sparse.csr_array((np.concatenate(weights), np.concatenate(columns), ends), shape=(target, source))


def _plain(jpeg: bytes) -> bytes:
    """The file without its application segments, but for JFIF's and Adobe's, which say what its colours are."""
    parts, position = [jpeg[:2]], 2
    while position + 4 <= len(jpeg) and jpeg[position] == 0xFF and jpeg[position + 1] != 0xDA:
        marker = jpeg[position + 1]
        end = position + 2 + int.from_bytes(jpeg[position + 2 : position + 4], "big")
        if not 0xE1 <= marker <= 0xEF or marker == 0xEE:
            parts.append(jpeg[position:end])
        position = end
    return b"".join([*parts, jpeg[position:]])


def _plain_png(png: bytes) -> bytes:
    """The file without what says which colours its samples stand for, and how it lies."""
    parts, position = [png[:8]], 8
    while position + 8 <= len(png):
        end = position + 12 + int.from_bytes(png[position : position + 4], "big")
        if png[position + 4 : position + 8] not in {b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"eXIf"}:
            parts.append(png[position:end])
        position = end
    return b"".join(parts)
