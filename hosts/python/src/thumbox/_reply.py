"""From replies to what people use.

A reply may come from a guest that an image has taken over: an invalid reply is a PluginError, never an
exception of another kind.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from thumbox._errors import BUG, InternalError
from thumbox._layouts import (
    FORMAT_NAMES,
    PlaceholderResponseHeader,
    ProbeResponseV2,
    SetResponseHeader,
    ThumbnailResponseHeader,
)
from thumbox._placeholder import Placeholder, is_hash
from thumbox._save import write_file

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["ImageInfo", "Placeholder", "Thumbnail", "parse_placeholder", "parse_probe", "parse_set", "parse_thumbnail"]

_ENDINGS = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "jpeg"),
    **{ending: ending[1:] for ending in (".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".jxl")},
}
"""What the endings of names say."""


@dataclass(frozen=True)
class Thumbnail:
    """A finished thumbnail."""

    width: int
    height: int
    format: str
    """What was really written: "jpeg", "png" or "webp"."""
    data: memoryview = field(repr=False)
    """The file's bytes: a read-only slice of the reply, valid as long as somebody holds it."""

    @property
    def mime(self) -> str:
        """The media type: "image/jpeg", "image/png" or "image/webp"."""
        return f"image/{self.format}"

    def image(self) -> Image.Image:
        """The thumbnail as Pillow opens it; ModuleNotFoundError where Pillow is not installed."""
        # On demand: nothing else here needs it.
        from PIL import Image  # noqa: PLC0415

        return Image.open(io.BytesIO(self.data))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the file: in full or not at all, and over one that is there.

        ValueError for a name with the ending of another format than the thumbnail's.
        """
        ending = os.path.splitext(os.fspath(path))[1].lower()  # noqa: PTH122 -- any PathLike
        meant = _ENDINGS.get(ending, self.format)
        if meant != self.format:
            raise ValueError(f"the name ends in {ending!r}, and the thumbnail is of the format {self.format!r}")
        write_file(path, [self.data], replace=True)

    def __bytes__(self) -> bytes:
        return bytes(self.data)

    def __reduce__(self) -> tuple[object, ...]:
        """For pickle and other processes, which take no views."""
        return _rebuilt, (self.width, self.height, self.format, bytes(self.data))


def _rebuilt(width: int, height: int, format_name: str, data: bytes) -> Thumbnail:
    return Thumbnail(width, height, format_name, memoryview(data))


@dataclass(frozen=True)
class ImageInfo:
    """What an image's headers say."""

    format: str
    """"jpeg", "png", "webp", "gif", "bmp", "tiff", "avif", "heic", "raw", "ico", "qoi", "pnm", "tga", "psd" or "cur".
    """
    width: int
    """Of the upright picture, as people see it."""
    height: int
    stored_width: int
    stored_height: int
    orientation: int
    """1 to 8, as EXIF counts; 1 is upright as stored."""
    alpha: bool
    animated: bool
    icc: bool
    """Whether there is a colour profile."""
    progressive: bool
    """Progressive or interlaced."""
    frames: int
    """Of an animation, or the pages of a TIFF; 1 for a still."""
    duration_ms: int
    """Of all frames together; 0 for a still."""


def parse_probe(reply: memoryview) -> ImageInfo:
    """From a reply to message 101."""
    response, rest = _take(ProbeResponseV2, reply, reply)
    if response.version != ProbeResponseV2.CURRENT_VERSION or len(rest) or response.format not in FORMAT_NAMES:
        raise _malformed(reply)
    return ImageInfo(
        format=FORMAT_NAMES[response.format],
        width=response.upright_width,
        height=response.upright_height,
        stored_width=response.stored_width,
        stored_height=response.stored_height,
        orientation=response.orientation,
        alpha=bool(response.flags & 1),
        animated=bool(response.flags & 2),
        icc=bool(response.flags & 4),
        progressive=bool(response.flags & 8),
        frames=response.frames,
        duration_ms=response.duration_ms,
    )


def parse_placeholder(reply: memoryview) -> Placeholder:
    """From a reply to message 103."""
    header, rest = _take(PlaceholderResponseHeader, reply, reply)
    thumb_hash = bytes(rest)
    if header.version != 1 or header.hash_length != len(thumb_hash) or not is_hash(thumb_hash):
        raise _malformed(reply)
    return Placeholder(
        hash=thumb_hash,
        average=(header.average_red, header.average_green, header.average_blue),
        width=header.upright_width,
        height=header.upright_height,
        has_alpha=bool(header.flags & 1),
    )


def parse_thumbnail(reply: memoryview) -> Thumbnail:
    """From a reply to message 100."""
    header, files = _take(ThumbnailResponseHeader, reply, reply)
    return _thumbnails([header], files, reply)[0]


def parse_set(reply: memoryview, count: int) -> list[Thumbnail]:
    """From a reply to message 102 that asked for `count` members."""
    start, rest = _take(SetResponseHeader, reply, reply)
    if start.version != 1 or start.count != count:
        raise _malformed(reply)
    headers = []
    for _ in range(count):
        header, rest = _take(ThumbnailResponseHeader, rest, reply)
        headers.append(header)
    return _thumbnails(headers, rest, reply)


_Header = TypeVar("_Header", PlaceholderResponseHeader, ProbeResponseV2, SetResponseHeader, ThumbnailResponseHeader)


def _take(kind: type[_Header], rest: memoryview, reply: memoryview) -> tuple[_Header, memoryview]:
    if len(rest) < kind.SIZE:
        raise _malformed(reply)
    return kind.from_buffer_copy(rest), rest[kind.SIZE :]


def _thumbnails(headers: list[ThumbnailResponseHeader], files: memoryview, reply: memoryview) -> list[Thumbnail]:
    if sum(header.payload_size for header in headers) != len(files):
        raise _malformed(reply)
    thumbnails = []
    for header in headers:
        # The first three formats are those that are written.
        if header.version != 1 or header.format > 2:  # noqa: PLR2004
            raise _malformed(reply)
        data, files = files[: header.payload_size], files[header.payload_size :]
        thumbnails.append(Thumbnail(header.width, header.height, FORMAT_NAMES[header.format], data))
    return thumbnails


def _malformed(reply: memoryview) -> InternalError:
    start = bytes(reply[:28]).hex(" ")
    return InternalError(BUG, f"the plugin's reply of {len(reply)} bytes is malformed; it starts with {start}")
