"""JPEG (ITU-T T.81): many passes over a large picture for few bytes each."""

from __future__ import annotations

import math
import struct

from .bits import MostFirst
from .families import LIMIT, family

__all__ = ["segment", "single", "with_profile"]

SCANS = 200
"""More of them the decoder refuses."""

EVEN = ((1, 1), (1, 1), (1, 1))
GREY = ((1, 1),)
INKS = ((1, 1), (1, 1), (1, 1), (1, 1))
ROUGH_COLOUR = ((4, 4), (1, 1), (1, 1))
HALF_COLOUR = ((2, 2), (1, 1), (1, 1))
FINE_COLOUR = ((1, 1), (4, 4), (4, 4), (4, 4))
THIRDS = ((3, 3), (1, 1), (1, 3))
FACTORS = (GREY, EVEN, INKS, HALF_COLOUR, ROUGH_COLOUR, FINE_COLOUR, THIRDS)

QUARTER, THREE_EIGHTHS, HALF, WHOLE = 4095**2, 2047**2, 1365**2, 1023**2
"""Pixels of the largest square that is decoded at that part of its size or more, for a box of 256."""

# The longest code is all zeros, as which data that has ended reads: the slowest way to decode nothing.
LONG = {16: b"\x0a"}
SHORT = {1: b"\0"}

Factors = tuple[tuple[int, int], ...]


def segment(marker: int, body: bytes = b"") -> bytes:
    """A marker with its length and body."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def huffman(kind: int, number: int, codes: dict[int, bytes]) -> bytes:
    """A table: the symbols by the lengths of their codes. `kind` is 0 for the first coefficients, 1 for the others."""
    counts = bytes(len(codes.get(length, b"")) for length in range(1, 17))
    return segment(0xC4, bytes([kind << 4 | number]) + counts + b"".join(codes[length] for length in sorted(codes)))


def frame(marker: int, side: tuple[int, int], factors: Factors) -> bytes:
    """A frame header. `side`: width and height."""
    components = b"".join(bytes([1 + at, across << 4 | down, 0]) for at, (across, down) in enumerate(factors))
    return segment(marker, struct.pack(">BHHB", 8, side[1], side[0], len(factors)) + components)


def scan(components: tuple[int, ...], start: int, end: int, high: int = 0, low: int = 0) -> bytes:
    """A scan header; components by their places."""
    members = b"".join(bytes([1 + at, 0]) for at in components)
    return segment(0xDA, bytes([len(components)]) + members + bytes([start, end, high << 4 | low]))


def square(pixels: int, ratio: float = 1.0) -> tuple[int, int]:
    """Width and height of so many pixels, and no more."""
    width = min(65535, max(1, math.isqrt(int(pixels * ratio))))
    return width, max(1, min(65535, pixels // width))


def opening(marker: int, pixels: int, factors: Factors, *, restart: int = 0, codes: dict[int, bytes] = SHORT) -> bytes:
    """All up to the first scan: quantisation, frame, one table of each kind, restart interval."""
    return (
        b"\xff\xd8"
        + segment(0xDB, b"\0" + b"\1" * 64)
        + frame(marker, square(pixels), factors)
        + huffman(0, 0, codes)
        + huffman(1, 0, codes)
        + (segment(0xDD, struct.pack(">H", restart)) if restart else b"")
    )


def single(pixels: int, factors: Factors = EVEN, between: bytes = b"", data: bytes = b"\0\0") -> bytes:
    """A baseline file of one scan that ends early. `between`: segments before its tables."""
    start = opening(0xC0, pixels, factors)
    return start[:2] + between + start[2:] + scan(tuple(range(len(factors))), 0, 63) + data + b"\xff\xd9"


def with_profile(profile: bytes, factors: Factors = EVEN, pixels: int = 64) -> bytes:
    """A small file with a profile in as many parts as it takes; a picture of inks has Adobe's marker."""
    parts = [profile[at : at + 65519] for at in range(0, len(profile), 65519)]
    between = b"".join(
        segment(0xE2, b"ICC_PROFILE\0" + bytes([1 + at, len(parts)]) + part) for at, part in enumerate(parts)
    )
    if len(factors) == 4:
        between += segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")
    return single(pixels, factors, between)


