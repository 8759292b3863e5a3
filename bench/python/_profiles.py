"""Colour profiles of displays, as photographs carry them: three primaries and sRGB's curve (ICC.1:2022)."""

from __future__ import annotations

import struct

__all__ = ["PROFILES"]

_D50 = (0.9642, 1.0, 0.8249)
# IEC 61966-2-1: the exponent, and a, b, c and d of a curve of ICC.1's type 3.
_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)

# Red, green and blue as XYZ, adapted to D50.
_SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
_DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))


def _fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _text(text: str) -> bytes:
    units = text.encode("utf-16-be")
    return struct.pack(">4sIII2s2sII", b"mluc", 0, 1, 12, b"en", b"US", len(units), 28) + units


def _profile(name: str, primaries: tuple[tuple[float, float, float], ...]) -> bytes:
    curve = struct.pack(">4sIHH", b"para", 0, 3, 0) + _fixed(*_CURVE)
    tags = {b"desc": _text(name), b"cprt": _text("CC0"), b"wtpt": b"XYZ \0\0\0\0" + _fixed(*_D50)}
    for colour, primary in zip(b"rgb", primaries, strict=True):
        tags[bytes([colour]) + b"XYZ"] = b"XYZ \0\0\0\0" + _fixed(*primary)
        tags[bytes([colour]) + b"TRC"] = curve
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        table += tag + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(">I4xI4s4s4s", start + len(body), 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + _fixed(*_D50)
    return header.ljust(128, b"\0") + table + body


PROFILES = {"sRGB profile": _profile("sRGB", _SRGB), "Display P3 profile": _profile("Display P3", _DISPLAY_P3)}
"""A profile that changes nothing, and one that does."""
