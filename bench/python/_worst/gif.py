"""GIF (GIF89a): large screens, long runs, and codes and blocks of nothing."""

from __future__ import annotations

import struct

from .bits import LeastFirst
from .families import family
from .jpeg import square

__all__: list[str] = []

CODE_SIZE = 2
CLEAR, END = 4, 5


def gif(screen: tuple[int, int], frame: bytes, before: bytes = b"") -> bytes:
    """A file of two colours."""
    return b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6) + before + frame + b";"


def image(side: tuple[int, int], data: bytes, *, flags: int = 0) -> bytes:
    """A frame at the screen's corner."""
    return b"," + struct.pack("<HHHHB", 0, 0, *side, flags) + data


def blocks(code_size: int, data: bytes, length: int = 255) -> bytes:
    """Data in sub-blocks of at most that length."""
    parts = [data[at : at + length] for at in range(0, len(data), length)]
    return bytes([code_size]) + b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def runs(pixels: int, most: int) -> bytes:
    """Codes for as many zeros, each a pixel longer than the last, up to so many bytes."""
    out = LeastFirst()
    left = pixels
    # All of a table, from its first entry to its last, which is the same again and again.
    table, covered = LeastFirst(), 0
    table.put(CLEAR, CODE_SIZE + 1)
    width, following, length = CODE_SIZE + 1, END + 1, 1
    table.put(0, width)
    while following < 4096:
        covered += length
        length += 1
        table.put(following, width)
        following += 1
        if following == 1 << width and width < 12:
            width += 1
    covered += length
    # The clear code that follows is of the longest width.
    start = len(table) - (CODE_SIZE + 1)
    whole = LeastFirst()
    whole.put(int.from_bytes(table.to_bytes(), "little") >> (CODE_SIZE + 1), start)
    whole.put(CLEAR, 12)
    out.put(CLEAR, CODE_SIZE + 1)
    times = max(1, min(-(-left // covered), most * 8 // len(whole)))
    out.repeat(int.from_bytes(whole.to_bytes(), "little"), len(whole), times)
    out.put(END, CODE_SIZE + 1)
    return out.to_bytes()


@family("gif", "runs", {"flags": 0}, {"flags": 0x40})
def filled(size: int, pixels: int, flags: int) -> bytes:
    """The longest runs that there are, over all of the screen; interlaced or not."""
    side = square(pixels)
    return gif(side, image(side, blocks(CODE_SIZE, runs(pixels, size - 900)), flags=flags))


@family("gif", "a frame of one pixel on a large screen", {"transparent": False}, {"transparent": True})
def one_pixel(_size: int, pixels: int, *, transparent: bool) -> bytes:
    """All others are transparent."""
    control = b"\x21\xf9\4\1\0\0\0\0" if transparent else b""
    return gif(square(pixels), image((1, 1), b"\x02\x02\x4c\x01\0"), control)


@family("gif", "a frame that is not there", {"flags": 0}, {"flags": 0x40})
def claimed(_size: int, pixels: int, flags: int) -> bytes:
    """Claims to cover the screen and ends after a code of pixels."""
    side = square(pixels)
    return gif(side, image(side, b"\x02\x02\x4c\x01\0", flags=flags))


@family("gif", "a large frame on a small screen")
def overhanging(size: int, pixels: int) -> bytes:
    """Nearly nothing of it is seen."""
    side = square(pixels)
    return gif((16, 16), image(side, blocks(CODE_SIZE, runs(pixels, size - 900))))


@family("gif", "codes that clear", {"width": 3}, {"width": 9}, {"width": 12}, pixels=4096)
def clears(size: int, pixels: int, width: int) -> bytes:
    """Nothing but codes that clear the table."""
    out = LeastFirst()
    out.repeat(1 << width - 1, width, max(1, (size - 100) * 8 * 255 // (256 * width)))
    # Codes of 12 bits: the longest that there are at the beginning.
    return gif(square(pixels), image(square(pixels), blocks(min(width - 1, 11), out.to_bytes())))


@family("gif", "blocks of one byte", {"of": "data"}, {"of": "comment"})
def short_blocks(size: int, pixels: int, of: str) -> bytes:
    """Two bytes of the file for each of the data, or of a comment."""
    side = square(pixels)
    if of == "comment":
        return gif((16, 16), image((16, 16), b"\2\2\x4c\1\0"), b"\x21\xfe" + b"\1a" * (max(2, size - 100) // 2) + b"\0")
    return gif(side, image(side, blocks(CODE_SIZE, runs(pixels, max(1, size - 900) // 2), 1)))


@family(
    "gif",
    "extensions",
    *({"body": body} for body in (b"\x21\xfe\0", b"\x21\xff\0", b"\x21\xf9\4\1\0\0\0\0")),
    pixels=256,
)
def extensions(size: int, pixels: int, body: bytes) -> bytes:
    """As many as there is room for, before the frame."""
    side = square(pixels)
    return gif(side, image(side, b"\2\2\x4c\1\0"), body * max(1, (size - 100) // len(body)))


@family("gif", "frames")
def frames(size: int, pixels: int) -> bytes:
    """Frames of a pixel, of which the first is the picture."""
    one = image((1, 1), b"\2\2\x4c\1\0")
    return gif(square(pixels), one * max(1, (size - 60) // len(one)))
