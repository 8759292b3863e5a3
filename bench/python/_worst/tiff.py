"""TIFF (TIFF 6.0): strips of nothing, strips upon each other, and directories."""

from __future__ import annotations

import struct

from . import deflate
from .bits import MostFirst
from .families import family
from .jpeg import square

__all__ = ["tiff"]

PLAIN, HUFFMAN, GROUP_3, GROUP_4, LZW, JPEG, DEFLATE, PACKBITS, ZSTANDARD = 1, 2, 3, 4, 5, 7, 8, 32773, 50000
SHORT, LONG = 3, 4
Field = tuple[int, int, list[int]]


def tiff(
    side: tuple[int, int],
    compression: int,
    strips: list[bytes],
    *,
    times: int = 1,
    rows: int = 0,
    depth: int = 8,
    channels: int = 1,
    more: tuple[Field, ...] = (),
    tile: tuple[int, int] | None = None,
) -> bytes:
    """A file of grey, RGB or CMYK. `times`: how often the list of strips names all of them, upon each other."""
    places, at = [], 8
    for strip in strips:
        places.append(at)
        at += len(strip)
    lengths = [len(strip) for strip in strips] * times
    places *= times
    photometric = {1: 1, 3: 2, 4: 5}[channels]
    parts = [(324, LONG, places), (325, LONG, lengths)] if tile else [(273, LONG, places), (279, LONG, lengths)]
    shape = [(322, LONG, [tile[0]]), (323, LONG, [tile[1]])] if tile else [(278, LONG, [rows or side[1]])]
    fields: list[Field] = [
        (256, LONG, [side[0]]),
        (257, LONG, [side[1]]),
        (258, SHORT, [depth] * channels),
        (259, SHORT, [compression]),
        (262, SHORT, [photometric]),
        (277, SHORT, [channels]),
        *parts,
        *shape,
        *more,
    ]
    return _file(b"".join(strips), sorted(fields))


def _file(strips: bytes, fields: list[Field]) -> bytes:
    strips += b"\0" * (len(strips) & 1)
    directory, beyond, after = b"", b"", 8 + len(strips) + 2 + 12 * len(fields) + 4
    for tag, kind, values in fields:
        letter = {SHORT: "H", LONG: "I"}[kind]
        packed = struct.pack(f"<{len(values)}{letter}", *values)
        directory += struct.pack("<HHI", tag, kind, len(values))
        if len(packed) <= 4:
            directory += packed.ljust(4, b"\0")
        else:
            directory += struct.pack("<I", after + len(beyond))
            beyond += packed + b"\0" * (len(packed) & 1)
    start = b"II*\0" + struct.pack("<I", 8 + len(strips))
    return start + strips + struct.pack("<H", len(fields)) + directory + bytes(4) + beyond


def lzw(codes: list[tuple[int, int]], *, clears: int = 0) -> bytes:
    """Codes of 9 bits that clear the table, and codes with their lengths."""
    out = MostFirst()
    out.repeat(256, 9, clears)
    for code, length in codes:
        out.put(code, length)
    return out.to_bytes()


