"""A small TIFF writer for what libraries read and do not write: any depth, either order of bits, odd tags."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LONG", "SHORT", "UNDEFINED", "Page", "Tags", "packed", "reversed_bytes", "tiff"]

SHORT, LONG, UNDEFINED = 3, 4, 7
_FORMATS = {SHORT: "H", LONG: "I", UNDEFINED: "B"}
_OFFSETS, _COUNTS = 273, 279

Tags = dict[int, tuple[int, list[int]]]
"""Each tag's type and values."""


@dataclass(frozen=True)
class Page:
    """A picture's strips, already compressed, and its tags; those of the strips' places come by themselves."""

    strips: list[bytes]
    tags: Tags
    without: tuple[int, ...] = ()
    """Tags to leave out."""
    outside: tuple[int, ...] = ()
    """Tags whose values are said to be beyond the file's end."""


def packed(samples: NDArray[np.uint64], bits: int) -> bytes:
    """Rows of samples of so many bits, the greatest first; each row starts at a byte."""
    rows = samples.reshape(samples.shape[0], -1)
    places = np.arange(bits - 1, -1, -1, dtype=np.uint64)
    each = ((rows[:, :, None] >> places) & np.uint64(1)).astype(np.uint8)
    return np.packbits(each.reshape(rows.shape[0], -1), axis=1).tobytes()


def reversed_bytes(data: bytes) -> bytes:
    """Each byte's bits the other way round, as FillOrder 2 has them."""
    bits: NDArray[Any] = np.unpackbits(np.frombuffer(data, np.uint8))
    return np.packbits(bits.reshape(-1, 8)[:, ::-1]).tobytes()


def tiff(pages: list[Page], order: str = "<") -> bytes:
    """A file of those pages, the first strip right after its header."""
    out = bytearray((b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 0))
    link = 4
    for page in pages:
        places = []
        for strip in page.strips:
            places.append(len(out))
            out += strip + b"\0" * (len(strip) % 2)
        counts = [len(strip) for strip in page.strips]
        tags = {_OFFSETS: (LONG, places), _COUNTS: (LONG, counts), **page.tags}
        entries = []
        for tag in sorted(tags.keys() - set(page.without)):
            kind, values = tags[tag]
            data = struct.pack(f"{order}{len(values)}{_FORMATS[kind]}", *values)
            if tag in page.outside:
                data = struct.pack(order + "I", 1 << 30)
            elif len(data) > 4:
                place = len(out)
                out += data + b"\0" * (len(data) % 2)
                data = struct.pack(order + "I", place)
            entries.append(struct.pack(order + "HHI", tag, kind, len(values)) + data.ljust(4, b"\0"))
        struct.pack_into(order + "I", out, link, len(out))
        out += struct.pack(order + "H", len(entries)) + b"".join(entries)
        link = len(out)
        out += bytes(4)
    return bytes(out)
