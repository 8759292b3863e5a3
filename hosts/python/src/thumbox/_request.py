"""From Python values, checked, to request headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, SupportsIndex, TypedDict

from thumbox import _options as check
from thumbox._layouts import (
    COLOURS,
    DEFAULT_EFFORT,
    DEFAULT_QUALITY,
    FOCAL,
    FRAMES,
    MAX_EFFORT,
    MAX_SET,
    POSITIONS,
    SUBSAMPLINGS,
    Fit,
    OutputFormat,
    SetRecord,
    SetRecordV2,
    SetRequestHeader,
    SetRequestHeaderV2,
    ThumbnailRequestHeader,
    ThumbnailRequestHeaderV2,
    ThumbnailRequestHeaderV3,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "FITS",
    "FORMATS",
    "Background",
    "Position",
    "Target",
    "ThumbnailOptions",
    "set_header",
    "set_targets",
]

FORMATS = {"jpeg": OutputFormat.JPEG, "png": OutputFormat.PNG, "webp": OutputFormat.WEBP}
FITS = {fit.name.lower(): fit for fit in Fit}
# As file names and Pillow have it.
OTHER_NAMES = {"jpg": "jpeg", "JPG": "jpeg", "JPEG": "jpeg", "PNG": "png", "WEBP": "webp"}

FormatName = Literal["jpeg", "png", "webp", "jpg", "JPG", "JPEG", "PNG", "WEBP"]
FitName = Literal["inside", "cover", "stretch", "contain"]
FramesName = Literal["first", "all"]
ColourName = Literal["srgb", "keep"]
SubsamplingName = Literal["auto", "4:2:0", "4:4:4"]
Background = str | tuple[int, int, int] | None
Position = str | tuple[float, float]


class ThumbnailOptions(TypedDict, total=False):
    """The options of `thumbnail` and `thumbnails`, by keyword."""

    format: FormatName
    quality: SupportsIndex
    fit: FitName
    enlarge: bool
    lossless: bool
    refuse_truncated: bool
    background: Background
    position: Position
    effort: SupportsIndex
    frames: FramesName
    colour: ColourName
    subsampling: SubsamplingName
    progressive: bool | None
    palette: bool
    page: SupportsIndex


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
    gravity: int
    focal: tuple[int, int]
    effort: int
    """As the request has it: 0 for the default, else 1 more than the effort."""
    frames: int
    colour: int
    subsampling: int
    flags2: int
    page: int

    @classmethod
    def checked(
        cls,
        width: SupportsIndex = 0,
        height: SupportsIndex = 0,
        *,
        format: FormatName = "jpeg",  # noqa: A002 -- the word that everybody uses, also Pillow
        quality: SupportsIndex = DEFAULT_QUALITY,
        fit: FitName = "inside",
        enlarge: bool = False,
        lossless: bool = False,
        refuse_truncated: bool = False,
        background: Background = None,
        position: Position = "centre",
        effort: SupportsIndex = DEFAULT_EFFORT,
        frames: FramesName = "first",
        colour: ColourName = "srgb",
        subsampling: SubsamplingName = "auto",
        progressive: bool | None = None,
        palette: bool = False,
        page: SupportsIndex = 0,
    ) -> Target:
        """TypeError or ValueError, naming the argument, its value and what is allowed."""
        width = check.integer("width", width, 0, check.U32)
        height = check.integer("height", height, 0, check.U32)
        format_name = check.choice("format", OTHER_NAMES.get(format, format), FORMATS)
        quality = check.integer("quality", quality, 0 if format_name == "png" else 1, 100)
        check.choice("fit", fit, FITS)
        if fit != "inside" and not (width and height):
            raise ValueError(f"fit is {fit!r} with a box of {width} x {height}; it needs both sides")
        if check.flag("lossless", lossless) and format_name != "webp":
            raise ValueError(f"lossless is True with format {format_name!r}; only 'webp' has that choice")
        flags = check.flag("enlarge", enlarge) | lossless << 1 | check.flag("refuse_truncated", refuse_truncated) << 2
        rgba = _rgba(background)
        gravity, focal = _gravity(position, fit)
        effort = check.integer("effort", effort, 0, MAX_EFFORT)
        shown, page = _frames(frames, page, format_name)
        check.choice("colour", colour, COLOURS)
        check.choice("subsampling", subsampling, SUBSAMPLINGS)
        if subsampling != "auto" and format_name != "jpeg":
            raise ValueError(f"subsampling is {subsampling!r} with format {format_name!r}; only 'jpeg' has that choice")
        flags2 = 0
        if progressive is not None:
            flags2 = 1 << 1 if check.flag("progressive", progressive) else 1 << 2
            if format_name != "jpeg":
                raise ValueError(
                    f"progressive is {progressive} with format {format_name!r}; only 'jpeg' has that choice"
                )
        if check.flag("palette", palette):
            flags2 |= 1
            if format_name != "png":
                raise ValueError(f"palette is True with format {format_name!r}; only 'png' has that choice")
        return cls(
            width,
            height,
            FORMATS[format_name],
            quality,
            FITS[fit],
            flags,
            rgba,
            gravity,
            focal,
            0 if effort == DEFAULT_EFFORT else effort + 1,
            shown,
            COLOURS.index(colour),
            SUBSAMPLINGS.index(subsampling),
            flags2,
            page,
        )

    @property
    def needs_version_3(self) -> bool:
        """Whether an older version of the request cannot say it."""
        choices = (self.gravity, self.effort, self.frames, self.colour, self.subsampling, self.flags2, self.page)
        return any(choices) or self.fit is Fit.CONTAIN

    def header(self, max_pixels: int, payload_size: int) -> bytes:
        """The request header, of the first version that can say it."""
        shape = (self.width, self.height, self.format, self.quality, payload_size)
        if self.needs_version_3:
            header = ThumbnailRequestHeaderV3.create(
                *shape,
                self.fit,
                self.flags,
                self.background,
                max_pixels,
                gravity=self.gravity,
                effort=self.effort,
                frames=self.frames,
                colour=self.colour,
                focal_x=self.focal[0],
                focal_y=self.focal[1],
                subsampling=self.subsampling,
                flags2=self.flags2,
                page=self.page,
            )
            return bytes(header)
        if self.fit or self.flags or any(self.background) or max_pixels:
            more = (self.fit, self.flags, self.background, max_pixels)
            return bytes(ThumbnailRequestHeaderV2.create(*shape, *more))
        return bytes(ThumbnailRequestHeader.create(*shape))

    def record(self, version: int) -> bytes:
        """The same as a member of a set, whose request has this version."""
        shape = (self.width, self.height, self.format, self.quality, self.fit, self.flags, self.background)
        if version == 1:
            return bytes(SetRecord.create(*shape))
        record = SetRecordV2.create(
            *shape,
            gravity=self.gravity,
            effort=self.effort,
            focal_x=self.focal[0],
            focal_y=self.focal[1],
            subsampling=self.subsampling,
            flags2=self.flags2,
        )
        return bytes(record)


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


def _frames(frames: str, page: SupportsIndex, format_name: str) -> tuple[int, int]:
    """The number of a choice of frames, and the page."""
    number = FRAMES.index(check.choice("frames", frames, FRAMES))
    if number and format_name != "webp":
        raise ValueError(f"frames is {frames!r} with format {format_name!r}; only 'webp' has that choice")
    page = check.integer("page", page, 0, 0xFFFF)
    if page and number:
        raise ValueError(f"page is {page} with frames {frames!r}; 0 is allowed")
    return number, page


def _gravity(position: Position, fit: str) -> tuple[int, tuple[int, int]]:
    """The number of a position, and its point."""
    number, point = _place(position)
    if number and fit != "cover":
        raise ValueError(f"position is {position!r} with fit {fit!r}; only 'cover' has that choice")
    return number, point


def _place(position: Position) -> tuple[int, tuple[int, int]]:
    wanted = (
        "'centre', 'attention', a side or corner such as 'top' or 'right top', or two numbers from 0 to 1 are allowed"
    )
    if isinstance(position, str):
        if position not in POSITIONS:
            raise ValueError(f"position is {position!r}; {wanted}")
        return POSITIONS[position], (0, 0)
    if not isinstance(position, tuple | list) or len(position) != 2:  # noqa: PLR2004 -- x and y
        raise TypeError(f"position is {position!r}; {wanted}")
    for part in position:
        if isinstance(part, bool) or not isinstance(part, int | float):
            raise TypeError(f"position is {position!r}; {wanted}")
        if not 0 <= part <= 1:
            raise ValueError(f"position is {position!r}; {wanted}")
    x, y = position
    return FOCAL, (_of_u16(x), _of_u16(y))


def _of_u16(part: float) -> int:
    # Halves up, as every host rounds.
    return int(part * 65_535 + 0.5)


def set_header(targets: list[Target], max_pixels: int, payload_size: int) -> bytes:
    """The header of a set's request, with its records, of the first version that can say them."""
    if max_pixels or any(target.needs_version_3 for target in targets):
        # What one member says of these holds for all.
        common = {name: max(getattr(target, name) for target in targets) for name in ("page", "frames", "colour")}
        header = bytes(SetRequestHeaderV2.create(len(targets), payload_size, max_pixels, **common))
        return header + b"".join(target.record(2) for target in targets)
    header = bytes(SetRequestHeader.create(len(targets), payload_size))
    return header + b"".join(target.record(1) for target in targets)


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
