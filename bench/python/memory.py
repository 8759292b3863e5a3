"""How much memory the sandbox takes for a thumbnail of a large picture.

    python memory.py [--corpus DIR] [--size 256] [--small 12] [--large 100]

Makes JPEGs of 12 and of 100 megapixels from photographs' pieces, enlarged and with a camera's grain, and square
pictures of 100 megapixels in the other formats that are reduced as they are read, and thumbnails each in a sandbox of
its own. The sandbox's linear memory never shrinks, so what it has after the call is the most that
it had: stack, data, the file itself and all that decoding took. What it has beside the file is held against the bar.
"""

from __future__ import annotations

import argparse
import io
import math
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from _pictures import collect, mosaic, shaped

import thumbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PIL import Image

    Samples = NDArray[np.uint8] | NDArray[np.uint16]

MIB = 1 << 20
BASELINE, PROGRESSIVE = "4:2:0 q85", "progressive 4:2:0 q75"
BARS = {("small", BASELINE): 8, ("large", BASELINE): 8, ("large", PROGRESSIVE): 24}
"""MiB beside the file."""
BARS_OF_OTHERS = {256: 16, 512: 48}
"""MiB beside the file by the side of the box."""

PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""Adam7's: first row and column, and the steps (PNG, section 8.2)."""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="a folder of pictures to take the pieces from")
    parser.add_argument("--size", type=int, default=256, help="side of the box (default: 256)")
    parser.add_argument("--small", type=float, default=12, metavar="M", help="megapixels (default: 12)")
    parser.add_argument("--large", type=float, default=100, metavar="M", help="megapixels (default: 100)")
    options = parser.parse_args()
    pictures = collect(options.corpus, derive=False, larger=False)
    print("MiB of the sandbox's memory for a thumbnail\n")
    print(f"{'':40}{'box':>5}{'file':>9}{'memory':>9}{'beside the file':>17}{'bar':>9}")
    for which in ("small", "large"):
        # 4 to 3, as most cameras have it.
        unit = math.ceil(math.sqrt(getattr(options, which) * 1e6 / 12))
        image = mosaic(4 * unit, 3 * unit, pictures)
        for shape in (BASELINE, PROGRESSIVE):
            name = f"{4 * unit} x {3 * unit} {shape}"
            show(name, shaped(image, shape), options.size, BARS.get((which, shape)))
    side = math.ceil(math.sqrt(options.large * 1e6))
    for name, file in others(mosaic(side, side, pictures)):
        for size, bar in BARS_OF_OTHERS.items():
            show(f"{side} x {side} {name}", file, size, bar)


def show(name: str, file: bytes, size: int, bar: int | None) -> None:
    """Measures one and prints its line."""
    memory = needed(file, size)
    beside = (memory - len(file)) / MIB
    verdict = "" if bar is None else f"{f'<= {bar}':>9}  {'met' if beside <= bar else 'MISSED'}"
    print(f"{name:40}{size:>5}{len(file) / MIB:>9.2f}{memory / MIB:>9.2f}{beside:>17.2f}{verdict}", flush=True)


def others(image: Image.Image) -> Iterator[tuple[str, bytes]]:
    """The picture in the formats that are reduced as they are read."""
    # With few levels, so that the files stay far below what a sandbox can hold.
    rgb = np.asarray(image) & np.uint8(0xE0)
    rgba = np.concatenate([rgb, rgb[..., :1]], axis=-1)
    yield "PNG RGB", png(rgb)
    yield "PNG RGBA", png(rgba)
    yield "PNG RGB 16 bits", png(rgb.astype(np.uint16) * np.uint16(257))
    yield "PNG RGB Adam7", png(rgb, interlaced=True)
    for form, options in (("GIF", {}), ("WEBP", {"quality": 75, "method": 0}), ("BMP", {})):
        file = io.BytesIO()
        (image.convert("P") if form == "GIF" else image).save(file, form, **options)
        yield form, file.getvalue()


def png(samples: Samples, *, interlaced: bool = False) -> bytes:
    """A PNG without filters (W3C PNG, third edition)."""
    height, width, channels = samples.shape
    packed = zlib.compressobj(1)
    parts: list[bytes] = []
    for top, left, down, across in PASSES if interlaced else ((0, 0, 1, 1),):
        rows = samples[top::down, left::across]
        stored = rows.astype(samples.dtype.newbyteorder(">"))
        parts.extend(packed.compress(b"\0" + row.tobytes()) for row in stored)
    body = b"".join([*parts, packed.flush()])
    depth, colour = 8 * samples.dtype.itemsize, {3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    )


def needed(file: bytes, size: int) -> int:
    """Bytes of linear memory that a new sandbox has after the file's thumbnail."""
    with thumbox.load("wasm", timeout=None, max_request=1 << 30) as plugin:
        plugin.thumbnail(file, size, size)
        return plugin.stats().memory_high_water


if __name__ == "__main__":
    main()
