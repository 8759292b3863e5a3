"""What is shown of a picture until a thumbnail is there: a ThumbHash, and how it becomes a picture.

The format is Evan Wallace's (https://evanw.github.io/thumbhash/): a few frequencies of lightness, two differences of
colours, and alpha, in four bits each.
"""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass
from math import ceil, cos, floor, pi

__all__ = ["Placeholder", "is_hash"]


@dataclass(frozen=True)
class Placeholder:
    """What is shown of a picture until a thumbnail is there."""

    hash: bytes
    """A ThumbHash, of 17 to 25 bytes. Every reader of ThumbHashes shows it, the npm package's among them."""
    average: tuple[int, int, int]
    """Red, green and blue, 0 to 255: the average colour of what is opaque."""
    width: int
    """Of the upright source, as people see it: keeps the place that the thumbnail will take."""
    height: int
    has_alpha: bool
    """Whether the picture is transparent somewhere, and so is its hash."""

    def data_url(self) -> str:
        """The hash as a picture: the address of a PNG, 32 pixels along its longer side, for HTML and CSS.

        page = f'<img src="{placeholder.data_url()}" width="{placeholder.width}" height="{placeholder.height}">'

        It takes some 2,000 to 5,000 characters. Where that is too many, send the hash and draw it in the page: the npm
        package has `thumbHashToDataURL`.
        """
        width, height, pixels = _shown(self.hash)
        row = 4 * width
        # Each row begins with the number of its filter: 0, for none.
        rows = b"".join(b"\0" + pixels[start : start + row] for start in range(0, len(pixels), row))
        # 8 bits, RGBA, not interlaced.
        header = struct.pack(">2I5B", width, height, 8, 6, 0, 0, 0)
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
        png = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)
        return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def is_hash(data: bytes) -> bool:
    """Whether bytes are a whole ThumbHash."""
    return len(data) >= _SHORTEST and len(data) == _Reader(data).length


_SHORTEST = 5
"""Bytes that say how many there are."""

_SIDE = 32
"""The longer side of what is shown, in pixels."""

_SATURATION = 1.25
"""What makes up for what rounding takes from faint colours."""


class _Reader:
    """The numbers of a hash: its lowest bits come first."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data, "little")
        self._at = 0
        light, yellow, red = self._take(6) / 63, self._take(6) / 31.5 - 1, self._take(6) / 31.5 - 1
        light_scale = self._take(5) / 31
        self.has_alpha = bool(self._take(1))
        shorter = self._take(3)
        yellow_scale, red_scale = self._take(6) / 63, self._take(6) / 63
        landscape = bool(self._take(1))
        longer = 5 if self.has_alpha else 7
        self.sides = (longer, shorter) if landscape else (shorter, longer)
        alpha, alpha_scale = (self._take(4) / 15, self._take(4) / 15) if self.has_alpha else (1.0, 0.0)
        across, down = (max(3, side) for side in self.sides)
        self.light = self._channel(light, across, down, light_scale)
        self.yellow = self._channel(yellow, 3, 3, yellow_scale * _SATURATION)
        self.red = self._channel(red, 3, 3, red_scale * _SATURATION)
        self.alpha = self._channel(alpha, 5, 5, alpha_scale) if self.has_alpha else [[alpha]]
        self.length = ceil(self._at / 8) if 0 < shorter <= longer else 0

    def _take(self, bits: int) -> int:
        number = self._bits >> self._at & (1 << bits) - 1
        self._at += bits
        return number

    def _channel(self, mean: float, across: int, down: int, scale: float) -> list[list[float]]:
        """Rows of factors: those of one frequency down, by their frequencies across. The mean is the first of all."""
        rows = []
        for y in range(down):
            # High frequencies of both sides are left out.
            count = ceil(across * (down - y) / down)
            first = [mean] if y == 0 else []
            factors = [(self._take(4) / 7.5 - 1) * scale * 2 for _ in range(len(first), count)]
            rows.append(first + factors)
        return rows


def _shown(data: bytes) -> tuple[int, int, bytes]:
    """Width, height and pixels, R, G, B, A."""
    hash_ = _Reader(data)
    across, down = hash_.sides
    ratio = across / down
    width, height = (floor(side + 0.5) for side in ((_SIDE, _SIDE / ratio) if ratio > 1 else (_SIDE * ratio, _SIDE)))
    columns = [_cosines(x, width) for x in range(width)]
    pixels = bytearray()
    for y in range(height):
        line = _cosines(y, height)
        # The frequencies down are summed once for the row.
        channels = [_row(channel, line) for channel in (hash_.light, hash_.yellow, hash_.red, hash_.alpha)]
        for column in columns:
            light, yellow, red, alpha = (
                sum(factor * cosine for factor, cosine in zip(channel, column, strict=False)) for channel in channels
            )
            b = light - 2 / 3 * yellow
            r = (3 * light - b + red) / 2
            pixels.extend(int(255 * min(1.0, max(0.0, sample))) for sample in (r, r - red, b, alpha))
    return width, height, bytes(pixels)


def _cosines(at: int, length: int) -> list[float]:
    return [cos(pi / length * (at + 0.5) * frequency) for frequency in range(7)]


def _row(channel: list[list[float]], line: list[float]) -> list[float]:
    sums = [0.0] * len(channel[0])
    for factors, cosine in zip(channel, line, strict=False):
        for x, factor in enumerate(factors):
            sums[x] += factor * cosine
    return sums


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
