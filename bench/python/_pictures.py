"""The pictures that benchmarks measure with: a folder's, or photographs that come with packages, and derived ones."""

from __future__ import annotations

import importlib.util
import io
import random
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from _profiles import PROFILES
from PIL import AvifImagePlugin, Image

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

__all__ = [
    "CLASSES",
    "IN_RAW",
    "KINDS",
    "LABEL",
    "SHAPES",
    "Picture",
    "class_of",
    "collect",
    "mosaic",
    "opened",
    "photographs",
    "shaped",
]

# One thread each, as everybody has here.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
if importlib.util.find_spec("pillow_heif"):
    import pillow_heif

    pillow_heif.register_heif_opener()
    pillow_heif.options.DECODE_THREADS = 1

# Some of what is measured is larger than Pillow thinks wise.
Image.MAX_IMAGE_PIXELS = None

ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif"}

LABEL = 44
"""The longest name that a table shows whole."""

CLASSES = {">=16x": 16.0, "8-16x": 8.0, "4-8x": 4.0, "<4x": 0.0}
"""How many times a picture's longer side is the box's, at least."""

KINDS = ("baseline", "progressive", "PNG", "WebP", "lossless WebP", "AVIF", "HEIF", "raw")
"""What files are told apart by: JPEGs by their coding, and the formats that have bars of their own."""

# What photographs are, of what the packages carry; the rest are drawings, diagrams and microscopes' pictures.
PHOTOGRAPHS = {
    "skimage": [
        "data/astronaut.png",
        "data/chelsea.png",
        "data/coffee.png",
        "data/hubble_deep_field.jpg",
        "data/motorcycle_left.png",
        "data/retina.jpg",
        "data/rocket.jpg",
    ],
    "sklearn": ["datasets/images/china.jpg", "datasets/images/flower.jpg"],
}

