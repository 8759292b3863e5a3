"""Odd TIFF: every depth, orders of bits, ways of CCITT, YCbCr without JPEG, old JPEG and LZW, tags that lack or lie."""

from __future__ import annotations

import importlib
import io
import itertools
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from .scene import HEIGHT, WIDTH, Kind, grey, inks, rgb, rgba, shown
from .tiff_writer import LONG, SHORT, UNDEFINED, Page, Tags, packed, reversed_bytes, tiff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

__all__ = ["kinds"]

ROWS = 16
"""Of a strip."""

UNLIMITED = (1 << 32) - 1
ALPHAS = {"unspecified": 0, "associated": 1, "unassociated": 2}
FAXES: dict[str, tuple[str, int, int | None]] = {
    "rle": ("tiff_ccitt", 2, None),
    "g3-1d": ("group3", 3, 0),
    "g3-2d": ("group3", 3, 1),
    "g3-1d-aligned": ("group3", 3, 4),
    "g3-2d-aligned": ("group3", 3, 5),
    "g4": ("group4", 4, None),
}
"""CCITT's codings: Pillow's names, TIFF's numbers, and T4Options."""


def kinds() -> Iterator[Kind]:
    """All of them."""
    yield from _depths()
    yield from _palettes()
    yield from _ycbcr()
    yield from _faxes()
    yield from _alphas()
    yield from _directories()
    yield from _pages()
    yield from _old()
    yield from _turned()


def _tags(bits: list[int], photometric: int, *, compression: int = 1, rows: int = ROWS, fill: int = 1) -> Tags:
    tags: Tags = {
        256: (SHORT, [WIDTH]),
        257: (SHORT, [HEIGHT]),
        258: (SHORT, bits),
        259: (SHORT, [compression]),
        262: (SHORT, [photometric]),
        277: (SHORT, [len(bits)]),
        278: (LONG, [rows]),
    }
    return tags if fill == 1 else {**tags, 266: (SHORT, [fill])}


