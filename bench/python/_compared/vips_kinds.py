"""What libvips writes: TIFF in its ways."""

from __future__ import annotations

import importlib
import itertools
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .scene import Kind, grey, inks, rgb, rgba, samples

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["kinds"]

TYPES = ("u1", "u2", "u4", "f4")
COMPRESSIONS = ("none", "jpeg", "deflate", "packbits", "lzw", "zstd", "webp", "jp2k")
PREDICTED = {"deflate", "lzw", "zstd"}
TILES = {"tile": True, "tile_width": 32, "tile_height": 32}
OTHERS: dict[str, dict[str, Any]] = {
    "ccittfax4": {"compression": "ccittfax4", "bitdepth": 1},
    "ccittfax4-tiles": {"compression": "ccittfax4", "bitdepth": 1, **TILES},
    "pyramid": {**TILES, "pyramid": True, "tile_width": 16, "tile_height": 16},
    "pyramid-subifd": {**TILES, "pyramid": True, "subifd": True, "tile_width": 16, "tile_height": 16},
    "bigtiff": {"bigtiff": True},
    "bigtiff-tiles-lzw": {"bigtiff": True, "compression": "lzw", **TILES},
    "1bit": {"bitdepth": 1},
    "2bit": {"bitdepth": 2},
    "4bit": {"bitdepth": 4},
    "1bit-miniswhite": {"bitdepth": 1, "miniswhite": True},
    "miniswhite": {"miniswhite": True},
    "premultiplied": {"premultiply": True},
    "jpeg-rgb": {"compression": "jpeg", "rgbjpeg": True, "Q": 95},
    "jpeg-420": {"compression": "jpeg", "Q": 75},
    "webp-lossless": {"compression": "webp", "lossless": True},
    "properties": {"properties": True},
    "resolution": {"xres": 100.0, "yres": 50.0, "resunit": "inch"},
    "one-row-strips": {"tile_height": 1},
}


def kinds() -> Iterator[Kind]:
    """All of them."""
    pyvips = importlib.import_module("pyvips")
    shapes = itertools.product(_PICTURES, TYPES, COMPRESSIONS, ("none", "horizontal", "float"), (False, True))
    for name, type_, compression, predictor, tiled in shapes:
        if predictor == "none" or compression in PREDICTED:
            options = {"compression": compression, "predictor": predictor, "Q": 95, **(TILES if tiled else {})}
            parts = [name, type_, compression, *[predictor] * (predictor != "none"), *["tiles"] * tiled]
            yield Kind(f"pyvips-{'-'.join(parts)}.tif", partial(_make, pyvips, name, type_, options))
    for name, (label, options) in itertools.product(_PICTURES, OTHERS.items()):
        yield Kind(f"pyvips-{name}-{label}.tif", partial(_make, pyvips, name, "u1", options))


_PICTURES = {
    "grey": (grey(), {"u2": "grey16"}, "b-w"),
    "greya": (np.concatenate([grey(), rgba()[..., 3:]], axis=-1), {"u2": "grey16"}, "b-w"),
    "rgb": (rgb(), {"u2": "rgb16", "f4": "scrgb"}, "srgb"),
    "rgba": (rgba(), {"u2": "rgb16", "f4": "scrgb"}, "srgb"),
    "inks": (inks(), dict[str, str](), "cmyk"),
}
"""The picture, and how libvips calls its samples."""


def _make(pyvips: Any, name: str, type_: str, options: dict[str, Any]) -> bytes:
    picture, names, usual = _PICTURES[name]
    image = pyvips.Image.new_from_array(np.ascontiguousarray(samples(picture, type_)))
    return bytes(image.copy(interpretation=names.get(type_, usual)).tiffsave_buffer(**options))
