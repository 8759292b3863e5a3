"""The binary interface as `ctypes` structures, for those who build requests by hand.

`cargo xtask generate` makes the structures of the tables in the Rust crate `thumbox-protocol`.
All integers are little-endian. Reserved bytes are zero, and refused otherwise.

The functions below need nothing but a `call_raw`; `Plugin.thumbnail` does more.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from thumbox._buffers import refuse_addresses
from thumbox._layouts import (
    DEFAULT_QUALITY,
    MAX_SET,
    MSG_ECHO,
    MSG_IMAGE_PROBE,
    MSG_PLACEHOLDER,
    MSG_THUMBNAIL_CREATE,
    MSG_THUMBNAIL_SET,
    Fit,
    OutputFormat,
    PlaceholderRequestHeader,
    PlaceholderResponseHeader,
    ProbeRequestHeader,
    ProbeRequestHeaderV2,
    ProbeResponse,
    ProbeResponseV2,
    SetRecord,
    SetRecordV2,
    SetRequestHeader,
    SetRequestHeaderV2,
    SetResponseHeader,
    ThumbnailRequestHeader,
    ThumbnailRequestHeaderV2,
    ThumbnailRequestHeaderV3,
    ThumbnailResponseHeader,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Buffer

__all__ = [
    "MAX_SET",
    "MSG_ECHO",
    "MSG_IMAGE_PROBE",
    "MSG_PLACEHOLDER",
    "MSG_THUMBNAIL_CREATE",
    "MSG_THUMBNAIL_SET",
    "Fit",
    "OutputFormat",
    "PlaceholderRequestHeader",
    "PlaceholderResponseHeader",
    "ProbeRequestHeader",
    "ProbeRequestHeaderV2",
    "ProbeResponse",
    "ProbeResponseV2",
    "RawCaller",
    "SetRecord",
    "SetRecordV2",
    "SetRequestHeader",
    "SetRequestHeaderV2",
    "SetResponseHeader",
    "ThumbnailRequestHeader",
    "ThumbnailRequestHeaderV2",
    "ThumbnailRequestHeaderV3",
    "ThumbnailResponse",
    "ThumbnailResponseHeader",
    "create_request",
    "create_thumbnail",
    "create_thumbnail_qualities",
    "create_thumbnail_sizes",
    "create_thumbnail_timed",
    "parse_response",
]


class RawCaller(Protocol):
    """What the functions below need: every `Plugin`, or a stand-in of your own."""

    def call_raw(self, message_id: int, /, *parts: Buffer) -> memoryview:
        """The reply to a request that may come in several parts."""


@dataclass(frozen=True)
class ThumbnailResponse:
    """A reply to message 100, taken apart."""

    width: int
    height: int
    format: OutputFormat
    thumbnail_data: memoryview
    """The thumbnail file's bytes: a slice of the reply, not a copy."""

    @property
    def dimensions(self) -> str:
        """Width and height as people write them: `100x75`."""
        return f"{self.width}x{self.height}"

    @property
    def size_kb(self) -> float:
        """The file's size in units of 1024 bytes."""
        return len(self.thumbnail_data) / 1024

    @property
    def file_extension(self) -> str:
        """The usual end of such a file's name: `.jpg`, `.png` or `.webp`."""
        return self.format.extension


def create_request(
    target_width: int,
    target_height: int,
    output_format: int,
    quality: int,
    image_data: Buffer,
) -> bytes:
    """A whole request of version 1: the header and a copy of the image."""
    header, image = _parts(target_width, target_height, output_format, quality, image_data)
    return b"".join((header, image))


def parse_response(response: Buffer) -> ThumbnailResponse:
    """Takes a reply to message 100 apart; ValueError if it is invalid."""
    view = memoryview(response).cast("B")
    size = ThumbnailResponseHeader.SIZE
    if len(view) < size:
        raise ValueError(f"the reply has {len(view)} bytes; its header alone has {size}")
    header = ThumbnailResponseHeader.from_buffer_copy(view[:size])
    if header.version != ThumbnailResponseHeader.CURRENT_VERSION:
        known = ThumbnailResponseHeader.CURRENT_VERSION
        raise ValueError(f"the reply has version {header.version}; version {known} is known")
    payload = view[size:]
    if len(payload) != header.payload_size:
        raise ValueError(f"the reply's payload_size is {header.payload_size}; {len(payload)} bytes follow the header")
    return ThumbnailResponse(header.width, header.height, header.output_format, payload.toreadonly())


def create_thumbnail(
    plugin: RawCaller,
    image_data: Buffer,
    width: int = 100,
    height: int = 100,
    output_format: int = OutputFormat.JPEG,
    quality: int = DEFAULT_QUALITY,
) -> ThumbnailResponse:
    """One thumbnail; a side of 0 is in proportion to the other."""
    header, image = _parts(width, height, output_format, quality, image_data)
    return parse_response(plugin.call_raw(MSG_THUMBNAIL_CREATE, header, image))


def create_thumbnail_timed(
    plugin: RawCaller,
    image_data: Buffer,
    width: int = 100,
    height: int = 100,
    output_format: int = OutputFormat.JPEG,
    quality: int = DEFAULT_QUALITY,
) -> tuple[ThumbnailResponse, float]:
    """One thumbnail, and the seconds that it took."""
    start = time.perf_counter()
    thumbnail = create_thumbnail(plugin, image_data, width, height, output_format, quality)
    return thumbnail, time.perf_counter() - start


def create_thumbnail_sizes(
    plugin: RawCaller,
    image_data: Buffer,
    sizes: Iterable[tuple[int, int]],
    output_format: int = OutputFormat.JPEG,
    quality: int = DEFAULT_QUALITY,
) -> list[ThumbnailResponse]:
    """One thumbnail for each (width, height), each with a call of its own."""
    return [create_thumbnail(plugin, image_data, width, height, output_format, quality) for width, height in sizes]


def create_thumbnail_qualities(
    plugin: RawCaller,
    image_data: Buffer,
    width: int,
    height: int,
    qualities: Iterable[int],
) -> list[tuple[int, ThumbnailResponse]]:
    """One JPEG for each quality, as (quality, thumbnail)."""
    return [
        (quality, create_thumbnail(plugin, image_data, width, height, OutputFormat.JPEG, quality))
        for quality in qualities
    ]


def _parts(
    width: int, height: int, output_format: int, quality: int, image_data: Buffer
) -> tuple[ThumbnailRequestHeader, memoryview]:
    image = memoryview(image_data)
    refuse_addresses("image_data", type(image_data).__name__, image.format)
    header = ThumbnailRequestHeader.create(width, height, output_format, quality, image.nbytes)
    return header, image
