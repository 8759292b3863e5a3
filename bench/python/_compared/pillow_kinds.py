"""What Pillow writes: each of its modes in each of its formats, orientations and colour profiles."""

from __future__ import annotations

import io
import itertools
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from _profiles import PROFILES
from PIL import Image, ImageCms

from .scene import Kind, grey, inks, rgb, rgba, samples, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["kinds"]

Ways = dict[str, dict[str, Any]]
"""What `save` is told, by a name for it."""

_COMPRESSIONS = (
    *("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "zstd", "lzma", "webp", "jpeg"),
    *("group3", "group4", "tiff_ccitt"),
)
_JPEG: dict[str, Any] = {"quality": 92}

FORMATS: dict[str, Ways] = {
    "TIFF": {
        **{name: {"compression": name} for name in _COMPRESSIONS},
        "big": {"big_tiff": True},
        "lzw-p2": {"compression": "tiff_lzw", "tiffinfo": {317: 2}},
    },
    "PNG": {
        "": {},
        **{f"{bits}bit": {"bits": bits} for bits in (1, 2, 4)},
        "stored": {"compress_level": 0},
    },
    "JPEG": {
        **{f"{name.replace(':', '')}": {**_JPEG, "subsampling": name} for name in ("4:4:4", "4:2:2", "4:2:0")},
        "progressive": {**_JPEG, "progressive": True},
        "restarts": {**_JPEG, "restart_marker_blocks": 3},
        "rgb": {**_JPEG, "keep_rgb": True},
    },
    "MPO": {"": _JPEG},
    "WEBP": {"lossy": _JPEG, "lossless": {"lossless": True}, "exact": {"lossless": True, "exact": True}},
    "GIF": {"": {"interlace": 0}, "interlaced": {"interlace": 1}},
    "TGA": {"": {}, "rle": {"compression": "tga_rle"}},
    "ICO": {"": {"sizes": [(48, 48)]}, "bmp": {"sizes": [(48, 48)], "bitmap_format": "bmp"}},
    "DDS": {"": {}, "dxt1": {"pixel_format": "DXT1"}, "dxt5": {"pixel_format": "DXT5"}},
    "JPEG2000": {"": {}, "lossy": {"irreversible": True, "quality_layers": [5]}, "codestream": {"no_jp2": True}},
    "AVIF": {"420": {"quality": 90}, "444": {"quality": 90, "subsampling": "4:4:4"}, "lossless": {"quality": 100}},
    **{
        name: {"": {}}
        for name in (
            *("BMP", "DIB", "PPM", "QOI", "PCX", "SGI", "ICNS", "IM", "MSP", "XBM"),
            *("SPIDER", "BLP", "PALM", "PDF", "EPS"),
        )
    },
}
ENDINGS = {"TIFF": "tif", "JPEG": "jpg", "JPEG2000": "jp2"}


def kinds() -> Iterator[Kind]:
    """All of them."""
    modes = _modes()
    for form, ways in FORMATS.items():
        for (way, options), (mode, picture) in itertools.product(ways.items(), modes.items()):
            parts = ["pillow", form.lower(), mode.replace(";", ""), *[way] * bool(way)]
            yield Kind(_named(parts, form), partial(_saved, picture, form, options))
    for form, (name, profile) in itertools.product(("TIFF", "PNG", "JPEG", "WEBP"), PROFILES.items()):
        label = "".join(letter if letter.isalnum() else "-" for letter in name)
        options = {"icc_profile": profile, **({} if form == "TIFF" else _JPEG)}
        yield Kind(_named(["profile", form.lower(), label], form), partial(_saved, modes["RGB"], form, options))
    for form, orientation in itertools.product(("PNG", "JPEG", "WEBP"), range(1, 9)):
        exif = Image.Exif()
        exif[274] = orientation
        make = partial(_saved, modes["RGB"], form, {"exif": exif, **_JPEG})
        yield Kind(_named(["exif", form.lower(), str(orientation)], form), make)


def _named(parts: list[str], form: str) -> str:
    return f"{'-'.join(parts)}.{ENDINGS.get(form, form.lower())}"


def _saved(picture: Image.Image, form: str, options: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def _modes() -> dict[str, Image.Image]:
    """The picture in Pillow's modes."""
    colours = Image.fromarray(shown(rgb())[..., :3])
    light = Image.fromarray(shown(grey())[..., 0])
    full = Image.fromarray(shown(rgba()))
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    return {
        "1": light.convert("1", dither=Image.Dither.NONE),
        "L": light,
        "LA": Image.merge("LA", [light, full.getchannel("A")]),
        "P": colours.quantize(64, dither=Image.Dither.NONE),
        "PA": full.convert("PA"),
        **{mode: colours.convert(mode) for mode in ("RGB", "RGBX", "YCbCr")},
        "RGBA": full,
        "RGBa": full.convert("RGBa"),
        "CMYK": Image.fromarray(np.rint(inks() * 255).astype(np.uint8), "CMYK"),
        "LAB": ImageCms.ImageCmsTransform.apply(to_lab, colours),
        "I;16": Image.fromarray(samples(grey(), "u2")[..., 0]),
        "I": Image.fromarray(samples(grey(), "u2")[..., 0].astype(np.int32)),
        "F": Image.fromarray(grey()[..., 0].astype(np.float32)),
    }