# The luminance table that mozjpeg takes where nothing else is asked for, which is N. Robidoux's.
_MOZJPEG = [
    [16, 16, 16, 18, 25, 37, 56, 85],
    [16, 17, 20, 27, 34, 40, 53, 75],
    [16, 20, 24, 31, 43, 62, 91, 135],
    [18, 27, 31, 40, 53, 74, 106, 156],
    [25, 34, 43, 53, 69, 94, 131, 189],
    [37, 40, 62, 74, 94, 124, 169, 238],
    [56, 53, 91, 106, 131, 169, 226, 311],
    [85, 75, 135, 156, 189, 238, 311, 418],
]
_MOZJPEG_80 = [max(1, min(255, (value * 40 + 50) // 100)) for row in _MOZJPEG for value in row]

SHAPES: dict[str, dict[str, Any]] = {
    "4:2:0 q75": {"quality": 75, "subsampling": "4:2:0"},
    "4:2:0 q85": {"quality": 85, "subsampling": "4:2:0"},
    "4:2:0 q85 optimised": {"quality": 85, "subsampling": "4:2:0", "optimize": True},
    "4:2:2 q85 restarts": {"quality": 85, "subsampling": "4:2:2", "restart_marker_rows": 1},
    "4:4:4 q95": {"quality": 95, "subsampling": "4:4:4"},
    "grey q85": {"quality": 85},
    "progressive 4:2:0 q75": {"quality": 75, "subsampling": "4:2:0", "progressive": True},
    "progressive 4:2:0 mozjpeg tables": {"qtables": [_MOZJPEG_80], "subsampling": "4:2:0", "progressive": True},
    "progressive 4:2:2 q85 restarts": {
        "quality": 85,
        "subsampling": "4:2:2",
        "progressive": True,
        "restart_marker_rows": 1,
    },
    "progressive 4:4:4 q90": {"quality": 90, "subsampling": "4:4:4", "progressive": True},
}
"""The ways in which pictures are coded again as JPEGs: what Pillow's encoder is told."""

_OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "PNG": ("PNG", {}),
    "WebP q80": ("WEBP", {"quality": 80}),
}
"""And as other formats."""

_FURTHER: dict[str, tuple[str, dict[str, Any]]] = {
    "AVIF q60": ("AVIF", {"quality": 60, "speed": 8}),
    "HEIC q50": ("HEIF", {"quality": 50}),
}
"""And as those that have a component of their own."""

IN_RAW = "in camera raw"
"""The shape that is a preview in a camera's file, around the same JPEG as those with a colour profile."""

_WITH_PROFILE = "4:2:0 q85"
"""The shape that also comes with each colour profile."""

_MADE = {
    (4032, 3024): [*SHAPES, *_OTHERS, *_FURTHER, *PROFILES, IN_RAW],
    (5472, 3648): ["4:2:0 q85", "progressive 4:2:0 q75", *_OTHERS],
    (1920, 1280): ["4:2:0 q85", "progressive 4:2:0 q75", *_OTHERS],
}


@dataclass(frozen=True)
class Picture:
    """A file's bytes and what its headers say.

    `kind` is one of KINDS, or the name of another format. `profile` is the one of PROFILES that was put into the
    picture `plain`, if one was.
    """

    name: str
    data: bytes
    derived: bool
    width: int
    height: int
    kind: str
    mode: str
    profile: str = ""
    plain: str = ""

    @property
    def label(self) -> str:
        """Its name, not too long, marked if it is derived."""
        label = ("*" if self.derived else "") + self.name
        return label if len(label) <= LABEL else label[: LABEL - 1] + "…"

    @property
    def is_jpeg(self) -> bool:
        """Whether it is a JPEG."""
        return self.kind in {"baseline", "progressive"}


def class_of(picture: Picture, size: int) -> str:
    """By how much a box of that side reduces the picture."""
    ratio = max(picture.width, picture.height) / size
    return next(name for name, least in CLASSES.items() if ratio >= least)


def opened(name: str, data: bytes, *, derived: bool = False, profile: str = "", plain: str = "") -> Picture | None:
    """A file as a picture; None if its headers say nothing."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            kind = image.format or ""
            if kind in {"JPEG", "MPO"}:
                kind = "progressive" if image.info.get("progressive") else "baseline"
            if kind == "WEBP":
                kind = "lossless WebP" if b"VP8L" in data[:64] else "WebP"
            width, height = image.size
            return Picture(name, data, derived, width, height, kind, image.mode, profile, plain)
    except (OSError, SyntaxError, ValueError):
        return None


def collect(corpus: Path | None, *, derive: bool, larger: bool = True) -> list[Picture]:
    """Every picture of the folder, or the packages' photographs and, with `larger`, larger ones made of them.

    With `derive` the folder's JPEGs are also coded again.
    """
    if corpus is None:
        pictures = photographs()
        return [picture for picture in pictures if picture.is_jpeg] + (list(_made(pictures)) if larger else [])
    if not corpus.is_dir():
        raise SystemExit(f"--corpus {corpus}: no such folder")
    pictures = []
    for path in sorted(path for path in corpus.rglob("*") if path.suffix.lower() in ENDINGS):
        picture = opened(str(path.relative_to(corpus)), path.read_bytes())
        if picture is None:
            print(f"left out, since no header can be read: {path.relative_to(corpus)}")
        else:
            pictures.append(picture)
    if not pictures:
        raise SystemExit(f"--corpus {corpus}: there is no picture in it that can be read")
    if derive:
        sources = [picture for picture in pictures if picture.is_jpeg and picture.mode == "RGB"]
        pictures += [made for source in sources for made in _again(source)]
    return pictures


def photographs() -> list[Picture]:
    """Those that come with packages, of every format."""
    return [found for name, data in _photographs() if (found := opened(name, data))]


def shaped(image: Image.Image, shape: str) -> bytes:
    """The picture as a JPEG of one of SHAPES, as another format, or with one of PROFILES."""
    options: dict[str, Any]
    if shape in PROFILES:
        form, options = "JPEG", {**SHAPES[_WITH_PROFILE], "icc_profile": PROFILES[shape]}
    elif shape == IN_RAW:
        form, options = "JPEG", SHAPES[_WITH_PROFILE]
    else:
        form, options = _OTHERS.get(shape) or _FURTHER.get(shape) or ("JPEG", SHAPES[shape])
    file = io.BytesIO()
    image.convert("L" if shape.startswith("grey") else "RGB").save(file, form, **options)
    return file.getvalue()


def _all_shapes(name: str, image: Image.Image, shapes: Iterable[str]) -> Iterator[Picture]:
    for shape in shapes:
        profile = shape if shape in PROFILES or shape == IN_RAW else ""
        plain = f"{name} {_WITH_PROFILE}" if profile else ""
        made = opened(f"{name} {shape}", shaped(image, shape), derived=True, profile=profile, plain=plain)
        if made and shape == IN_RAW:
            # A RAF's header says where the preview is.
            head = b"FUJIFILMCCD-RAW ".ljust(84, b"\0") + struct.pack(">2I", 92, len(made.data))
            made = replace(made, data=head + made.data, kind="raw")
        if made:
            yield made


def mosaic(width: int, height: int, pictures: Iterable[Picture]) -> Image.Image:
    """A picture of that size made of photographs' pieces, each twice as large as it was and with a camera's grain."""
    photographs = [image for image in map(_whole, pictures) if image]
    if not photographs:
        raise SystemExit("no whole picture in RGB of 200 x 150 pixels or more to make another one of")
    chance = random.Random(1)  # noqa: S311 -- the same picture every time
    generator = np.random.default_rng(1)
    grain = [generator.normal(0, 3, (300, 400, 3)).astype(np.float32) for _ in range(8)]
    canvas = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, 300):
        for left in range(0, width, 400):
            image = chance.choice(photographs)
            x, y = chance.randint(0, image.width - 200), chance.randint(0, image.height - 150)
            piece = image.crop((x, y, x + 200, y + 150)).resize((400, 300), Image.Resampling.LANCZOS)
            tile: NDArray[Any] = np.asarray(piece) + chance.choice(grain)
            part = canvas[top : top + 300, left : left + 400]
            part[:] = np.clip(np.rint(tile), 0, 255)[: part.shape[0], : part.shape[1]]
    return Image.fromarray(canvas)


def _whole(picture: Picture) -> Image.Image | None:
    """The picture, if a piece can be cut out of it."""
    if picture.mode != "RGB" or picture.width < 200 or picture.height < 150:
        return None
    try:
        with Image.open(io.BytesIO(picture.data)) as image:
            rgb: Image.Image = image.convert("RGB")
    except OSError:
        return None
    return rgb


def _photographs() -> Iterator[tuple[str, bytes]]:
    for package, files in PHOTOGRAPHS.items():
        found = importlib.util.find_spec(package)
        if found is None or found.origin is None:
            print(f"left out, since it is not installed: {package}'s photographs")
            continue
        for file in files:
            path = Path(found.origin).parent / file
            yield f"{package}/{path.name}", path.read_bytes()


def _made(photographs: list[Picture]) -> Iterator[Picture]:
    for (width, height), shapes in _MADE.items():
        yield from _all_shapes(f"{width}x{height}", mosaic(width, height, photographs), shapes)


def _again(source: Picture) -> Iterator[Picture]:
    try:
        with Image.open(io.BytesIO(source.data)) as image:
            image.load()
            yield from _all_shapes(source.name, image, [*SHAPES, *_OTHERS, *PROFILES])
    except OSError:
        print(f"not coded again, since it cannot be read whole: {source.name}")
