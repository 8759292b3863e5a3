"""ICC profiles (ICC.1:2022) in files that can carry them."""

from __future__ import annotations

import struct
import zlib
from functools import partial
from typing import TYPE_CHECKING

from . import jpeg, png, webp
from .families import family

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["profile"]

LARGEST = 8 << 20
"""Bytes of a profile that is looked at."""

GRID = 2 << 20
"""Samples of a table that is looked at."""

XYZ = {b"rXYZ": (0.436, 0.222, 0.014), b"gXYZ": (0.385, 0.717, 0.097), b"bXYZ": (0.143, 0.061, 0.714)}
CURVES = (b"rTRC", b"gTRC", b"bTRC")

Tags = list[tuple[bytes, bytes]]


def fixed(value: float) -> bytes:
    """A number of 16 bits before the point and 16 after it."""
    return struct.pack(">i", round(value * 65536))


def profile(space: bytes, tags: Tags, *, version: int = 4, kind: bytes = b"mntr", connection: bytes = b"XYZ ") -> bytes:
    """A profile. Tags of the same data share it."""
    table, places = [], dict[bytes, int]()
    end = 128 + 4 + 12 * len(tags)
    for name, data in tags:
        if data not in places:
            places[data] = end
            end += len(data) + -len(data) % 4
        table.append(name + struct.pack(">II", places[data], len(data)))
    header = struct.pack(">I4sB3x4s4s4s", end, b"", version, kind, space, connection)
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + fixed(0.9642) + fixed(1) + fixed(0.8249)
    return (
        header.ljust(128, b"\0")
        + struct.pack(">I", len(tags))
        + b"".join([*table, *(data + b"\0" * (-len(data) % 4) for data in places)])
    )


def xyz(values: tuple[float, float, float]) -> bytes:
    """A colour."""
    return b"XYZ " + bytes(4) + b"".join(map(fixed, values))


def matrix(curve: bytes) -> Tags:
    """What a profile of red, green and blue has."""
    return [
        *((name, xyz(values)) for name, values in XYZ.items()),
        *((name, curve) for name in CURVES),
        (b"wtpt", xyz((0.9642, 1, 0.8249))),
    ]


