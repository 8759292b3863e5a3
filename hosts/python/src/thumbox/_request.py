"""From Python values, checked, to request headers."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, SupportsIndex, TypedDict

from thumbox import _options as check
from thumbox._buffers import refuse_addresses
from thumbox._layouts import (
    DEFAULT_QUALITY,
    MAX_SET,
    Fit,
    OutputFormat,
    SetRecord,
    SetRequestHeader,
    ThumbnailRequestHeader,
    ThumbnailRequestHeaderV2,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Buffer

__all__ = [
    "FITS",
    "FORMATS",
    "Background",
    "Target",
    "ThumbnailOptions",
    "image_view",
    "set_header",
    "set_targets",
]

FORMATS = {"jpeg": OutputFormat.JPEG, "png": OutputFormat.PNG, "webp": OutputFormat.WEBP}
FITS = {"inside": Fit.INSIDE, "cover": Fit.COVER, "stretch": Fit.STRETCH}

Background = str | tuple[int, int, int] | None


class ThumbnailOptions(TypedDict, total=False):
    """The options of `thumbnail` and `thumbnails`, by keyword."""

    format: str
    quality: SupportsIndex
    fit: str
    enlarge: bool
    lossless: bool
    refuse_truncated: bool
    background: Background


@dataclass(frozen=True)
class Target:
    """One thumbnail that is asked for; every value is in its range."""

    width: int
    height: int
    format: OutputFormat
    quality: int
    fit: Fit
    flags: int
    background: bytes

    @classmethod
    def checked(
        cls,
        width: SupportsIndex = 0,
        height: SupportsIndex = 0,
        *,
        format: str = "jpeg",  # noqa: A002 -- the word that everybody uses, also Pillow
        quality: SupportsIndex = DEFAULT_QUALITY,
        fit: str = "inside",
        enlarge: bool = False,
        lossless: bool = False,
        refuse_truncated: bool = False,
        background: Background = None,
    ) -> Target:
        """TypeError or ValueError, naming the argument, its value and what is allowed."""
        width = check.integer("width", width, 0, check.U32)
        height = check.integer("height", height, 0, check.U32)
        format_name = check.choice("format", format, FORMATS)
        quality = check.integer("quality", quality, 0 if format_name == "png" else 1, 100)
        fit = check.choice("fit", fit, FITS)
        if fit != "inside" and not (width and height):
            raise ValueError(f"fit is {fit!r} with a box of {width} x {height}; it needs both sides")
        if check.flag("lossless", lossless) and format_name != "webp":
            raise ValueError(f"lossless is True with format {format_name!r}; only 'webp' has that choice")
        flags = check.flag("enlarge", enlarge) | lossless << 1 | check.flag("refuse_truncated", refuse_truncated) << 2
        rgba = _rgba(background)
        return cls(width, height, FORMATS[format_name], quality, FITS[fit], flags, rgba)

    def header(self, max_pixels: int, payload_size: int) -> bytes:
        """The request header: version 1 where that can say it, else version 2."""
        shape = (self.width, self.height, self.format, self.quality, payload_size)
        if self.fit or self.flags or any(self.background) or max_pixels:
            more = (self.fit, self.flags, self.background, max_pixels)
            return bytes(ThumbnailRequestHeaderV2.create(*shape, *more))
        return bytes(ThumbnailRequestHeader.create(*shape))

    def record(self) -> bytes:
        """The same as a member of a set."""
        shape = (self.width, self.height, self.format, self.quality)
        return bytes(SetRecord.create(*shape, self.fit, self.flags, self.background))


def _rgba(background: Background) -> bytes:
    if background is None:
        return bytes(4)
    wanted = "'#rrggbb', three numbers from 0 to 255, or None is allowed"
    if isinstance(background, str):
        if not re.fullmatch("#[0-9a-fA-F]{6}", background):
            raise ValueError(f"background is {background!r}; {wanted}")
        return bytes.fromhex(background[1:]) + b"\xff"
    if not isinstance(background, tuple | list) or len(background) != 3:  # noqa: PLR2004
        raise TypeError(f"background is {background!r}; {wanted}")
    return bytes(check.integer("background", value, 0, 255) for value in background) + b"\xff"


def set_header(targets: list[Target], payload_size: int) -> bytes:
    """The header of a set's request, with its records."""
    header = SetRequestHeader.create(len(targets), payload_size)
    return bytes(header) + b"".join(target.record() for target in targets)


def set_targets(
    sizes: Iterable[tuple[SupportsIndex, SupportsIndex] | Mapping[str, object]], common: ThumbnailOptions
) -> list[Target]:
    """The members of a set: pairs of sides, or dictionaries that may override what all have in common."""
    if isinstance(sizes, Mapping | str | bytes):
        raise TypeError(f"sizes is a {type(sizes).__name__}; a list of (width, height) or of dictionaries is allowed")
    targets = []
    for index, size in enumerate(sizes):
        try:
            targets.append(_set_target(size, common))
        except (TypeError, ValueError) as error:
            raise type(error)(f"sizes[{index}]: {error}") from None
    if not 1 <= len(targets) <= MAX_SET:
        raise ValueError(f"sizes has {len(targets)} members; 1 to {MAX_SET} are allowed")
    return targets


def _set_target(size: object, common: ThumbnailOptions) -> Target:
    if isinstance(size, Mapping):
        known = ThumbnailOptions.__annotations__.keys() | {"width", "height"}
        for name in size:
            if name not in known:
                raise TypeError(f"{name!r} is no option; known are {', '.join(sorted(known))}")
        return Target.checked(**{**common, **size})
    if isinstance(size, tuple | list) and len(size) == 2:  # noqa: PLR2004 -- width and height
        return Target.checked(*size, **common)
    raise TypeError(f"{size!r} is neither (width, height) nor a dictionary")


def image_view(image: Buffer) -> memoryview:
    """The image's bytes; a name of a file is refused, because this package's core does not open files."""
    if isinstance(image, str | os.PathLike):
        raise TypeError(
            f"image is a {type(image).__name__}; the file's bytes are allowed, "
            "for example pathlib.Path(...).read_bytes() or an mmap"
        )
    try:
        view = memoryview(image)
    except TypeError:
        raise TypeError(
            f"image is a {type(image).__name__}; a buffer with the file's bytes is allowed: "
            "bytes, bytearray, memoryview, mmap, an array"
        ) from None
    refuse_addresses("image", type(image).__name__, view.format)
    return view
