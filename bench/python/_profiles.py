"""Colour profiles, as photographs carry them and as tests need them (ICC.1:2022 and ICC.1:2001-04)."""

from __future__ import annotations

import itertools
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Triple = tuple[float, float, float]

__all__ = ["DISPLAY_P3", "PROFILES", "SRGB", "gamma", "grey", "matrix", "srgb_curve", "table"]

_D50 = (0.9642, 1.0, 0.8249)

# Red, green and blue as XYZ, adapted to D50.
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))


RELATIVE = 1
"""The intent of a table: colours as they are on the medium's white. Perceptual is 0."""


def matrix(primaries: Sequence[Triple], curve: bytes, version: int = 4) -> bytes:
    """A display's profile: three primaries and a curve."""
    tags = {b"wtpt": _xyz(_D50)}
    for colour, primary in zip((b"r", b"g", b"b"), primaries, strict=True):
        tags |= {colour + b"XYZ": _xyz(primary), colour + b"TRC": curve}
    return _file(version, b"mntr", b"RGB ", b"XYZ ", tags)


def grey(curve: bytes, version: int = 4) -> bytes:
    """A grey display's profile."""
    return _file(version, b"mntr", b"GRAY", b"XYZ ", {b"wtpt": _xyz(_D50), b"kTRC": curve})


def table(space: bytes, to_lab: Callable[..., Triple], steps: int, version: int = 2) -> bytes:
    """A profile with a table of so many steps for each channel of `space`, b"RGB " or b"CMYK".

    `to_lab` gives the L*, a* and b* of channels from 0 to 1, the first of which changes slowest.
    """
    channels = {b"RGB ": 3, b"CMYK": 4}[space]
    body = struct.pack(">4s4xBBBx", b"mft2", channels, 3, steps) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    body += struct.pack(">HH", 2, 2) + struct.pack(">HH", 0, 65535) * channels
    scale = 65280 / 100
    for place in itertools.product(range(steps), repeat=channels):
        light, a, b = to_lab(*(step / (steps - 1) for step in place))
        # Lab as version 2 has it in 16 bits: 100 is FF00, and 0 of a* and b* is 8000 (ICC.1:2001-04, annex A).
        values = (light * scale, (a + 128) * 256, (b + 128) * 256)
        body += struct.pack(">3H", *(min(max(round(value), 0), 65535) for value in values))
    body += struct.pack(">HH", 0, 65535) * 3
    return _file(version, b"prtr", space, b"Lab ", {b"wtpt": _xyz(_D50), b"A2B0": body}, RELATIVE)


def srgb_curve() -> bytes:
    """IEC 61966-2-1, as a parametric curve of type 3."""
    return struct.pack(">4s4xHH", b"para", 3, 0) + _fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def gamma(exponent: float) -> bytes:
    """A curve of one number."""
    return struct.pack(">4s4xIH", b"curv", 1, round(exponent * 256))


def _fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(values: Triple) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*values)


def _text(text: str, version: int) -> bytes:
    if version < 4:
        plain = text.encode() + b"\0"
        return struct.pack(">4s4xI", b"desc", len(plain)) + plain + bytes(4 + 4 + 2 + 1 + 67)
    units = text.encode("utf-16-be")
    return struct.pack(">4s4xII2s2sII", b"mluc", 1, 12, b"en", b"US", len(units), 28) + units


def _file(
    version: int, kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes], intent: int = 0
) -> bytes:
    licence = _text("CC0", version) if version >= 4 else b"text\0\0\0\0CC0\0"
    tags = {b"desc": _text("made by thumbox's tools", version), b"cprt": licence, **tags}
    index, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        index += tag + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(">I4xI4s4s4s", start + len(body), version << 24, kind, space, connection)
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(24)
    header += struct.pack(">I", intent) + _fixed(*_D50)
    return header.ljust(128, b"\0") + index + body


PROFILES = {
    "sRGB profile": matrix(SRGB, srgb_curve()),
    "Display P3 profile": matrix(DISPLAY_P3, srgb_curve()),
}
"""A profile that changes nothing, and one that does."""
