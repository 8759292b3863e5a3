"""Pictures of every kind as files, and files that are damaged, for two decoders to be compared by."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile
from PIL import Image

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from numpy.typing import NDArray

    Pixels = NDArray[Any]

LONGEST = 300
"""Pixels of a side."""

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
DEPTHS = {GREY: (1, 2, 4, 8, 16), RGB: (8, 16), PALETTE: (1, 2, 4, 8), GREY_ALPHA: (8, 16), RGBA: (8, 16)}
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(frozen=True)
class Sample:
    """A file, and what it was made as."""

    kind: str
    """jpeg, png, tiff, webp lossless or webp lossy."""
    how: str
    data: bytes


def pixels(chance: random.Random, channels: int, depth: int = 8) -> Pixels:
    """A picture of gradients, patches and noise, of any size: rows, columns, channels."""
    generator = np.random.default_rng(chance.getrandbits(32))
    width, height = (chance.choice((1, 2, 7, 8, 9, 16, 17, chance.randint(1, LONGEST))) for _ in range(2))
    y, x = np.mgrid[0:height, 0:width]
    most = (1 << depth) - 1
    planes = []
    for _ in range(channels):
        plane = (x * chance.uniform(-1, 1) + y * chance.uniform(-1, 1)) / LONGEST * most + chance.uniform(0, most)
        planes.append(np.mod(plane, most + 1))
    picture = np.stack(planes, axis=-1)
    kind = chance.choice(("smooth", "patches", "noise", "grain"))
    if kind == "patches":
        for _ in range(5):
            top, left = chance.randrange(height), chance.randrange(width)
            patch = generator.integers(0, most + 1, channels)
            picture[top : top + chance.randint(1, 80), left : left + chance.randint(1, 80)] = patch
    elif kind == "noise":
        picture = generator.integers(0, most + 1, picture.shape).astype(np.float64)
    elif kind == "grain":
        picture = picture + generator.normal(0, most / 40, picture.shape)
    clipped: Pixels = np.clip(np.rint(picture), 0, most).astype(np.uint16 if depth == 16 else np.uint8)
    return clipped


def jpeg(chance: random.Random) -> Sample:
    """By libjpeg-turbo."""
    mode = chance.choice(("L", "RGB", "RGB", "RGB", "CMYK"))
    options: dict[str, Any] = {
        "quality": chance.choice((1, 10, 50, 75, 90, 95, 100)),
        "progressive": chance.random() < 0.4,
    }
    if mode == "RGB":
        options |= {"keep_rgb": True} if chance.random() < 0.1 else {"subsampling": chance.choice((0, 1, 2))}
    if chance.random() < 0.3:
        options["restart_marker_blocks"] = chance.randint(1, 20)
    if chance.random() < 0.3:
        options["optimize"] = True
    picture = pixels(chance, len(mode) if mode != "L" else 1)
    image = Image.fromarray(picture[..., 0] if mode == "L" else picture, mode if mode == "CMYK" else None)
    return Sample("jpeg", f"{mode} {image.size} {options}", _saved(image, "JPEG", options))


def webp(chance: random.Random, *, lossless: bool) -> Sample:
    """By libwebp."""
    alpha = chance.random() < 0.4
    options: dict[str, Any] = {
        "lossless": lossless,
        "quality": chance.choice((0, 20, 60, 80, 100)),
        "method": chance.choice((0, 2, 4, 6)),
        "exact": True,
    }
    if alpha:
        options["alpha_quality"] = chance.choice((0, 50, 100))
    image = Image.fromarray(pixels(chance, 4 if alpha else 3))
    kind = "webp lossless" if lossless else "webp lossy"
    return Sample(kind, f"{image.mode} {image.size} {options}", _saved(image, "WEBP", options))


def _saved(image: Image.Image, format_name: str, options: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    image.save(file, format_name, **options)
    return file.getvalue()


def png(chance: random.Random) -> Sample:
    """By hand, since Pillow writes neither interlaced ones nor all depths."""
    colour = chance.choice(list(DEPTHS))
    depth = chance.choice(DEPTHS[colour])
    picture = pixels(chance, CHANNELS[colour], depth)
    interlaced = chance.random() < 0.4
    height, width, _ = picture.shape
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    chunks = [(b"IHDR", header)]
    transparent = chance.random() < 0.4
    if colour == PALETTE:
        chunks.append((b"PLTE", chance.randbytes(3 << depth)))
        if transparent:
            chunks.append((b"tRNS", chance.randbytes(chance.randint(1, 1 << depth))))
    elif transparent and depth <= 8 and colour in {GREY, RGB}:
        chunks.append((b"tRNS", b"".join(struct.pack(">H", int(value)) for value in picture[0, 0])))
    raw = b"".join(_passes(picture, depth, chance, interlaced=interlaced))
    packed = zlib.compress(raw, chance.choice((0, 1, 6, 9)))
    part = chance.choice((len(packed), 1000, 100))
    chunks += [(b"IDAT", packed[at : at + part]) for at in range(0, len(packed), part)]
    how = f"colour {colour}, {depth} bits, {width} x {height}{', interlaced' if interlaced else ''}"
    how += ", tRNS" if any(kind == b"tRNS" for kind, _ in chunks) else ""
    return Sample("png", how, joined([*chunks, (b"IEND", b"")]))


def _passes(picture: Pixels, depth: int, chance: random.Random, *, interlaced: bool) -> list[bytes]:
    parts = []
    for left, top, across, down in PASSES if interlaced else ((0, 0, 1, 1),):
        rows = picture[top::down, left::across]
        if rows.size:
            parts += _filtered(_packed(rows, depth), max(1, depth * picture.shape[2] // 8), chance)
    return parts


def _packed(rows: Pixels, depth: int) -> NDArray[np.uint8]:
    """Rows of bytes."""
    flat = rows.reshape(len(rows), -1)
    if depth == 16:
        return np.frombuffer(flat.astype(">u2").tobytes(), np.uint8).reshape(len(rows), -1)
    if depth == 8:
        return flat.astype(np.uint8)
    bits = np.unpackbits(flat.astype(np.uint8)[..., None], axis=-1)[..., -depth:]
    return np.packbits(bits.reshape(len(rows), -1), axis=-1)


def _filtered(rows: NDArray[np.uint8], back: int, chance: random.Random) -> list[bytes]:
    above = np.zeros(rows.shape[1], np.int16)
    parts = []
    for row in rows.astype(np.int16):
        left, corner = (np.concatenate([np.zeros(back, np.int16), line])[: len(line)] for line in (row, above))
        which = chance.randrange(5)
        estimate = left + above - corner
        distances = np.stack([np.abs(estimate - each) for each in (left, above, corner)])
        paeth = np.choose(np.argmin(distances, axis=0), [left, above, corner])
        guess = [np.zeros_like(row), left, above, (left + above) // 2, paeth][which]
        parts.append(bytes([which]) + ((row - guess) & 255).astype(np.uint8).tobytes())
        above = row
    return parts


def tiff(chance: random.Random) -> Sample:
    """By tifffile, or by libtiff for faxes, of what Pillow reads: 8 bits, and 1 or 16 of grey."""
    if chance.random() < 0.1:
        image = Image.fromarray(pixels(chance, 1)[..., 0]).convert("1")
        coded = {"compression": chance.choice(("group3", "group4", "tiff_ccitt"))}
        return Sample("tiff", f"1 {image.size} {coded}", _saved(image, "TIFF", coded))
    channels = chance.choice((1, 3, 3, 4))
    depth = 16 if channels == 1 and chance.random() < 0.3 else 8
    picture = pixels(chance, channels, depth)
    compression = chance.choice((None, "lzw", "adobe_deflate", "packbits"))
    options: dict[str, Any] = {
        "compression": compression,
        "predictor": compression in {"lzw", "adobe_deflate"} and chance.random() < 0.5,
        "byteorder": chance.choice("<>"),
        "photometric": "minisblack" if channels == 1 else "rgb",
    }
    # Pillow does not know big-endian ones.
    options["bigtiff"] = options["byteorder"] == "<" and chance.random() < 0.2
    if channels > 1 and chance.random() < 0.3:
        options["planarconfig"] = "separate"
        picture = np.moveaxis(picture, -1, 0)
    elif channels == 1:
        picture = picture[..., 0]
    if channels == 4:
        options["extrasamples"] = ["unassalpha"]
    if chance.random() < 0.4:
        options["tile"] = (16 * chance.randint(1, 5), 16 * chance.randint(1, 5))
    else:
        options["rowsperstrip"] = chance.choice((1, 7, 16, LONGEST))
    file = io.BytesIO()
    tifffile.imwrite(file, picture, metadata=None, **options)
    how = f"{channels} channels, {depth} bits, {picture.shape} {options}"
    return Sample("tiff", how, file.getvalue())


MAKERS: tuple[Callable[[random.Random], Sample], ...] = (
    jpeg,
    png,
    tiff,
    lambda chance: webp(chance, lossless=True),
    lambda chance: webp(chance, lossless=False),
)


def joined(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """A PNG of these chunks."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a whole PNG."""
    found, at = [], 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def damaged(sample: Sample, chance: random.Random) -> Sample:
    """The file with one thing wrong with it. A PNG's checksums are right again, or nothing else would be tried."""
    data, what = sample.data, chance.choice(("bits", "cut", "twice", "gone", "bytes"))
    if sample.kind == "png":
        chunks = chunks_of(data)
        at = chance.randrange(len(chunks))
        kind, body = chunks[at]
        if what == "cut":
            return Sample(sample.kind, f"{sample.how}; cut", data[: chance.randrange(30, len(data))])
        if what == "twice":
            chunks.insert(at + 1, chunks[at])
        elif what == "gone" and at > 0:
            del chunks[at]
        else:
            chunks[at] = (kind, _changed(body, what, chance))
        return Sample(sample.kind, f"{sample.how}; {what} of {kind.decode()} ({at})", joined(chunks))
    start = {"jpeg": 4, "tiff": 8}.get(sample.kind, 20)
    if what == "cut":
        return Sample(sample.kind, f"{sample.how}; cut", data[: chance.randrange(start, len(data))])
    if what in {"twice", "gone"}:
        first = chance.randrange(start, len(data))
        piece = data[first : first + chance.randint(1, 60)]
        rest = data[first:] if what == "twice" else data[first + len(piece) :]
        changed = data[:first] + (piece if what == "twice" else b"") + rest
        return Sample(sample.kind, f"{sample.how}; {what}: {len(piece)} bytes at {first}", changed)
    return Sample(sample.kind, f"{sample.how}; {what}", data[:start] + _changed(data[start:], what, chance))


def _changed(body: bytes, what: str, chance: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.choice((1, 1, 3))):
        if changed:
            at = chance.randrange(len(changed))
            changed[at] = changed[at] ^ 1 << chance.randrange(8) if what == "bits" else chance.randrange(256)
    return bytes(changed)
