"""What tifffile writes: compressions, photometrics, types of samples, predictors, planes, strips and tiles."""

from __future__ import annotations

import importlib
import io
import itertools
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .scene import Kind, grey, inks, rgb, rgba, samples, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["kinds"]

TYPES = ("bool", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8")
LAYOUTS: dict[str, dict[str, Any]] = {
    "strips": {"rowsperstrip": 16},
    "one-strip": {},
    "tiles": {"tile": (16, 32)},
}
CODINGS: dict[str, tuple[str | None, dict[str, Any]]] = {
    "none": (None, {}),
    **{name: (name, {}) for name in ("packbits", "lzw", "deflate", "adobe_deflate", "zstd", "lzma", "png", "lerc")},
    "jpeg2000": ("jpeg2000", {"reversible": True}),
    "jpegxl": ("jpegxl", {"lossless": True}),
    "webp": ("webp", {"lossless": True}),
    "webp-lossy": ("webp", {"level": 90}),
    "jpeg": ("jpeg", {"level": 95}),
    "jpeg2000-lossy": ("jpeg2000", {"level": 60}),
    "jpegxl-lossy": ("jpegxl", {"level": 95}),
    "jpegxr": ("jpegxr", {"level": 95}),
}
LOSSY = {"webp-lossy", "jpeg", "jpeg2000-lossy", "jpegxl-lossy", "jpegxr"}
EXTRA = {"rgba": "unassalpha", "rgbA": "assocalpha", "rgbx": "unspecified", "greya": "unassalpha"}
"""What the last sample is; `rgbA` is multiplied by it."""

PHOTOMETRICS = ("minisblack", "miniswhite", "rgb", *EXTRA, "palette", "separated", "cielab", "icclab")
BY_CODING = (
    *itertools.product(("rgb", "minisblack"), ("u1", "u2", "u4", "f2", "f4", "f8")),
    *itertools.product(("rgba", "separated", "palette", "miniswhite"), ("u1",)),
    ("minisblack", "u8"),
    ("minisblack", "bool"),
)


class Shape(NamedTuple):
    """A way to write the picture."""

    photometric: str
    type: str
    coding: str
    layout: str
    predictor: int = 1
    order: str = "le"
    planar: bool = False

    @property
    def name(self) -> str:
        """For the file."""
        parts = [self.photometric, self.type, self.coding, f"p{self.predictor}", self.layout, "planar", self.order]
        left_out = {"p1", "" if self.planar else "planar"}
        return "tifffile-" + "-".join(part for part in parts if part not in left_out) + ".tif"


def kinds() -> Iterator[Kind]:
    """All of them."""
    tifffile = importlib.import_module("tifffile")
    for shape in dict.fromkeys(itertools.chain(_by_type(), _by_coding(), _by_plane(), _by_order())):
        yield Kind(shape.name, partial(_make, tifffile, shape), _shows(shape))
    yield from _jpegs(tifffile)


def _turn(number: int) -> str:
    """Each order of bytes in its turn."""
    return "le" if number % 2 else "be"


def _by_type() -> Iterator[Shape]:
    for number, (photometric, type_) in enumerate(itertools.product(PHOTOMETRICS, TYPES)):
        for coding, layout in itertools.product(("none", "lzw", "deflate"), ("strips", "tiles")):
            yield Shape(photometric, type_, coding, layout, order=_turn(number))


def _by_coding() -> Iterator[Shape]:
    for number, (coding, predictor, layout) in enumerate(itertools.product(CODINGS, (1, 2, 3), ("strips", "tiles"))):
        for photometric, type_ in BY_CODING:
            # Where nothing is compressed, and of single bits, a predictor is not applied.
            if predictor == 1 or (coding not in {"packbits", "none"} and type_ != "bool"):
                yield Shape(photometric, type_, coding, layout, predictor, _turn(number))


def _by_plane() -> Iterator[Shape]:
    codings = (("none", 1), ("lzw", 1), ("deflate", 2), ("packbits", 1), ("jpeg", 1))
    types = ("bool", "u1", "u2", "u4", "f4")
    shapes = itertools.product(("rgb", "rgba", "separated", "cielab"), types, LAYOUTS)
    for number, (photometric, type_, layout) in enumerate(shapes):
        for coding, predictor in codings:
            if predictor == 1 or type_ != "bool":
                yield Shape(photometric, type_, coding, layout, predictor, _turn(number), planar=True)


def _by_order() -> Iterator[Shape]:
    orders, types = ("le", "be", "big-le", "big-be"), ("u1", "u2", "u4", "f4")
    for order, type_, coding in itertools.product(orders, types, ("none", "lzw", "zstd")):
        for photometric, layout in (("rgb", "strips"), ("minisblack", "tiles"), ("minisblack", "one-strip")):
            yield Shape(photometric, type_, coding, layout, 1, order)
            if coding != "none":
                yield Shape(photometric, type_, coding, layout, 3 if type_ == "f4" else 2, order)


def _make(tifffile: Any, shape: Shape) -> bytes:
    data, options = _samples(shape.photometric, shape.type)
    options |= LAYOUTS[shape.layout]
    if shape.planar:
        data = np.ascontiguousarray(np.moveaxis(data, -1, 0))
        options["planarconfig"] = "separate"
    scheme, arguments = CODINGS[shape.coding]
    if scheme:
        options |= {"compression": scheme, "compressionargs": arguments}
    if shape.predictor > 1:
        options["predictor"] = shape.predictor
    if shape.order.endswith("be"):
        options["byteorder"] = ">"
    return _written(tifffile, data, bigtiff=shape.order.startswith("big"), **options)


def _written(tifffile: Any, data: NDArray[Any], **options: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, data, **{"byteorder": "<", "metadata": None, "software": False, **options})
    return file.getvalue()


def _samples(photometric: str, type_: str) -> tuple[NDArray[Any], dict[str, Any]]:
    """As tifffile wants them, and what it has to be told."""
    if photometric in EXTRA:
        picture = rgba()
        if photometric == "greya":
            picture = np.concatenate([grey(), picture[..., 3:]], axis=-1)
        if photometric == "rgbA":
            picture[..., :3] *= picture[..., 3:]
        colours = "minisblack" if photometric == "greya" else "rgb"
        extra = {"extrasamples": [EXTRA[photometric]], "planarconfig": "contig"}
        return samples(picture, type_), {"photometric": colours, **extra}
    options = {"photometric": photometric}
    if photometric == "palette":
        return samples(grey(), type_)[..., 0], {**options, "colormap": _colours(type_)}
    if photometric in {"cielab", "icclab"}:
        return _lab(photometric, type_), options
    if photometric in {"minisblack", "miniswhite"}:
        light = grey() if photometric == "minisblack" else 1 - grey()
        return samples(light, type_)[..., 0], options
    return samples(inks() if photometric == "separated" else rgb(), type_), options


def _colours(type_: str) -> NDArray[np.uint16]:
    """A palette's, which are no grey."""
    if type_ not in {"u1", "u2"}:
        raise ValueError("a palette's indices have 8 or 16 bits")
    steps = np.linspace(0, 1, 256 if type_ == "u1" else 65536)
    return np.rint(np.stack([1 - steps, 0.5 + 0.5 * steps, steps]) * 65535).astype(np.uint16)


def _lab(photometric: str, type_: str) -> NDArray[Any]:
    """Light that falls to the right, a and b between -60 and 60; ICC's have an offset where CIE's have a sign."""
    if type_ not in {"u1", "u2"}:
        raise ValueError("Lab has 8 or 16 bits")
    picture = rgb()
    scale = 1 if type_ == "u1" else 256
    light = np.rint(picture[..., :1] * 255 * scale)
    others = np.rint((picture[..., 1:] - 0.5) * 120 * scale) + (128 * scale if photometric == "icclab" else 0)
    return np.concatenate([light, others], axis=-1).astype(np.int32).astype(type_)


def _shows(shape: Shape) -> NDArray[np.uint8] | None:
    """Only what leaves no doubt: unsigned integers of grey, of RGB and of palettes."""
    if np.dtype(shape.type).kind not in "bu" or shape.coding in LOSSY:
        return None
    levels = {"bool": 1, "u1": 255}.get(shape.type, 65535)
    steps = np.rint(grey() * levels) / levels
    known = {
        "minisblack": grey(),
        "miniswhite": grey(),
        "greya": np.concatenate([grey(), rgba()[..., 3:]], axis=-1),
        "rgb": rgb(),
        "rgba": rgba(),
    }
    if shape.photometric == "palette":
        return shown(np.concatenate([1 - steps, 0.5 + 0.5 * steps, steps], axis=-1), 65535)
    if shape.photometric == "rgbA" and shape.type != "bool":
        return shown(rgba(), levels)
    picture = known.get(shape.photometric)
    return None if picture is None else shown(picture, levels)


def _jpegs(tifffile: Any) -> Iterator[Kind]:
    """JPEG in TIFF, by how its colours are kept, and by its depth."""
    layouts = {**LAYOUTS, "strips": {"rowsperstrip": 32}, "tiles": {"tile": (32, 64)}}
    samplings = [("rgb", 1, 1), *[("ycbcr", *sampling) for sampling in ((1, 1), (2, 1), (2, 2), (4, 1))]]
    for (colours, across, down), layout in itertools.product(samplings, layouts):
        make = partial(
            _written,
            tifffile,
            samples(rgb(), "u1"),
            photometric=colours,
            subsampling=(across, down),
            compression="jpeg",
            compressionargs={"level": 95, "outcolorspace": colours},
            **layouts[layout],
        )
        yield Kind(f"tifffile-jpeg-{colours}-{across}x{down}-{layout}.tif", make)
    deep: list[tuple[int, dict[str, Any]]] = [(12, {"level": 95}), (12, {"lossless": True}), (16, {"lossless": True})]
    for (bits, arguments), photometric in itertools.product(deep, ("minisblack", "rgb")):
        picture = rgb() if photometric == "rgb" else grey()[..., 0]
        make = partial(
            _written,
            tifffile,
            np.rint(picture * ((1 << bits) - 1)).astype(np.uint16),
            photometric=photometric,
            compression="jpeg",
            compressionargs={"bitspersample": bits, **arguments},
        )
        yield Kind(f"tifffile-jpeg-{photometric}-{bits}bit{'-lossless' * ('lossless' in arguments)}.tif", make)
