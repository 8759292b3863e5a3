"""What imagecodecs writes: pictures of 8 and 16 bits in the formats that it knows."""

from __future__ import annotations

import importlib
import itertools
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .scene import Kind, grey, inks, rgb, rgba, samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["kinds"]

_PLAIN: dict[str, dict[str, Any]] = {"": {}}
CODECS: dict[str, tuple[str, dict[str, dict[str, Any]]]] = {
    **dict.fromkeys(("png", "apng", "spng"), ("png", _PLAIN)),
    **{name: (name, _PLAIN) for name in ("gif", "bmp", "qoi", "dds")},
    "webp": ("webp", {"lossy": {"level": 92}, "lossless": {"lossless": True}}),
    "jpegxl": ("jxl", {"": {}, "lossless": {"lossless": True}}),
    "jpeg2k": ("jp2", {"": {}, "codestream": {"codecformat": "j2k"}}),
    "htj2k": ("j2c", _PLAIN),
    "jpegxr": ("jxr", _PLAIN),
    "jpegls": ("jls", _PLAIN),
    "avif": ("avif", {"": {}, "lossless": {"level": 100}}),
    "heif": ("heic", _PLAIN),
    "rgbe": ("hdr", _PLAIN),
    "mozjpeg": ("jpg", {"": {"level": 92}}),
    "ultrahdr": ("jpg", _PLAIN),
    "ljpeg": ("jpg", _PLAIN),
}
"""The ending of a codec's files, and what it is told."""


def kinds() -> Iterator[Kind]:
    """All of them."""
    library = importlib.import_module("imagecodecs")
    pair = np.concatenate([grey(), rgba()[..., 3:]], axis=-1)
    pictures = {"grey": grey()[..., 0], "greya": pair, "rgb": rgb(), "rgba": rgba()}
    shapes = itertools.product(CODECS.items(), pictures.items(), ("u1", "u2"))
    for (codec, (ending, ways)), (name, picture), type_ in shapes:
        for way, options in ways.items():
            parts = ["imagecodecs", codec, name, type_, *[way] * bool(way)]
            make = partial(_encoded, library, codec, samples(picture, type_), options)
            yield Kind(f"{'-'.join(parts)}.{ending}", make)
    for name, (data, options) in _jpegs().items():
        make = partial(_encoded, library, "jpeg", data, {"level": 92, **options})
        yield Kind(f"imagecodecs-jpeg-{name}.jpg", make)


def _encoded(library: Any, codec: str, data: NDArray[Any], options: dict[str, Any]) -> bytes:
    return bytes(getattr(library, f"{codec}_encode")(data, **options))


def _jpegs() -> dict[str, tuple[NDArray[Any], dict[str, Any]]]:
    """Those that Pillow does not write."""
    light, colours, four = samples(grey()[..., 0], "u2"), samples(rgb(), "u2"), samples(inks(), "u1")
    deep: dict[str, Any] = {"lossless": True, "bitspersample": 16}
    return {
        "grey12": (light >> 4, {"bitspersample": 12}),
        "rgb12": (colours >> 4, {"bitspersample": 12}),
        "lossless-grey8": ((light >> 8).astype(np.uint8), {"lossless": True}),
        "lossless-rgb8": ((colours >> 8).astype(np.uint8), {"lossless": True}),
        "lossless-grey16": (light, deep),
        "lossless-rgb16": (colours, deep),
        "cmyk": (four, {"colorspace": "cmyk", "outcolorspace": "cmyk"}),
        "ycck": (four, {"colorspace": "cmyk", "outcolorspace": "ycck"}),
    }
