"""Small files that ask for a great deal, in each format; and a program that opens them and says what came of it.

    python bombs.py native|wasm KIND

prints for each a line of JSON: its name, the error's code, the seconds, and the most memory that it took.
"""

from __future__ import annotations

import io
import json
import struct
import sys
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pictures
from PIL import Image

import thumbox

if TYPE_CHECKING:
    from collections.abc import Iterator

Image.MAX_IMAGE_PIXELS = None

TIMEOUT = 0.03
"""Seconds, for what takes long."""


def png(width: int, height: int, chunks: list[tuple[bytes, bytes]]) -> bytes:
    """A PNG of 8-bit RGBA with these chunks before its data, which are few."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in body
    )


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP file."""
    body = b"".join(kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def webp_extended(width: int, height: int) -> bytes:
    """A canvas, animated, of one frame that says it fills it."""
    three = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    frame = bytes(6) + three + bytes(4) + b"VP8L" + struct.pack("<I", 6) + lossless_header(16384, 16384) + b"\0"
    return riff((b"VP8X", b"\x12\0\0\0" + three), (b"ANIM", bytes(6)), (b"ANMF", frame))


def lossless_header(width: int, height: int) -> bytes:
    """The first bytes of a lossless frame."""
    return b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14)


def webp_lossy(width: int, height: int) -> bytes:
    """A lossy frame of zeros, which end at once."""
    return riff((b"VP8 ", b"\x50\x06\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(100)))


def gif(width: int, height: int) -> bytes:
    """A screen and an interlaced frame of that size, and one code of pixels."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return screen + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0x40) + b"\x02\x02\x4c\x01\0;"


def bmp(width: int, height: int, data: bytes = b"\0\1") -> bytes:
    """A palette, and runs that end at once."""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(data), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(data), 0, 0, 1078) + header + bytes(1024) + data


def tiff(width: int, height: int) -> bytes:
    """RGBA in one strip of Deflate, which is the beginning of many zeros."""
    strip = zlib.compress(b"\0" * 1_000_000)
    fields = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 8),
        (262, 3, 2),
        (273, 4, 8 + 2 + 12 * 9 + 4),
        (277, 3, 4),
        (278, 4, height),
        (279, 4, len(strip)),
    ]
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in fields)
    return b"II*\0" + struct.pack("<IH", 8, len(fields)) + directory + bytes(4) + strip


def jpeg(width: int, height: int) -> bytes:
    """A progressive JPEG whose header was changed to say so."""
    data = bytearray(encoded("JPEG", 64, progressive=True))
    frame = data.index(b"\xff\xc2")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def encoded(format_name: str, side: int, **options: object) -> bytes:
    """A picture of that size in which there is little to see."""
    file = io.BytesIO()
    Image.fromarray(np.zeros((side, side, 3), np.uint8)).save(file, format_name, **options)
    return file.getvalue()


def by_pixels() -> Iterator[tuple[str, bytes]]:
    """More than 2**28 of them, says the header: code 300."""
    yield "png", pictures.png_claiming(2**31 - 1, 2**31 - 1)
    yield "webp", webp_extended(2**24, 2**8)
    yield "gif", gif(65535, 65535)
    yield "bmp", bmp(2**31 - 1, 2**31 - 1)
    yield "bmp upside down", bmp(65535, -65535)
    yield "tiff", tiff(2**31, 2**31)
    yield "jpeg progressive", jpeg(65535, 65535)


def by_memory() -> Iterator[tuple[str, bytes]]:
    """Fewer, and more than 256 MiB where rows are not resized as they come: code 301."""
    yield "png", png(16_384, 16_383, [])
    yield "webp lossless", riff((b"VP8L", lossless_header(16_384, 16_384) + bytes(100)))
    yield "webp animated", webp_extended(16_384, 16_384)
    yield "gif", gif(16_384, 16_383)
    yield "bmp", bmp(16_384, 16_383)
    yield "tiff", tiff(16_384, 16_383)
    yield "jpeg progressive", jpeg(16_384, 16_383)


def by_time() -> Iterator[tuple[str, bytes]]:
    """Within every limit of the core, and slow."""
    yield "png", encoded("PNG", 4900)
    yield "webp", encoded("WEBP", 4500, lossless=True, method=0)
    yield "gif", encoded("GIF", 5000)
    yield "bmp", encoded("BMP", 4700)
    yield "tiff", encoded("TIFF", 5000, compression="tiff_adobe_deflate")
    yield "jpeg progressive", encoded("JPEG", 8000, progressive=True)


def hidden() -> Iterator[tuple[str, bytes]]:
    """What is compressed beside the picture, half a gigabyte each."""
    packer = zlib.compressobj(1)
    zeros = b"".join(packer.compress(bytes(1 << 20)) for _ in range(1 << 9)) + packer.flush()
    for kind, before in ((b"iCCP", b"a\0\0"), (b"zTXt", b"a\0\0"), (b"iTXt", b"a\0\1\0\0\0")):
        yield f"png {kind.decode()}", png(64, 64, [(kind, before + zeros)])
    # The same as the picture's own data, which ends after a few rows.
    yield "png IDAT", png(64, 64, [(b"IDAT", zeros)])


KINDS = {"pixels": by_pixels, "memory": by_memory, "time": by_time, "hidden": hidden}


def main() -> None:
    """Opens all of a kind, one after the other, with one plugin."""
    variant, kind = sys.argv[1:]
    options: thumbox.LoadOptions = {"timeout": TIMEOUT} if kind == "time" else {}
    bombs = list(KINDS[kind]())
    with thumbox.load(variant, **options) as plugin:
        small = pictures.jpeg()
        plugin.thumbnail(small)
        for name, data in bombs:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts again from here
            before, start, code = peak(), time.monotonic(), 0
            try:
                plugin.thumbnail(data, 5000, 5000)
            except thumbox.PluginError as error:
                code = error.code
            took, memory = time.monotonic() - start, peak() - before
            plugin.thumbnail(small)
            print(json.dumps({"name": name, "code": code, "seconds": took, "memory": memory}), flush=True)  # noqa: T201


def peak() -> int:
    """The most bytes that this process had at once."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) << 10


if __name__ == "__main__":
    main()
