"""A consumer of Thumbox written from the wire format alone, and then again with the types that are ready made.

    python wire_consumer.py [PHOTO]

All it needs of a plugin is `call_raw`: a message id and bytes in, bytes out. Each line is one demonstration with the
time that it took.
"""

from __future__ import annotations

import ctypes
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import thumbox
from thumbox import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

THUMBNAIL_CREATE = 100
JPEG, PNG, WEBP = 0, 1, 2
# How a file of each format begins.
SIGNATURES = {JPEG: b"\xff\xd8\xff", PNG: b"\x89PNG\r\n\x1a\n", WEBP: b"RIFF"}
SIZES = ((50, 50), (100, 100), (150, 150), (200, 200))


class RequestHeader(ctypes.Structure):
    """24 bytes, before the image file's bytes."""

    _layout_ = "ms"  # what `_pack_` means; Python 3.14 wants it said
    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("reserved", ctypes.c_uint8 * 3),
        ("target_width", ctypes.c_uint32),
        ("target_height", ctypes.c_uint32),
        ("output_format", ctypes.c_uint32),
        ("quality", ctypes.c_uint32),
        ("payload_size", ctypes.c_uint32),
    )


class ResponseHeader(ctypes.Structure):
    """20 bytes, before the thumbnail file's bytes."""

    _layout_ = "ms"
    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("reserved", ctypes.c_uint8 * 3),
        ("width", ctypes.c_uint32),
        ("height", ctypes.c_uint32),
        ("format", ctypes.c_uint32),
        ("payload_size", ctypes.c_uint32),
    )


class Thumbnail(NamedTuple):
    """What came back."""

    width: int
    height: int
    format: int
    file: bytes

    def __str__(self) -> str:
        return f"{self.width}x{self.height}, {len(self.file)} B"


def by_hand(plugin: thumbox.Plugin, image: bytes) -> Callable[[int, int, int, int], Thumbnail]:
    """With nothing but the two structures above."""

    def make(width: int, height: int, output_format: int, quality: int) -> Thumbnail:
        header = RequestHeader(1, (0, 0, 0), width, height, output_format, quality, len(image))
        reply = plugin.call_raw(THUMBNAIL_CREATE, bytes(header) + image)
        answer = ResponseHeader.from_buffer_copy(reply[:20])
        file = bytes(reply[20:])
        if answer.version != 1 or answer.payload_size != len(file):
            raise SystemExit("this is no response of version 1")
        return Thumbnail(answer.width, answer.height, answer.format, file)

    return make


def ready_made(plugin: thumbox.Plugin, image: bytes) -> Callable[[int, int, int, int], Thumbnail]:
    """With `thumbox.wire`, which also saves the concatenation."""

    def make(width: int, height: int, output_format: int, quality: int) -> Thumbnail:
        answer = wire.create_thumbnail(plugin, image, width, height, output_format, quality)
        return Thumbnail(answer.width, answer.height, answer.format, bytes(answer.thumbnail_data))

    return make


def demonstrate(make: Callable[[int, int, int, int], Thumbnail]) -> list[Thumbnail]:
    """What a consumer does; returns all that it got."""
    got: list[Thumbnail] = []

    def timed(title: str, *requests: tuple[int, int, int, int], threads: int = 0) -> Sequence[Thumbnail]:
        start = time.perf_counter()
        if threads:
            with ThreadPoolExecutor(threads) as pool:
                answers = list(pool.map(lambda request: make(*request), requests))
        else:
            answers = [make(*request) for request in requests]
        milliseconds = 1000 * (time.perf_counter() - start)
        print(f"  {title:16}{milliseconds:8.2f} ms   {'; '.join(map(str, answers))}")
        got.extend(answers)
        return answers

    timed("fixed box", (100, 100, JPEG, 85))
    timed("width only", (200, 0, PNG, 0))
    timed("several sizes", *((width, height, JPEG, 85) for width, height in SIZES))
    lengths = [
        len(one.file)
        for one in timed("several qualities", *((150, 150, JPEG, quality) for quality in (20, 50, 80, 95)))
    ]
    check(lengths == sorted(lengths), "a better quality takes more bytes")
    for one in timed("all formats", (150, 150, JPEG, 80), (150, 150, PNG, 0), (150, 150, WEBP, 80)):
        check(one.file.startswith(SIGNATURES[one.format]), "a file is what its header says")
        check((one.format == WEBP) == (one.file[8:12] == b"WEBP"), "WebP is WebP")
    alone = got[2:6]
    at_once = timed("eight threads", *((width, height, JPEG, 85) for width, height in SIZES * 2), threads=8)
    check(list(at_once) == alone * 2, "threads get what one gets")
    return got


def check(holds: bool, what: str) -> None:
    """Ends the program where something does not hold."""
    if not holds:
        raise SystemExit(f"this does not hold: {what}")


def main() -> None:
    check((ctypes.sizeof(RequestHeader), ctypes.sizeof(ResponseHeader)) == (24, 20), "24 and 20 bytes")
    if len(sys.argv) > 1:
        image = Path(sys.argv[1]).read_bytes()
    else:
        import skimage  # noqa: PLC0415 -- it has some photographs with it

        image = (Path(skimage.__file__).parent / "data/rocket.jpg").read_bytes()
    results = []
    for variant in ("native", "wasm"):
        with thumbox.load(variant) as plugin:
            for title, consumer in (("by hand", by_hand), ("with thumbox.wire", ready_made)):
                print(f"{variant}, {title}:")
                results.append(demonstrate(consumer(plugin, image)))
    check(all(result == results[0] for result in results), "every way gives the same bytes")
    print("every way gave the same bytes")


if __name__ == "__main__":
    main()