def curve(entries: int) -> bytes:
    """A curve of so many entries, from black to white in a few steps, so that they compress."""
    step = max(1, entries // 16)
    values = b"".join(struct.pack(">H", min(65535, 4369 * at)) * step for at in range(entries // step + 1))
    return b"curv" + bytes(4) + struct.pack(">I", entries) + values[: 2 * entries]


PARAMETRIC = b"para" + bytes(4) + struct.pack(">HH", 4, 0) + b"".join(map(fixed, (2.4, 1, 0, 0.08, 0.04, 0, 0)))


def sixteen_bits(inputs: int, outputs: int, grid: int, entries: int) -> bytes:
    """A table of 16 bits, `lut16Type`."""
    head = b"mft2" + bytes(4) + bytes([inputs, outputs, grid, 0])
    identity = b"".join(fixed(float(at % 4 == 0)) for at in range(9))
    ramp = b"".join(struct.pack(">H", 65535 * at // (entries - 1)) for at in range(entries))
    return (
        head
        + identity
        + struct.pack(">HH", entries, entries)
        + ramp * inputs
        + bytes(2 * outputs * grid**inputs)
        + ramp * outputs
    )


def eight_bits(inputs: int, outputs: int, grid: int) -> bytes:
    """A table of 8 bits, `lut8Type`."""
    head = b"mft1" + bytes(4) + bytes([inputs, outputs, grid, 0])
    identity = b"".join(fixed(float(at % 4 == 0)) for at in range(9))
    ramp = bytes(range(256))
    return head + identity + ramp * inputs + bytes(outputs * grid**inputs) + ramp * outputs


def of_stages(inputs: int, outputs: int, grid: int, entries: int) -> bytes:
    """A table with curves of any length before and after it, `lutAToBType`."""
    one = curve(entries)
    one += b"\0" * (-len(one) % 4)
    first, second, third = one * inputs, one * outputs, one * outputs
    table = bytes([grid] * inputs).ljust(16, b"\0") + b"\2\0\0\0" + bytes(2 * outputs * grid**inputs)
    table += b"\0" * (-len(table) % 4)
    numbers = b"".join(fixed(float(at % 4 == 0)) for at in range(9)) + fixed(0) * 3
    b_curves = 32
    matrix_at = b_curves + len(third)
    m_curves = matrix_at + len(numbers)
    table_at = m_curves + len(second)
    a_curves = table_at + len(table)
    head = b"mAB " + bytes(4) + bytes([inputs, outputs, 0, 0])
    head += struct.pack(">5I", b_curves, matrix_at, m_curves, table_at, a_curves)
    return head + third + numbers + second + table + first


def texts(records: int, length: int) -> bytes:
    """A text in so many languages, all of which are the same letters."""
    start = 16 + 12 * records
    record = struct.pack(">2s2sII", b"en", b"US", 2 * length, start)
    return b"mluc" + bytes(4) + struct.pack(">II", records, 12) + record * records + b"\0a" * length


TEXTS = (b"desc", b"cprt", b"dmnd", b"dmdd", b"vued", b"tech", b"targ", b"scrn")
TABLES = (b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2")


def _curves(amount: int) -> bytes:
    return profile(b"RGB ", matrix(curve(min(1 << 20, amount // 2 - 300))))


def _three_curves(amount: int) -> bytes:
    each = [curve(max(2, amount // 6 - 300 + at)) for at in range(3)]
    tags = [(name, data) for name, data in matrix(each[0]) if name not in CURVES]
    return profile(b"RGB ", tags + list(zip(CURVES, each, strict=True)))


def _grey_curve(amount: int) -> bytes:
    tags = [(b"kTRC", curve(max(2, amount // 2 - 300))), (b"wtpt", xyz((0.9642, 1, 0.8249)))]
    return profile(b"GRAY", tags)


def _parametric(_amount: int) -> bytes:
    return profile(b"RGB ", matrix(PARAMETRIC))


def _texts(amount: int) -> bytes:
    half = max(64, amount // 2)
    body = texts(half // 12, half // 2)
    return profile(b"RGB ", [*matrix(PARAMETRIC), *((name, body) for name in TEXTS)])


def _tags(amount: int) -> bytes:
    same = curve(2)
    many = [(TEXTS[at % len(TEXTS)], same) for at in range(max(1, min(amount, 1 << 20) // 12 - 100))]
    return profile(b"RGB ", [*many, *matrix(PARAMETRIC)])


def _table(kind: str, inputs: int, amount: int) -> bytes:
    """The largest grid that there is room for, and that a reader may still look at."""
    ramp = 4096 if amount > 100_000 else 2
    entry = {"16 bits": 6, "8 bits": 3, "stages": 12}[kind]
    room = min(max(1, amount - 14 * ramp - 1000) / entry, GRID / 3)
    grid = max(2, min(255, int(room ** (1 / inputs))))
    if kind == "16 bits":
        table = sixteen_bits(inputs, 3, grid, ramp)
    elif kind == "8 bits":
        table = eight_bits(inputs, 3, grid)
    else:
        table = of_stages(inputs, 3, grid, max(2, min(1 << 16, amount // 40)))
    tags = [(name, table) for name in TABLES] + (matrix(PARAMETRIC) if inputs == 3 else [])
    return profile(b"CMYK" if inputs == 4 else b"RGB ", tags, connection=b"Lab ", kind=b"prtr")


BUILDERS: dict[str, Callable[[int], bytes]] = {
    "curves": _curves,
    "three curves": _three_curves,
    "grey curve": _grey_curve,
    "parametric": _parametric,
    "texts": _texts,
    "tags": _tags,
    "16 bits": partial(_table, "16 bits", 3),
    "8 bits": partial(_table, "8 bits", 3),
    "stages": partial(_table, "stages", 3),
    "16 bits, inks": partial(_table, "16 bits", 4),
    "8 bits, inks": partial(_table, "8 bits", 4),
    "stages, inks": partial(_table, "stages", 4),
}


def _build(kind: str, amount: int) -> tuple[bytes, bytes]:
    """A profile and its colour space. `amount`: bytes that it may have."""
    built = BUILDERS[kind](min(amount, LARGEST - 4096))
    return built, built[16:20]


@family("icc", "in PNG", *({"kind": kind} for kind in BUILDERS if "inks" not in kind), pixels=64)
@family("icc", "in a large PNG", *({"kind": kind} for kind in ("grey curve", "parametric", "16 bits")))
def in_png(size: int, pixels: int, kind: str) -> bytes:
    """The profile is compressed: a file can have the largest that is looked at."""
    amount = LARGEST
    while True:
        built, space = _build(kind, amount)
        packed = zlib.compress(built, 9)
        if len(packed) <= size or amount < 2000:
            return png.with_profile(packed, max(1, size - len(packed) - 200), grey=space == b"GRAY", pixels=pixels)
        amount //= 2


@family("icc", "in JPEG", *({"kind": kind} for kind in BUILDERS), pixels=64)
@family(
    "icc", "in a large JPEG", *({"kind": kind} for kind in ("grey curve", "parametric", "16 bits", "16 bits, inks"))
)
def in_jpeg(size: int, pixels: int, kind: str) -> bytes:
    """The profile as it is, in parts."""
    built, space = _build(kind, max(1000, size - 700))
    factors = {b"GRAY": jpeg.GREY, b"RGB ": jpeg.EVEN, b"CMYK": jpeg.INKS}[space]
    return jpeg.with_profile(built, factors, pixels)


@family(
    "icc", "in WebP", *({"kind": kind} for kind in BUILDERS if "inks" not in kind and kind != "grey curve"), pixels=64
)
@family("icc", "in a large WebP", *({"kind": kind} for kind in ("parametric", "16 bits")))
def in_webp(size: int, pixels: int, kind: str) -> bytes:
    """The profile as it is, in a chunk."""
    return webp.with_profile(_build(kind, max(1000, size - 100))[0], pixels)
