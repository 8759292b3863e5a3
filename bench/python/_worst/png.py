"""PNG (ISO/IEC 15948): large pictures of few bytes, and what can stand beside a picture."""

from __future__ import annotations

import struct
import zlib

from . import deflate
from .families import LIMIT, family
from .jpeg import square

__all__ = ["chunk", "with_profile"]

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
NONE, UP, AVERAGE, PAETH = 0, 2, 3, 4

PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Of an interlaced picture: first column and row, and steps."""

Chunk = tuple[bytes, bytes]


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    """A chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    size: tuple[int, int], depth: int, colour: int, data: bytes, before: bytes = b"", *, interlaced: bool = False
) -> bytes:
    """A file. `data`: IDAT chunks, or one that is cut off; `before`: what stands between them and the header."""
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, int(interlaced))
    cut = len(data) >= 8 and int.from_bytes(data[:4], "big") > len(data)
    end = b"" if cut else chunk(b"IEND")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + data + end


def small(before: bytes = b"", data: bytes | None = None) -> bytes:
    """A picture of 8 x 8 pixels."""
    return png((8, 8), 8, RGB, data or chunk(b"IDAT", zlib.compress(bytes(8 * 25))), before)


def with_profile(packed: bytes, room: int, *, grey: bool = False, pixels: int = 64) -> bytes:
    """A file with a profile that is compressed already. `room`: bytes of the picture's data, at most."""
    width, height = square(pixels)
    colour, length = (GREY, 1 + width) if grey else (RGB, 1 + 3 * width)
    rows = deflate.rows(0, length, min(height, max(1, room * deflate.MOST // length)))
    return png((width, height), 8, colour, chunk(b"IDAT", rows), chunk(b"iCCP", b"a\0\0" + packed))


@family(
    "png",
    "zeros",
    {"depth": 1, "colour": GREY},
    {"depth": 1, "colour": PALETTE},
    {"depth": 1, "colour": PALETTE, "transparent": True},
    {"depth": 8, "colour": GREY},
    {"depth": 8, "colour": GREY_ALPHA, "row_filter": PAETH},
    {"depth": 8, "colour": RGB, "row_filter": PAETH},
    {"depth": 8, "colour": RGB, "row_filter": UP, "transparent": True},
    {"depth": 8, "colour": RGBA, "row_filter": AVERAGE},
    {"depth": 8, "colour": RGBA, "row_filter": PAETH},
    {"depth": 16, "colour": GREY, "row_filter": PAETH},
    {"depth": 16, "colour": RGB, "row_filter": PAETH},
    {"depth": 16, "colour": RGBA, "row_filter": PAETH},
)
@family(
    "png",
    "zeros in rows of a pixel",
    {"depth": 1, "colour": GREY, "width": 1},
    {"depth": 1, "colour": PALETTE, "transparent": True, "width": 1},
    {"depth": 8, "colour": GREY, "row_filter": PAETH, "width": 1},
    {"depth": 8, "colour": GREY, "row_filter": PAETH, "width": 3},
    {"depth": 8, "colour": RGBA, "row_filter": PAETH, "width": 1},
    {"depth": 16, "colour": RGBA, "row_filter": PAETH, "width": 1},
)
def zeros(
    size: int,
    pixels: int,
    depth: int,
    colour: int,
    row_filter: int = NONE,
    width: int = 0,
    *,
    transparent: bool = False,
) -> bytes:
    """As many rows as the file has room for, of a picture that claims the rest, too."""
    columns, lines = (width, pixels // width) if width else _of_whole_runs(pixels, depth * CHANNELS[colour])
    length = 1 + -(-columns * depth * CHANNELS[colour] // 8)
    # Where a run cannot repeat whole rows, each needs some literals of its own.
    packed = deflate.MOST if length <= 4 or row_filter == NONE else 8 * length / (2 * (length // 258) + 16)
    count = min(lines, max(1, int((size - 900) * packed / length)))
    data = _data(deflate.rows(row_filter, length, count), whole=count == lines)
    return png((columns, lines), depth, colour, data, _before(colour, depth, transparent=transparent))


@family(
    "png",
    "interlaced zeros",
    {"depth": 1, "colour": GREY},
    {"depth": 1, "colour": PALETTE, "transparent": True},
    {"depth": 2, "colour": GREY, "transparent": True},
    {"depth": 8, "colour": GREY},
    {"depth": 8, "colour": RGBA},
    {"depth": 16, "colour": RGBA},
    {"depth": 1, "colour": GREY, "width": 1},
    {"depth": 8, "colour": RGBA, "width": 1},
)
def interlaced_zeros(
    size: int, pixels: int, depth: int, colour: int, width: int = 0, *, transparent: bool = False
) -> bytes:
    """The same in seven passes, without a filter."""
    columns, lines = (width, pixels // width) if width else square(pixels)
    total = 0
    for left, top, across, down in PASSES:
        wide, high = -(-(columns - left) // across), -(-(lines - top) // down)
        if wide > 0 and high > 0:
            total += high * (1 + -(-wide * depth * CHANNELS[colour] // 8))
    count = min(total, max(1, (size - 900) * deflate.MOST))
    data = _data(deflate.rows(0, 1, count), whole=count == total)
    before = _before(colour, depth, transparent=transparent)
    return png((columns, lines), depth, colour, data, before, interlaced=True)


def _data(packed: bytes, *, whole: bool) -> bytes:
    """A chunk of it, or where it is not all of the picture's data the beginning of one that is cut off."""
    # A stream that ends too early is corrupt; a file that does shows what there is.
    return chunk(b"IDAT", packed) if whole else struct.pack(">I", len(packed) + 1000) + b"IDAT" + packed[:-6]


def _of_whole_runs(pixels: int, depth: int) -> tuple[int, int]:
    """Width and height of about a square whose rows are runs of 258 and few bytes more."""
    most, _ = square(pixels)
    columns = min(range(most, max(most // 2, most - 300), -1), key=lambda wide: (-(-wide * depth // 8) - 1) % 258)
    return columns, pixels // columns


def _before(colour: int, depth: int, *, transparent: bool) -> bytes:
    before = chunk(b"PLTE", bytes(3 * min(256, 1 << depth))) if colour == PALETTE else b""
    if transparent:
        before += chunk(b"tRNS", {GREY: b"\0\0", RGB: bytes(6), PALETTE: b"\x80"}[colour])
    return before


@family("png", "a picture that is not there", {"colour": GREY}, {"colour": RGBA})
def claimed(_size: int, pixels: int, colour: int) -> bytes:
    """One row, and all others neutral."""
    side = square(pixels)
    row = zlib.compress(bytes(side[0] * CHANNELS[colour]) + b"\1" + b"\xff" * side[0] * CHANNELS[colour])
    return png(side, 8, colour, chunk(b"IDAT", row))


@family("png", "IDAT chunks of a byte, or none", {"part": 1}, {"part": 0}, pixels=64)
def tiny_chunks(size: int, _pixels: int, part: int) -> bytes:
    """The data of a small picture after empty blocks, a byte at a time."""
    packed = deflate.stored_blocks(max(1, size * part // 65), bytes(8 * 25))
    pieces = [packed[at : at + 1] for at in range(len(packed))]
    empty = chunk(b"IDAT") * (0 if part else max(1, size // 12 - 200))
    return small(data=empty + b"".join(chunk(b"IDAT", piece) for piece in pieces))


@family("png", "empty blocks", {"dynamic": True}, {"dynamic": False}, pixels=64)
def empty_blocks(size: int, _pixels: int, *, dynamic: bool) -> bytes:
    """Blocks with tables and nothing in them, before the data of a small picture."""
    many, each = (deflate.empty_blocks, 15) if dynamic else (deflate.stored_blocks, 5)
    return small(data=chunk(b"IDAT", many(max(1, (size - 600) // each), bytes(8 * 25))))


@family(
    "png",
    "chunks beside the picture",
    *({"kind": kind} for kind in (b"zTXt", b"iTXt", b"tEXt", b"iCCP", b"eXIf", b"tIME", b"gAMA", b"sPLT", b"abCd")),
    pixels=64,
)
def floods(size: int, _pixels: int, kind: bytes) -> bytes:
    """The same small chunk again and again."""
    empty = zlib.compress(b"")
    body = {
        b"zTXt": b"a\0\0" + empty,
        b"iTXt": b"a\0\1\0\0\0" + empty,
        b"tEXt": b"a\0",
        b"iCCP": b"a\0\0" + empty,
        b"eXIf": b"II*\0\x08\0\0\0\0\0\0\0\0\0",
        b"tIME": bytes(7),
        b"gAMA": bytes(4),
        b"sPLT": b"a\0\x08",
    }.get(kind, b"")
    return small(chunk(kind, body) * max(1, (size - 300) // (12 + len(body))))


@family(
    "png", "zeros that are compressed beside the picture", *({"kind": kind} for kind in (b"iCCP", b"zTXt", b"iTXt"))
)
def hidden(size: int, _pixels: int, kind: bytes) -> bytes:
    """A chunk of as many zeros as it can hold."""
    start = {b"iCCP": b"a\0\0", b"zTXt": b"a\0\0", b"iTXt": b"a\0\1\0\0\0"}[kind]
    return small(chunk(kind, start + deflate.rows(0, 1, max(1, (size - 400) * deflate.MOST))))


@family("png", "frames of an animation", pixels=64)
def frames(size: int, _pixels: int) -> bytes:
    """The picture is the first of them; the others are there, too."""
    count = max(1, (size - 300) // 76)
    packed = zlib.compress(bytes(8 * 25))
    control = struct.pack(">IIIIHHBB", 8, 8, 0, 0, 1, 1, 0, 0)
    first = chunk(b"acTL", struct.pack(">II", count + 1, 0)) + chunk(b"fcTL", struct.pack(">I", 0) + control)
    others = b"".join(
        chunk(b"fcTL", struct.pack(">I", 2 * at + 1) + control) + chunk(b"fdAT", struct.pack(">I", 2 * at + 2) + packed)
        for at in range(count)
    )
    return small(first, chunk(b"IDAT", packed) + others)


@family("png", "wide rows of one line", pixels=LIMIT)
def one_line(size: int, pixels: int) -> bytes:
    """One row of all pixels, which a decoder may want whole."""
    length = 1 + pixels // 8
    count = min(length, (size - 300) * deflate.MOST)
    return png((pixels, 1), 1, GREY, chunk(b"IDAT", deflate.rows(0, 1, max(1, count))))
