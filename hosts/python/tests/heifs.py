"""HEIF files from parts: boxes, items and properties (ISO/IEC 14496-12, ISO/IEC 23008-12), as they should be or not."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

import pillow_heif

if TYPE_CHECKING:
    from PIL import Image


def written(picture: Image.Image, kind: str = "HEIF", **options: Any) -> bytes:
    """A picture as a HEIC, or as an AVIF."""
    if kind == "HEIF":
        pillow_heif.register_heif_opener()
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box."""
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def versioned(kind: bytes, *parts: bytes, version: int = 0) -> bytes:
    """A box with a version."""
    return box(kind, struct.pack(">I", version << 24), *parts)


def boxes(file: bytes) -> list[tuple[bytes, bytes]]:
    """Types and contents of the boxes that stand one after the other."""
    found = []
    while file:
        size, kind = struct.unpack_from(">I4s", file)
        found.append((kind, file[8:size]))
        file = file[size:]
    return found


def coded(file: bytes) -> tuple[bytes, bytes]:
    """Of a file with one picture: its parameter sets, from the property `hvcC`, and its data."""
    meta = dict(boxes(dict(boxes(file))[b"meta"][4:]))
    sets = next(body for kind, body in boxes(dict(boxes(meta[b"iprp"]))[b"ipco"]) if kind == b"hvcC")
    return sets, dict(boxes(file))[b"mdat"]


class Heif:
    """A file that is put together of items, whose data lies in the box `idat`."""

    def __init__(self, brand: bytes = b"heic") -> None:
        """Without items."""
        self._brand = brand
        self._data = b""
        self._properties: list[bytes] = []
        self._items: list[tuple[int, bytes, int, int, list[int]]] = []
        self._references = b""

    def item(self, number: int, kind: bytes, data: bytes, *properties: bytes, length: int | None = None) -> None:
        """An item of that type, with its data and properties; `length` may lie."""
        first = len(self._properties) + 1
        self._properties += properties
        numbers = list(range(first, first + len(properties)))
        self._items.append((number, kind, len(self._data), len(data) if length is None else length, numbers))
        self._data += data

    def refers(self, kind: bytes, number: int, *others: int) -> None:
        """A reference from an item to others."""
        self._references += box(kind, struct.pack(f">2H{len(others)}H", number, len(others), *others))

    def file(self, primary: int = 1, *more: bytes) -> bytes:
        """All of it; `more` boxes stand at the end of `meta`."""
        infos = b"".join(
            versioned(b"infe", struct.pack(">2H4sx", number, 0, kind), version=2) for number, kind, *_ in self._items
        )
        places = b"".join(
            struct.pack(">4H2I", number, 1, 0, 1, offset, length) for number, _, offset, length, _ in self._items
        )
        links = b"".join(
            struct.pack(f">HB{len(numbers)}B", number, len(numbers), *numbers) for number, *_, numbers in self._items
        )
        count = len(self._items)
        meta = versioned(
            b"meta",
            versioned(b"hdlr", bytes(4), b"pict", bytes(13)),
            versioned(b"pitm", struct.pack(">H", primary)),
            versioned(b"iinf", struct.pack(">H", count), infos),
            versioned(b"iloc", b"\x44\0", struct.pack(">H", count), places, version=1),
            versioned(b"iref", self._references) if self._references else b"",
            box(b"iprp", box(b"ipco", *self._properties), versioned(b"ipma", struct.pack(">I", count), links)),
            box(b"idat", self._data),
            *more,
        )
        return box(b"ftyp", self._brand, bytes(4), b"mif1") + meta


def extents(width: int, height: int) -> bytes:
    """The property that says how large an item is."""
    return versioned(b"ispe", struct.pack(">2I", width, height))


def grid(rows: int, columns: int, width: int, height: int) -> bytes:
    """A grid's data: its rows and columns, and its size (ISO/IEC 23008-12, section 6.6.2.3)."""
    return struct.pack(">4B2I", 0, 1, rows - 1, columns - 1, width, height)