def _flood(size: int, piece: bytes) -> bytes:
    return single(64, GREY, piece * max(1, (size - 700) // len(piece)))


@family("jpeg", "one scan without data", *({"factors": factors} for factors in FACTORS))
def truncated(_size: int, pixels: int, factors: Factors) -> bytes:
    """Nothing but headers, and what is not there is neutral."""
    return single(pixels, factors)


@family(
    "jpeg",
    "one scan, a restart before each unit, no data",
    *({"factors": factors, "codes": codes} for factors in FACTORS for codes in (SHORT, LONG)),
)
@family(
    "jpeg",
    "the same at 1/4",
    *({"factors": factors, "codes": LONG} for factors in FACTORS),
    pixels=QUARTER,
)
@family(
    "jpeg",
    "the same at 3/8",
    *({"factors": factors, "codes": LONG} for factors in FACTORS),
    pixels=THREE_EIGHTHS,
)
@family(
    "jpeg",
    "the same at 1/2",
    *({"factors": factors, "codes": LONG} for factors in FACTORS),
    pixels=HALF,
)
@family(
    "jpeg",
    "the same at 1/1",
    *({"factors": factors, "codes": LONG} for factors in FACTORS),
    pixels=WHOLE,
)
def restarts(_size: int, pixels: int, factors: Factors, codes: dict[int, bytes]) -> bytes:
    """Each restart begins with data that are not there: every block is read from zeros."""
    start = opening(0xC0, pixels, factors, restart=1, codes=codes)
    return start + scan(tuple(range(len(factors))), 0, 63) + b"\xff\xd9"


@family(
    "jpeg",
    "sequential, a scan for each component and again",
    *({"factors": factors, "restart": restart} for factors in (GREY, EVEN) for restart in (0, 1)),
)
@family(
    "jpeg",
    "the same scans at 1/4",
    *({"factors": factors, "restart": restart} for factors in (GREY, EVEN) for restart in (0, 1)),
    pixels=QUARTER,
)
def sequential_scans(size: int, pixels: int, factors: Factors, restart: int) -> bytes:
    """Scans of one component each, all coefficients in each; with restarts they need no data."""
    # A file of one component would have all in its first scan.
    factors = (*factors, (1, 1), (1, 1)) if len(factors) == 1 else factors
    start = opening(0xC0, pixels, factors, restart=restart, codes=LONG)
    count = min(SCANS, (size - len(start)) // 10)
    return start + b"".join(scan((at % 3,), 0, 63) for at in range(count)) + b"\xff\xd9"


@family(
    "jpeg",
    "progressive, scans of first coefficients",
    *({"factors": factors, "restart": restart} for factors in (GREY, EVEN, INKS) for restart in (0, 1)),
)
def first_scans(size: int, pixels: int, factors: Factors, restart: int) -> bytes:
    """The first coefficients of all components again and again, from no data at all."""
    start = opening(0xC2, pixels, factors, restart=restart, codes=LONG)
    everything = scan(tuple(range(len(factors))), 0, 0)
    count = min(SCANS, (size - len(start)) // len(everything))
    return start + everything * count + b"\xff\xd9"


@family("jpeg", "progressive, refinements of first coefficients", {"restart": 0}, {"restart": 1}, {"restart": 65535})
def refinements(size: int, pixels: int, restart: int) -> bytes:
    """A bit for each block and scan; with restarts of 65,535 blocks, two bytes for so many that are passed by."""
    start = opening(0xC2, pixels, GREY, restart=restart) + scan((0,), 0, 0, 0, 1)
    blocks = math.prod(-(-side // 8) for side in square(pixels))
    count = min(SCANS - 1, (size - len(start)) // 10)
    room = max(0, (size - len(start)) // count - 10)
    if restart == 65535:
        data = b"".join(bytes([0xFF, 0xD0 | at & 7]) for at in range(min(blocks // restart, room // 2)))
    else:
        data = bytes(min(blocks // 8, room)) if restart == 0 else b""
    return start + (scan((0,), 0, 0, 1, 0) + data) * count + b"\xff\xd9"


@family(
    "jpeg",
    "progressive, runs of ended bands",
    {"refine": False, "restart": 0},
    {"refine": True, "restart": 0},
    {"refine": False, "restart": 1},
    {"refine": True, "restart": 1},
    pixels=QUARTER,
)
@family("jpeg", "the same bands at 1/1", {"refine": False, "restart": 0}, {"refine": True, "restart": 1}, pixels=WHOLE)
@family("jpeg", "the same bands at 1/8, which are passed by", {"refine": False, "restart": 0})
def bands(size: int, pixels: int, *, refine: bool, restart: int) -> bytes:
    """Bands that end in their first block, for 32,767 blocks by one code; or that read zeros after each restart."""
    codes = LONG if restart else {1: b"\xe0"}
    start = opening(0xC2, pixels, GREY, restart=restart, codes=codes) + huffman(0, 0, SHORT) + scan((0,), 0, 0)
    blocks = math.prod(-(-side // 8) for side in square(pixels))
    data = MostFirst()
    if not restart:
        data.repeat(0x3FFF, 15, -(-blocks // 32767))
    stuffed = data.to_bytes(1).replace(b"\xff", b"\xff\0")
    band = scan((0,), 1, 63, int(refine), 0) + stuffed
    return start + band * min(SCANS - 1, max(1, (size - len(start)) // len(band))) + b"\xff\xd9"


@family("jpeg", "blocks of two bits", *({"factors": factors} for factors in FACTORS))
@family("jpeg", "blocks of two bits at 1/4", *({"factors": factors} for factors in FACTORS), pixels=QUARTER)
@family("jpeg", "blocks of two bits at 1/1", *({"factors": factors} for factors in FACTORS), pixels=WHOLE)
def shortest_blocks(size: int, pixels: int, factors: Factors) -> bytes:
    """As many blocks as the file has room for."""
    return single(pixels, factors, data=bytes(max(2, size - 700)))


@family("jpeg", "blocks of noise", {"factors": GREY}, {"factors": EVEN}, pixels=WHOLE)
def noise(size: int, pixels: int, factors: Factors) -> bytes:
    """Bits without an order, through a table of 162 codes of 8 bits and more."""
    symbols = bytes(run << 4 | bits for run in range(16) for bits in range(1, 11))
    codes = {8: symbols[:100], 10: symbols[100:]}
    start = opening(0xC0, pixels, factors) + huffman(1, 0, codes)
    state, data = 1, bytearray()
    for _ in range(max(1, (size - len(start)) // 2)):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        data += (state >> 8 & 0xFEFE).to_bytes(2, "big")
    return start + scan(tuple(range(len(factors))), 0, 63) + bytes(data) + b"\xff\xd9"


@family("jpeg", "restart markers", pixels=LIMIT)
def restart_markers(size: int, pixels: int) -> bytes:
    """A unit between each two."""
    start = opening(0xC0, pixels, EVEN, restart=1) + scan((0, 1, 2), 0, 63)
    eight = b"".join(b"\0\xff" + bytes([0xD0 | at]) for at in range(8))
    return start + eight * max(1, (size - len(start)) // len(eight)) + b"\xff\xd9"


@family("jpeg", "Huffman tables", pixels=64)
def tables(size: int, _pixels: int) -> bytes:
    """As many as a segment holds, and segment after segment."""
    one = bytes([0x10, 1, *bytes(15), 0])
    return _flood(size, segment(0xC4, one * min(3600, max(1, (size - 800) // len(one)))))


@family("jpeg", "Huffman tables of 256 codes, before each of the scans", pixels=QUARTER)
def tables_of_scans(size: int, pixels: int) -> bytes:
    """What is made of a table for quick reading is made again for each scan."""
    symbols = bytes(range(256))
    table = huffman(1, 0, {15: symbols[:200], 16: symbols[200:]}) + huffman(0, 0, SHORT)
    start = opening(0xC0, pixels, EVEN)
    piece = table + scan((0,), 0, 63)
    return start + piece * min(SCANS, max(1, (size - len(start)) // len(piece))) + b"\xff\xd9"


@family("jpeg", "parts of a profile", {"part": 0}, {"part": 40}, pixels=64)
def parts(size: int, _pixels: int, part: int) -> bytes:
    """Parts that all say that they are the first of one."""
    return _flood(size, segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(part)))


@family("jpeg", "empty segments", {"marker": 0xEE}, {"marker": 0xFE}, {"marker": 0xE1}, pixels=64)
def segments(size: int, _pixels: int, marker: int) -> bytes:
    """Of four bytes each."""
    return _flood(size, segment(marker))


@family("jpeg", "Exif of many entries", pixels=64)
def exif(size: int, _pixels: int) -> bytes:
    """Directories full of orientations."""
    count = max(1, min(5400, size // 12 - 80))
    entry = struct.pack("<HHII", 0x112, 3, 1, 6)
    body = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", count) + entry * count + bytes(4)
    return _flood(size, segment(0xE1, body))


@family("jpeg", "fill bytes", {"inside": False}, {"inside": True}, pixels=64)
def fill(size: int, _pixels: int, *, inside: bool) -> bytes:
    """FF after FF, before a marker or within the data."""
    many = b"\xff" * max(1, size - 700)
    return single(64, GREY, data=b"\0" + many) if inside else single(64, GREY, many)
