"""PSD, QOI, PNM, TGA, ICO and camera raw: runs, rows that are not there, and pictures that are listed over and over."""

from __future__ import annotations

import struct

from .families import family
from .jpeg import square

__all__: list[str] = []


@family(
    "psd",
    "rows that are not there",
    *({"mode": mode, "depth": depth} for mode in (3, 9, 4, 1) for depth in (8, 16)),
)
def psd(size: int, pixels: int, mode: int, depth: int, *, packed: bool = False) -> bytes:
    """Planes as they are, or runs of the same byte, of many more rows."""
    width, height = square(pixels)
    channels = {1: 1, 4: 4}.get(mode, 3)
    head = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", channels, min(height, 30000), min(width, 30000), depth, mode)
    head += bytes(12)
    if not packed:
        return head + b"\0\0" + bytes(size - len(head))
    rows = min(min(height, 30000) * channels, (size - len(head)) // 4)
    return head + b"\0\1" + struct.pack(">H", 2) * rows + b"\x81\1" * rows


@family("psd", "runs", {"mode": 3}, {"mode": 9}, {"mode": 1})
def psd_runs(size: int, pixels: int, mode: int) -> bytes:
    """Two bytes for 128 samples."""
    return psd(size, pixels, mode, 8, packed=True)


@family("qoi", "pixels", {"piece": b"\xfd"}, {"piece": b"\x00\x01"}, {"piece": b"\xfe\1\2\3"}, {"piece": b"\x80\x88"})
def qoi(size: int, pixels: int, piece: bytes) -> bytes:
    """The same chunk over and over: a run of 62, an index, a colour, a difference."""
    return b"qoif" + struct.pack(">II", *square(pixels)) + b"\3\0" + piece * ((size - 14) // len(piece))


@family("tga", "runs", {"kind": 10, "depth": 24}, {"kind": 10, "depth": 32}, {"kind": 11, "depth": 8})
def tga(size: int, pixels: int, kind: int, depth: int) -> bytes:
    """A run of 128 pixels over and over."""
    run = b"\xff" + bytes(depth // 8)
    width, height = (min(side, 65535) for side in square(pixels))
    head = struct.pack("<3B9x2H2B", 0, 0, kind, width, height, depth, 0)
    return head + run * ((size - 44) // len(run)) + bytes(8) + b"TRUEVISION-XFILE.\0"


@family(
    "pnm",
    "samples",
    {"kind": 1, "text": b"1"},
    {"kind": 2, "text": b"1 "},
    {"kind": 3, "text": b"#\n"},
    {"kind": 4, "text": b"\0"},
    {"kind": 5, "text": b"\0"},
    {"kind": 6, "text": b"\0"},
)
def pnm(size: int, pixels: int, kind: int, text: bytes) -> bytes:
    """As numbers, as comments, or as they are; of many more rows."""
    width, height = square(pixels)
    most = "" if kind in {1, 4} else " 65535"
    return f"P{kind} {width} {height}{most}\n".encode() + text * ((size - 40) // len(text))


def entry(start: int, length: int) -> bytes:
    """Of a directory: a picture of 256 x 256 pixels, there."""
    return bytes(4) + struct.pack("<HHII", 1, 32, length, start)


@family("ico", "the same picture over and over", {"depth": 1}, {"depth": 32})
def ico(size: int, pixels: int, depth: int) -> bytes:
    """A BMP, of which few rows are there, in every entry."""
    count = min(65535, size // 17)
    width, height = square(pixels)
    bmp = struct.pack("<IiiHHIIiiII", 40, width, height * 2, 1, depth, 0, 0, 0, 0, 0, 0) + bytes(8)
    return struct.pack("<3H", 0, 1, count) + entry(6 + 16 * count, len(bmp)) * count + bmp


@family("raw", "directories of the same previews", {"big": False})
def raw(size: int, pixels: int, *, big: bool) -> bytes:
    """As many sub-directories as there is room for, each with a preview of few bytes."""
    del pixels, big
    count = max(1, (size - 200) // 4)
    jpeg = b"\xff\xd8\xff\xc0\0\x0b\x08\xff\xff\xff\xff\1\1\x11\0"
    first = 8 + 2 + 12 * 2 + 4
    own = first + 4 * count
    tags = struct.pack("<HHII", 330, 4, count, first) + struct.pack("<HHI4B", 50706, 1, 4, 1, 4, 0, 0)
    previews = struct.pack("<HHII", 513, 4, 1, own + 30) + struct.pack("<HHII", 514, 4, 1, len(jpeg))
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 2) + tags + bytes(4)
    return head + struct.pack("<I", own) * count + struct.pack("<H", 2) + previews + bytes(4) + jpeg
