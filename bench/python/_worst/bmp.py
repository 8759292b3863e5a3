"""BMP: runs, steps over rows that are not there, and rows that are not there at all."""

from __future__ import annotations

import struct

from .families import family
from .jpeg import square

__all__: list[str] = []

PLAIN, RLE8, RLE4, FIELDS = range(4)
END_OF_LINE, END, STEP = b"\0\0", b"\0\1", b"\0\2"


def bmp(
    side: tuple[int, int], depth: int, compression: int, data: bytes, *, colours: int = 0, upside_down: bool = False
) -> bytes:
    """A file with a header of 40 bytes and all colours black."""
    palette = bytes(4 * (1 << depth)) if depth <= 8 else b""
    if compression == FIELDS:
        palette = struct.pack("<III", 0xFF0000, 0xFF00, 0xFF)
    start = 54 + len(palette)
    height = -side[1] if upside_down else side[1]
    header = struct.pack("<IiiHHIIiiII", 40, side[0], height, 1, depth, compression, len(data), 0, 0, colours, 0)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + header + palette + data


@family(
    "bmp",
    "run lengths",
    *(
        {"piece": piece, "depth": depth, "wide": wide}
        for depth in (8, 4)
        for piece, wide in (
            (END, True),
            (b"\xff\0", True),
            (b"\1\0", True),
            (END_OF_LINE, True),
            (END_OF_LINE, False),
            (b"\xff\0" + END_OF_LINE, False),
            (STEP + b"\xff\0", True),
            (STEP + b"\0\xff", False),
            (STEP + b"\0\1", True),
            (STEP + b"\0\0", True),
            (b"\0\x03\0\0\0\0", True),
            (b"\0\xff" + bytes(256), True),
        )
    ),
)
def run_lengths(size: int, pixels: int, piece: bytes, depth: int, *, wide: bool) -> bytes:
    """The same instruction as often as there is room for; `wide`: in about a square, not as high as can be."""
    side = square(pixels) if wide else (max(1, pixels // 65535), 65535)
    data = piece * max(1, (size - 1200) // len(piece)) + END
    return bmp(side, depth, RLE8 if depth == 8 else RLE4, data)


@family(
    "bmp",
    "rows that are not there",
    *({"depth": depth, "wide": wide} for depth in (1, 4, 8, 16, 24, 32) for wide in (True, False)),
)
def claimed(size: int, pixels: int, depth: int, *, wide: bool) -> bytes:
    """As many rows as the file has room for, of many more."""
    side = square(pixels) if wide else (max(1, pixels // 65535), 65535)
    return bmp(side, depth, PLAIN, b"\xff" * max(4, size - 1200))


@family("bmp", "rows by bit fields", {"depth": 16}, {"depth": 32})
def fields(size: int, pixels: int, depth: int) -> bytes:
    """The same with masks."""
    return bmp(square(pixels), depth, FIELDS, b"\xff" * max(4, size - 100))


@family("bmp", "a palette that claims much", pixels=64)
def palette(size: int, pixels: int) -> bytes:
    """Four thousand million colours."""
    return bmp(square(pixels), 8, PLAIN, bytes(size - 1100 if size > 1200 else 64), colours=0xFFFFFFFF)