def _levels(picture: NDArray[np.float64], bits: int) -> NDArray[np.uint64]:
    """Of so many bits."""
    if bits <= 32:
        return np.asarray(np.rint(picture * ((1 << bits) - 1)), np.uint64)
    # A float has no 64 bits.
    steps = np.asarray(np.rint(picture * 65535), np.uint64)
    return np.asarray(steps * np.uint64(((1 << bits) - 1) // 65535))


def _cut(samples: NDArray[Any], rows: int = ROWS) -> list[NDArray[Any]]:
    return [samples[at : at + rows] for at in range(0, HEIGHT, rows)]


def _strips(levels: NDArray[np.uint64], bits: int, order: str = "<") -> list[bytes]:
    """Whole bytes in the file's order, other depths packed."""
    if bits in {16, 32, 64}:
        whole = levels.astype(np.dtype(f"{order}u{bits // 8}"))
        return [part.tobytes() for part in _cut(whole)]
    if bits == 24 and order == "<":
        low = levels[..., None] >> np.arange(0, 24, 8, dtype=np.uint64)
        return [part.astype(np.uint8).tobytes() for part in _cut(low)]
    return [packed(part, bits) for part in _cut(levels)]


def _depths() -> Iterator[Kind]:
    """1 to 64 bits of grey, of inverted grey, of RGB and of inks."""
    pictures = {"minisblack": (grey(), 1), "miniswhite": (1 - grey(), 0), "rgb": (rgb(), 2), "inks": (inks(), 5)}
    for bits, (name, (picture, photometric)) in itertools.product((*range(1, 17), 24, 32, 64), pictures.items()):
        light = rgb() if name == "rgb" else grey()
        shows = None if name == "inks" else shown(light, (1 << min(bits, 16)) - 1)
        ways: dict[str, dict[str, Any]] = {"le": {}, "be": {"order": ">"}, "deflate": {"compression": 8}}
        if bits < 16:
            ways["fillorder2"] = {"fill": 2}
        if bits > 1 and name != "inks":
            ways["planar"] = {"planar": True}
        for way, options in ways.items():
            make = partial(_deep, picture, bits, photometric, **options)
            yield Kind(f"depth-{name}-{bits:02}-{way}.tif", make, shows)


def _deep(
    picture: NDArray[np.float64],
    bits: int,
    photometric: int,
    *,
    order: str = "<",
    compression: int = 1,
    fill: int = 1,
    planar: bool = False,
) -> bytes:
    levels = _levels(picture, bits)
    planes = np.split(levels, levels.shape[-1], axis=-1) if planar else [levels]
    strips = [strip for plane in planes for strip in _strips(plane, bits, order)]
    if compression != 1:
        strips = [zlib.compress(strip) for strip in strips]
    if fill == 2:
        strips = [reversed_bytes(strip) for strip in strips]
    tags = _tags([bits] * levels.shape[-1], photometric, compression=compression, fill=fill)
    if planar:
        tags[284] = (SHORT, [2])
    return tiff([Page(strips, tags)], order)


def _palettes() -> Iterator[Kind]:
    """Colours of 16 bits, and of 8, which some programs write by mistake."""
    for bits, top in itertools.product((1, 2, 4, 8), (65535, 255)):
        steps = np.arange(1 << bits) / ((1 << bits) - 1)
        colours = np.stack([1 - steps, 0.5 + 0.5 * steps, steps])
        levels = _levels(grey(), bits)
        tags = _tags([bits], 3)
        tags[320] = (SHORT, [int(value) for value in np.rint(colours * top).ravel()])
        shows = shown(colours.T[levels[..., 0].astype(np.intp)]) if top > 255 else None
        make = partial(tiff, [Page(_strips(levels, bits), tags)])
        yield Kind(f"palette-{bits}bit-of-{'16bit' if top > 255 else '8bit'}.tif", make, shows)


def _ycbcr() -> Iterator[Kind]:
    """Blocks of Y and one of each colour difference, by how far the colours are reduced."""
    for across, down, packing in itertools.product((1, 2, 4), (1, 2, 4), ("none", "deflate", "lzw")):
        shows = shown(rgb()) if across == down == 1 else None
        yield Kind(f"ycbcr-{across}x{down}-{packing}.tif", partial(_blocks, across, down, packing), shows)


def _blocks(across: int, down: int, packing: str) -> bytes:
    colours = rgb() * 255
    light = colours @ (0.299, 0.587, 0.114)
    planes = [light, (colours[..., 2] - light) / 1.772 + 128, (colours[..., 0] - light) / 1.402 + 128]
    columns, rows = -(-WIDTH // across), -(-HEIGHT // down)
    margin = ((0, rows * down - HEIGHT), (0, columns * across - WIDTH))
    blocks = [np.pad(plane, margin, "edge").reshape(rows, down, columns, across) for plane in planes]
    lights = blocks[0].transpose(0, 2, 1, 3).reshape(rows, columns, across * down)
    others = [plane.mean(axis=(1, 3))[..., None] for plane in blocks[1:]]
    units = np.rint(np.concatenate([lights, *others], axis=-1)).clip(0, 255).astype(np.uint8)
    strips = [units[at : at + ROWS // down].tobytes() for at in range(0, rows, ROWS // down)]
    if packing == "deflate":
        strips = [zlib.compress(strip) for strip in strips]
    if packing == "lzw":
        strips = [_lzw(strip) for strip in strips]
    tags = _tags([8, 8, 8], 6, compression={"none": 1, "deflate": 8, "lzw": 5}[packing])
    tags[530] = (SHORT, [across, down])
    return tiff([Page(strips, tags)])


def _lzw(data: bytes) -> bytes:
    return bytes(importlib.import_module("imagecodecs").lzw_encode(data))


def _faxes() -> Iterator[Kind]:
    """CCITT: modified Huffman, group 3 in one and two dimensions, group 4."""
    shows = shown((grey() > 0.5).astype(np.float64))
    for coding, photometric, fill, rows in itertools.product(FAXES, (0, 1), (1, 2), (ROWS, HEIGHT, UNLIMITED)):
        strips = {ROWS: "strips", HEIGHT: "one-strip", UNLIMITED: "rows-unlimited"}[rows]
        name = f"ccitt-{coding}-{'minisblack' if photometric else 'miniswhite'}-fill{fill}-{strips}.tif"
        yield Kind(name, partial(_fax, coding, photometric, fill, rows), shows)


def _fax(coding: str, photometric: int, fill: int, rows: int) -> bytes:
    light = grey()[..., 0] > 0.5
    bits = light if photometric else ~light
    strips = [_fax_strip(part, coding) for part in _cut(bits, min(rows, HEIGHT))]
    if fill == 2:
        strips = [reversed_bytes(strip) for strip in strips]
    _, compression, options = FAXES[coding]
    tags = _tags([1], photometric, compression=compression, rows=rows, fill=fill)
    if options is not None:
        tags[292] = (LONG, [options])
    return tiff([Page(strips, tags)])


def _fax_strip(bits: NDArray[np.bool_], coding: str) -> bytes:
    """By libtiff, out of a file that it writes. Runs of 0 are coded as white ones, whatever they show."""
    name, _, options = FAXES[coding]
    file = io.BytesIO()
    info = {262: 0, 278: bits.shape[0]} | ({} if options is None else {292: options})
    Image.fromarray(np.where(bits, 0, 255).astype(np.uint8)).convert("1").save(
        file, "TIFF", compression=name, tiffinfo=info
    )
    # Pillow inverts what it hands to libtiff where 0 is white.
    with Image.open(file) as saved:
        tags = saved.tag_v2
        if tags[262] != 0 or tags.get(292, options) != options or len(tags[273]) != 1:
            raise ValueError("libtiff wrote something else")
        return file.getvalue()[tags[273][0] : tags[273][0] + tags[279][0]]


def _alphas() -> Iterator[Kind]:
    """One sample or two beside the colours, of 8 and of 16 bits."""
    pictures = {"grey": (grey(), 1), "rgb": (rgb(), 2), "inks": (inks(), 5)}
    shapes = itertools.product(ALPHAS.items(), pictures.items(), (8, 16), (0, 1))
    for (name, extra), (colours, (picture, photometric)), bits, further in shapes:
        alpha = rgba()[..., 3:]
        known = np.concatenate([picture, alpha], axis=-1)
        shows = shown(known, (1 << bits) - 1) if colours != "inks" and extra else None
        parts = [picture * alpha if extra == 1 else picture, alpha, *[1 - alpha] * further]
        levels = _levels(np.concatenate(parts, axis=-1), bits)
        tags = _tags([bits] * levels.shape[-1], photometric)
        tags[338] = (SHORT, [extra, *[0] * further])
        make = partial(tiff, [Page(_strips(levels, bits), tags)])
        yield Kind(f"alpha-{name}-{colours}-{bits}{'-and-one-more' * further}.tif", make, shows)


def _directories() -> Iterator[Kind]:
    """Tags that are missing, or that say what a tolerant reader passes over."""
    levels = _levels(rgb(), 8)
    whole, strips = [packed(levels, 8)], _strips(levels, 8)
    usual, one = _tags([8, 8, 8], 2), _tags([8, 8, 8], 2, rows=HEIGHT)
    cases: dict[str, Page] = {
        "no-stripbytecounts": Page(whole, one, without=(279,)),
        "no-stripbytecounts-of-several": Page(strips, usual, without=(279,)),
        "stripbytecounts-zero": Page(whole, {**one, 279: (LONG, [0])}),
        "stripbytecounts-too-large": Page(whole, {**one, 279: (LONG, [10**6])}),
        "rowsperstrip-unlimited": Page(whole, {**one, 278: (LONG, [UNLIMITED])}),
        "rowsperstrip-half-unlimited": Page(whole, {**one, 278: (LONG, [UNLIMITED // 2])}),
        "no-rowsperstrip": Page(whole, one, without=(278,)),
        "no-photometric": Page(strips, usual, without=(262,)),
        "no-compression": Page(strips, usual, without=(259,)),
        "no-samplesperpixel": Page(strips, usual, without=(277,)),
        "one-bitspersample-for-three": Page(strips, {**usual, 258: (SHORT, [8])}),
        "width-as-long": Page(strips, {**usual, 256: (LONG, [WIDTH]), 257: (LONG, [HEIGHT])}),
        "outside-the-file": Page(strips, {**usual, 700: (UNDEFINED, [0] * 5000)}, outside=(700,)),
        "predictor-2-of-none": Page(strips, {**usual, 317: (SHORT, [2])}),
        "sampleformat-void": Page(strips, {**usual, 339: (SHORT, [4, 4, 4])}),
        "orientation-0": Page(strips, {**usual, 274: (SHORT, [0])}),
        "orientation-9": Page(strips, {**usual, 274: (SHORT, [9])}),
    }
    for name, page in cases.items():
        # One sample is the default, and RGB has three.
        shows = None if name == "no-samplesperpixel" else shown(rgb())
        yield Kind(f"tags-{name}.tif", partial(tiff, [page]), shows)


def _pages() -> Iterator[Kind]:
    """Of several pictures in a file the first counts."""
    usual = _tags([8, 8, 8], 2)
    first, second = (Page(_strips(_levels(picture, 8), 8), usual) for picture in (rgb(), 1 - rgb()))
    small: Tags = {**usual, 256: (SHORT, [8]), 257: (SHORT, [6]), 254: (LONG, [1])}
    reduced = Page([bytes(range(8 * 6 * 3))], small)
    mask = Page(_strips(_levels(grey(), 1), 1), {**_tags([1], 4), 254: (LONG, [4])})
    shows = shown(rgb())
    yield Kind("pages-two.tif", partial(tiff, [first, second]), shows)
    yield Kind("pages-reduced-first.tif", partial(tiff, [reduced, first]))
    yield Kind("pages-reduced-second.tif", partial(tiff, [first, reduced]), shows)
    yield Kind("pages-mask-second.tif", partial(tiff, [first, mask]), shows)


def _old() -> Iterator[Kind]:
    """JPEG as TIFF 6.0 had it, LZW as the first TIFF had it, and streams without their ends."""
    for sampling, photometric in itertools.product(("4:4:4", "4:2:2", "4:2:0"), (2, 6)):
        name = f"old-jpeg-{'rgb' if photometric == 2 else 'ycbcr'}-{sampling.replace(':', '')}.tif"
        yield Kind(name, partial(_old_jpeg, sampling, photometric))
    yield Kind("old-jpeg-grey.tif", partial(_old_jpeg, "", 1))
    for sampling in ("4:4:4", "4:2:2", "4:2:0", ""):
        name = f"old-jpeg-tables-{sampling.replace(':', '') or 'grey'}.tif"
        yield Kind(name, partial(_old_jpeg_tables, sampling))
    yield Kind("jpeg-planar-rgb.tif", _jpeg_planes)
    coded: dict[str, tuple[int, NDArray[np.float64], Callable[[bytes], bytes]]] = {
        "old-lzw-grey": (5, grey(), _first_lzw),
        "old-lzw-rgb": (5, rgb(), _first_lzw),
        "lzw-without-end": (5, rgb(), lambda data: _lzw(data)[:-2]),
        "deflate-without-checksum": (32946, rgb(), lambda data: zlib.compress(data)[:-4]),
    }
    for name, (compression, picture, code) in coded.items():
        yield Kind(f"{name}.tif", partial(_coded, compression, picture, code), shown(picture))


def _coded(compression: int, picture: NDArray[np.float64], code: Callable[[bytes], bytes]) -> bytes:
    strips = [code(strip) for strip in _strips(_levels(picture, 8), 8)]
    bands = picture.shape[-1]
    return tiff([Page(strips, _tags([8] * bands, 2 if bands == 3 else 1, compression=compression))])


def _old_jpeg(sampling: str, photometric: int) -> bytes:
    """A whole JPEG file as the one strip."""
    file = io.BytesIO()
    if sampling:
        Image.fromarray(shown(rgb())[..., :3]).save(file, "JPEG", quality=95, subsampling=sampling)
    else:
        Image.fromarray(shown(grey())[..., 0]).save(file, "JPEG", quality=95)
    data = file.getvalue()
    tags = _tags([8, 8, 8] if sampling else [8], photometric, compression=6, rows=HEIGHT)
    # The strip is the first after the header.
    tags |= {512: (SHORT, [1]), 513: (LONG, [8]), 514: (LONG, [len(data)])}
    if sampling:
        tags[530] = (SHORT, {"4:4:4": [1, 1], "4:2:2": [2, 1], "4:2:0": [2, 2]}[sampling])
    return tiff([Page([data], tags)])


def _jpeg_parts(data: bytes) -> tuple[dict[int, bytes], bytes]:
    """Tables by their classes and numbers (quantisation is class 2), and the data of the one scan."""
    tables: dict[int, bytes] = {}
    at = 2
    while True:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body, at = data[at + 4 : at + 2 + length], at + 2 + length
        if marker == 0xDA:
            return tables, data[at:-2]
        size = 64
        while marker in {0xDB, 0xC4} and body:
            if marker == 0xC4:
                size = 16 + sum(body[1:17])
            tables[body[0] | (0x20 if marker == 0xDB else 0)] = body[1 : 1 + size]
            body = body[1 + size :]


def _old_jpeg_tables(sampling: str) -> bytes:
    """Scans without markers as strips, and tables elsewhere."""
    picture = shown(rgb())[..., :3] if sampling else shown(grey())[..., 0]
    blob, places, strips = bytearray(), {}, []
    for part in _cut(picture):
        file = io.BytesIO()
        # Without a subsampling, Pillow takes one of its own.
        options = {"subsampling": sampling} if sampling else {}
        Image.fromarray(part).save(file, "JPEG", quality=95, **options)
        tables, scan = _jpeg_parts(file.getvalue())
        if not blob:
            for number, table in tables.items():
                places[number] = 8 + len(blob)
                blob += table
        strips.append((8 + len(blob), len(scan)))
        blob += scan
    components = (0, 1, 1) if sampling else (0,)
    tags = _tags([8] * len(components), 6 if sampling else 1, compression=6)
    tags |= {273: (LONG, [place for place, _ in strips]), 279: (LONG, [length for _, length in strips])}
    tags |= {512: (SHORT, [1])}
    tags |= {519 + at: (LONG, [places[kind | of] for of in components]) for at, kind in enumerate((0x20, 0x00, 0x10))}
    if sampling:
        tags[530] = (SHORT, {"4:4:4": [1, 1], "4:2:2": [2, 1], "4:2:0": [2, 2]}[sampling])
    return tiff([Page([bytes(blob)], tags)])


def _jpeg_planes() -> bytes:
    """A JPEG for each strip of each colour."""
    strips = []
    for plane in range(3):
        for part in _cut(shown(rgb())[..., plane]):
            file = io.BytesIO()
            Image.fromarray(part).save(file, "JPEG", quality=95)
            strips.append(file.getvalue())
    return tiff([Page(strips, _tags([8] * 3, 2, compression=7) | {284: (SHORT, [2])})])


def _first_lzw(data: bytes) -> bytes:
    """Codes from each byte's least bit, as the first TIFF had them: a clear code so often that all have nine bits."""
    value = count = 0
    for at in range(0, len(data), 250):
        for code in (256, *data[at : at + 250]):
            value |= code << count
            count += 9
    value |= 257 << count
    return value.to_bytes(-(-(count + 9) // 8), "little")


def _turned() -> Iterator[Kind]:
    """Each orientation."""
    strips = _strips(_levels(rgb(), 8), 8)
    for orientation in range(1, 9):
        upright = shown(rgb())
        if orientation >= 5:
            upright = upright.swapaxes(0, 1)
        # By TIFF 6.0: where the stored picture's first row and column are to be seen.
        if orientation in {2, 3, 6, 7}:
            upright = upright[:, ::-1]
        if orientation in {3, 4, 7, 8}:
            upright = upright[::-1]
        page = Page(strips, {**_tags([8, 8, 8], 2), 274: (SHORT, [orientation])})
        yield Kind(f"orientation-{orientation}.tif", partial(tiff, [page]), np.ascontiguousarray(upright))