def lzw_zeros(most: int) -> bytes:
    """The longest runs that there are, in about so many bytes."""
    table = MostFirst()
    width, following = 9, 258
    table.put(0, width)
    while following < 4094:
        table.put(following, width)
        following += 1
        if following + 1 == 1 << width and width < 12:
            width += 1
    table.put(256, width)
    out = MostFirst()
    out.put(256, 9)
    out.repeat(int.from_bytes(table.to_bytes(), "big") >> -len(table) % 8, len(table), max(1, most * 8 // len(table)))
    out.put(257, 9)
    return out.to_bytes()


@family(
    "tiff",
    "zeros",
    *(
        {"depth": depth, "channels": channels, "predictor": predictor}
        for depth, channels, predictor in (
            (1, 1, 1),
            (8, 1, 1),
            (8, 1, 2),
            (8, 3, 2),
            (8, 4, 1),
            (8, 4, 2),
            (16, 1, 2),
            (16, 3, 2),
            (16, 4, 1),
            (32, 3, 3),
            (64, 1, 1),
        )
    ),
)
@family(
    "tiff",
    "zeros in rows of a pixel",
    *(
        {"depth": depth, "channels": channels, "predictor": predictor, "width": 1}
        for depth, channels, predictor in ((1, 1, 1), (8, 1, 1), (8, 1, 2), (8, 4, 2), (16, 3, 2), (32, 3, 3))
    ),
)
def zeros(size: int, pixels: int, depth: int, channels: int, predictor: int, width: int = 0) -> bytes:
    """One strip of Deflate."""
    side = (width, pixels // width) if width else square(pixels)
    row = -(-side[0] * depth * channels // 8)
    packed = deflate.rows(0, 1, min(row * side[1], max(1, (size - 400) * deflate.MOST)))
    more: tuple[Field, ...] = ((317, SHORT, [predictor]),) if predictor > 1 else ()
    if depth in {32, 64}:
        more += ((339, SHORT, [3] * channels),)
    return tiff(side, DEFLATE, [packed], depth=depth, channels=channels, more=more)


@family("tiff", "LZW runs", {"width": 0}, {"width": 1})
def lzw_runs(size: int, pixels: int, width: int) -> bytes:
    """One strip."""
    return tiff((width, pixels // width) if width else square(pixels), LZW, [lzw_zeros(max(1, size - 300))])


@family("tiff", "PackBits runs", {"width": 0}, {"width": 1})
def packbits_runs(size: int, pixels: int, width: int) -> bytes:
    """Two bytes for 128."""
    side = (width, pixels // width) if width else square(pixels)
    return tiff(side, PACKBITS, [b"\x81\0" * min(pixels // 128 + 1, max(1, size - 300) // 2)])


@family("tiff", "Zstandard runs", {"width": 0}, {"width": 1})
def zstandard_runs(size: int, pixels: int, width: int) -> bytes:
    """Four bytes for 128 KiB (RFC 8878, sections 3.1.1.1 and 3.1.1.2), in a window of as many."""
    side = (width, pixels // width) if width else square(pixels)
    blocks = max(1, min((size - 400) // 4, -(-pixels // (128 << 10))))
    block = 0b010 | (128 << 10) << 3
    run = block.to_bytes(3, "little") + b"\0"
    last = (block | 1).to_bytes(3, "little") + b"\0"
    frame = b"\x28\xb5\x2f\xfd\0" + bytes([7 << 3]) + run * (blocks - 1) + last
    return tiff(side, ZSTANDARD, [frame])


@family(
    "tiff",
    "white fax rows",
    *({"how": how, "width": width} for how in (GROUP_3, HUFFMAN) for width in (2, 64, 1728, 2560)),
)
def fax_rows(size: int, pixels: int, how: int, width: int) -> bytes:
    """Rows of one or two codes each (T.4, table 2 and 3), as many as fit."""
    white = {2: "0111", 64: "11011" + "00110101", 1728: "010011011" + "00110101", 2560: "000000011111" + "00110101"}
    row = ("000000000001" if how == GROUP_3 else "") + white[width]
    if how == HUFFMAN:
        row = row.ljust(-(-len(row) // 8) * 8, "0")
    rows = max(8, min(pixels // width, (size - 300) * 8 // len(row)))
    bits = row * rows
    bits = bits.ljust(-(-len(bits) // 8) * 8, "0")
    data = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return tiff((width, rows), how, [data], depth=1)


@family(
    "tiff", "white fax pages", {"how": GROUP_4, "width": 0}, {"how": GROUP_4, "width": 1}, {"how": GROUP_3, "width": 0}
)
def fax(size: int, pixels: int, how: int, width: int) -> bytes:
    """A bit for each row that is as the one above."""
    side = (width, pixels // width) if width else square(pixels)
    return tiff(side, how, [b"\xff" * max(1, min(size - 300, side[1] // 8 + 1))], depth=1)


@family(
    "tiff",
    "strips of nothing, upon each other",
    *({"how": how} for how in ("stored", "dynamic", "clears", "no-ops")),
)
def overlapping(size: int, _pixels: int, how: str) -> bytes:
    """Half of the file is a strip that says nothing for long, and half names it for each row."""
    strip, compression = _nothing(how, size // 2 - 200)
    count = max(1, size // 16)
    return tiff((1, count), compression, [strip], times=count, rows=1)


@family(
    "tiff",
    "one strip of nothing",
    *({"how": how} for how in ("stored", "dynamic", "clears", "no-ops")),
    pixels=64,
)
def nothing(size: int, _pixels: int, how: str) -> bytes:
    """The same strip, once."""
    strip, compression = _nothing(how, size - 400)
    return tiff((1, 1), compression, [strip])


def _nothing(how: str, room: int) -> tuple[bytes, int]:
    room = max(60, room)
    if how == "stored":
        return deflate.stored_blocks(room // 5, b"\0"), DEFLATE
    if how == "dynamic":
        return deflate.empty_blocks(room // 15, b"\0"), DEFLATE
    if how == "clears":
        return lzw([(0, 9), (257, 9)], clears=room * 8 // 9), LZW
    return b"\x80" * room + b"\0\0", PACKBITS


@family(
    "tiff",
    "many strips",
    {"compression": LZW},
    {"compression": DEFLATE},
    {"compression": PACKBITS},
    {"compression": PLAIN},
)
def many(size: int, _pixels: int, compression: int) -> bytes:
    """Each a pixel, by a decoder of its own."""
    strip = {
        LZW: lzw([(256, 9), (0, 9), (257, 9)]),
        DEFLATE: deflate.rows(0, 1, 1)[:0] or b"\x78\x01\x63\0\0\0\1\0\1",
        PACKBITS: b"\0\0",
        PLAIN: b"\0",
    }[compression]
    count = max(1, (size - 200) // (8 + len(strip)))
    return tiff((1, count), compression, [strip] * count, rows=1)


@family("tiff", "many strips, upon each other", {"compression": LZW}, {"compression": DEFLATE}, {"compression": JPEG})
def many_overlapping(size: int, _pixels: int, compression: int) -> bytes:
    """One short strip for all rows."""
    from .jpeg import GREY, single  # noqa: PLC0415 -- JPEG within TIFF is that of jpeg.py

    strip = {
        LZW: lzw([(256, 9), (0, 9), (257, 9)]),
        DEFLATE: b"\x78\x01\x63\0\0\0\1\0\1",
        JPEG: single(64, GREY),
    }[compression]
    count = max(1, (size - 600) // 8)
    return tiff((1, count), compression, [strip], times=count, rows=1)


@family("tiff", "tiles of zeros", {"tile": (65536, 64)}, {"tile": (2048, 2048)}, {"tile": (16, 65536)})
def tiles(size: int, pixels: int, tile: tuple[int, int]) -> bytes:
    """Tiles of which the picture shows a column."""
    packed = deflate.rows(0, 1, tile[0] * tile[1])
    count = max(1, (size - 300) // (len(packed) + 8))
    return tiff((16, min(pixels // 16, tile[1] * count)), DEFLATE, [packed] * count, tile=tile)


@family("tiff", "a picture that is not there", {"channels": 1}, {"channels": 3}, {"channels": 4})
def claimed(_size: int, pixels: int, channels: int) -> bytes:
    """A strip of a few rows."""
    return tiff(square(pixels), DEFLATE, [deflate.rows(1, 2, 100_000)], channels=channels)


@family("tiff", "a large JPEG for a small picture", {"channels": 1}, {"channels": 3}, {"channels": 4})
def with_jpeg(_size: int, pixels: int, channels: int) -> bytes:
    """The strip is a JPEG of other dimensions."""
    from .jpeg import single  # noqa: PLC0415 -- as above

    return tiff((8, 8), JPEG, [single(pixels, ((1, 1),) * channels)], channels=channels)


@family("tiff", "entries of a directory", {"values": 1}, {"values": 1000}, pixels=64)
def entries(size: int, _pixels: int, values: int) -> bytes:
    """Tags that nobody knows, of one value or of a thousand."""
    count = max(1, min(60_000, (size - 300) // (12 + (4 * values if values > 1 else 0))))
    more = tuple((40_000 + at % 20_000, LONG, [0] * values) for at in range(count))
    return tiff((8, 8), PLAIN, [bytes(64)], more=more)
