"""The structures of the binary interface; `thumbox.wire` makes them public and documents them.

`cargo xtask generate` makes this file of `thumbox-protocol`; do not edit it.
"""

from __future__ import annotations

import ctypes
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "COLOURS",
    "DEFAULT_EFFORT",
    "DEFAULT_QUALITY",
    "FOCAL",
    "FORMAT_NAMES",
    "FRAMES",
    "KEEP_MEMORY",
    "MAX_EFFORT",
    "MAX_MEMORY",
    "MAX_PIXELS",
    "MAX_REPLY",
    "MAX_REQUEST",
    "MAX_SET",
    "MAX_WAIT",
    "MEMORY_LIMIT",
    "MOST_PIXELS",
    "MSG_ECHO",
    "MSG_IMAGE_PROBE",
    "MSG_PLACEHOLDER",
    "MSG_THUMBNAIL_CREATE",
    "MSG_THUMBNAIL_SET",
    "PANIC_TEXT",
    "POSITIONS",
    "READ_FORMATS",
    "SHORT_REQUEST",
    "SUBSAMPLINGS",
    "TIMEOUT",
    "Fit",
    "OutputFormat",
    "PlaceholderRequestHeader",
    "PlaceholderResponseHeader",
    "ProbeRequestHeader",
    "ProbeRequestHeaderV2",
    "ProbeResponse",
    "ProbeResponseV2",
    "SetRecord",
    "SetRecordV2",
    "SetRequestHeader",
    "SetRequestHeaderV2",
    "SetResponseHeader",
    "ThumbnailRequestHeader",
    "ThumbnailRequestHeaderV2",
    "ThumbnailRequestHeaderV3",
    "ThumbnailResponseHeader",
]

MSG_ECHO = 1
MSG_THUMBNAIL_CREATE = 100
MSG_IMAGE_PROBE = 101
MSG_THUMBNAIL_SET = 102
MSG_PLACEHOLDER = 103

MAX_SET = 32
"""Members that a set can have at the most."""

FORMAT_NAMES = {
    0: "jpeg",
    1: "png",
    2: "webp",
    3: "gif",
    4: "bmp",
    5: "tiff",
    6: "avif",
    7: "heic",
    9: "raw",
    10: "ico",
    11: "qoi",
    12: "pnm",
    13: "tga",
    14: "psd",
    16: "cur",
}
"""The formats that are read, by their numbers."""

READ_FORMATS = tuple(FORMAT_NAMES.values())
"""The formats that are read, in the order of their numbers."""

SUBSAMPLINGS = ("auto", "4:2:0", "4:4:4")
"""How many samples of colour a JPEG has, in the order of the numbers."""

COLOURS = ("srgb", "keep")
"""The colour spaces of a thumbnail, in the order of the numbers."""

FRAMES = ("first", "all")
"""The frames that a thumbnail has, in the order of the numbers."""

POSITIONS = {
    "attention": 10,
    "bottom": 5,
    "bottom center": 5,
    "bottom centre": 5,
    "bottom left": 6,
    "bottom right": 4,
    "center": 0,
    "center bottom": 5,
    "center center": 0,
    "center centre": 0,
    "center left": 7,
    "center right": 3,
    "center top": 1,
    "centre": 0,
    "centre bottom": 5,
    "centre center": 0,
    "centre centre": 0,
    "centre left": 7,
    "centre right": 3,
    "centre top": 1,
    "east": 3,
    "left": 7,
    "left bottom": 6,
    "left center": 7,
    "left centre": 7,
    "left top": 8,
    "north": 1,
    "northeast": 2,
    "northwest": 8,
    "right": 3,
    "right bottom": 4,
    "right center": 3,
    "right centre": 3,
    "right top": 2,
    "south": 5,
    "southeast": 4,
    "southwest": 6,
    "top": 1,
    "top center": 1,
    "top centre": 1,
    "top left": 8,
    "top right": 2,
    "west": 7,
}
"""What a crop keeps, by the words for it, with the number in a request."""

FOCAL = 9
"""The number of a focal point."""

DEFAULT_QUALITY = 85
"""The quality of a JPEG or WebP."""

DEFAULT_EFFORT = 4
"""The effort of an encoder."""

MAX_EFFORT = 6
"""The highest effort; the lowest is 0."""

MAX_PIXELS = 268435456
"""Pixels of a source picture."""

MOST_PIXELS = 536870912
"""The most that the limit on pixels may be."""

MAX_MEMORY = 268435456
"""Bytes of working memory for one call."""

MAX_REPLY = 67108864
"""Bytes of a reply."""

MAX_REQUEST = 67108864
"""Bytes of a request."""

KEEP_MEMORY = 67108864
"""Bytes up to which a pool keeps an instance's memory."""

PANIC_TEXT = 1020
"""Bytes of a panic's text that WebAssembly builds keep."""

MEMORY_LIMIT = 536870912
"""Bytes of a sandbox's memory."""

TIMEOUT = 10
"""Seconds that a call may run in a sandbox."""

MAX_WAIT = 60
"""Seconds that a call waits until fewer others run."""

SHORT_REQUEST = 1008
"""Bytes of the longest request in its fixed place."""


class OutputFormat(IntEnum):
    """The format of a thumbnail."""

    JPEG = 0
    PNG = 1
    WEBP = 2

    @property
    def extension(self) -> str:
        """The usual end of a file name: `.jpg`, `.png` or `.webp`."""
        return {0: ".jpg", 1: ".png", 2: ".webp"}[self.value]


class Fit(IntEnum):
    """How the picture meets its box."""

    INSIDE = 0
    COVER = 1
    STRETCH = 2
    CONTAIN = 3


class _Layout(ctypes.LittleEndianStructure):
    """A structure without padding; `create` refuses what its field cannot hold, where ctypes would cut it off."""

    _layout_ = "ms"  # what `_pack_` means; Python 3.14 wants it said
    _pack_ = 1

    @classmethod
    def _filled(cls, **values: int) -> Self:
        layout = cls()
        for name, value in values.items():
            largest = (1 << 8 * getattr(cls, name).size) - 1
            if not 0 <= value <= largest:
                raise ValueError(f"{name} is {value}; 0 to {largest} is allowed")
            setattr(layout, name, value)
        return layout


class ThumbnailRequestHeader(_Layout):
    """Message 100, version 1; the image file's bytes follow."""

    SIZE: ClassVar[int] = 24
    CURRENT_VERSION: ClassVar[int] = 1

    version: int
    target_width: int
    target_height: int
    output_format: int
    quality: int
    payload_size: int

    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8 * 3),
        ("target_width", ctypes.c_uint32),
        ("target_height", ctypes.c_uint32),
        ("output_format", ctypes.c_uint32),
        ("quality", ctypes.c_uint32),
        ("payload_size", ctypes.c_uint32),
    )

    @classmethod
    def create(cls, target_width: int, target_height: int, output_format: int, quality: int, payload_size: int) -> Self:
        """A header of the current version."""
        return cls._filled(
            version=cls.CURRENT_VERSION,
            target_width=target_width,
            target_height=target_height,
            output_format=output_format,
            quality=quality,
            payload_size=payload_size,
        )


class ThumbnailRequestHeaderV2(_Layout):
    """Message 100, version 2; the image file's bytes follow."""

    SIZE: ClassVar[int] = 40
    CURRENT_VERSION: ClassVar[int] = 2

    version: int
    target_width: int
    target_height: int
    output_format: int
    quality: int
    payload_size: int
    fit: int
    flags: int
    background: ctypes.Array[ctypes.c_uint8]
    max_pixels: int

    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8 * 3),
        ("target_width", ctypes.c_uint32),
        ("target_height", ctypes.c_uint32),
        ("output_format", ctypes.c_uint32),
        ("quality", ctypes.c_uint32),
        ("payload_size", ctypes.c_uint32),
        ("fit", ctypes.c_uint8),
        ("flags", ctypes.c_uint8),
        ("_reserved2", ctypes.c_uint8 * 2),
        ("background", ctypes.c_uint8 * 4),
        ("max_pixels", ctypes.c_uint32),
        ("_reserved3", ctypes.c_uint8 * 4),
    )

    @classmethod
    def create(
        cls,
        target_width: int,
        target_height: int,
        output_format: int,
        quality: int,
        payload_size: int,
        fit: int = 0,
        flags: int = 0,
        background: bytes = bytes(4),
        max_pixels: int = 0,
    ) -> Self:
        """A header of the current version; `background` is four bytes R, G, B, A."""
        layout = cls._filled(
            version=cls.CURRENT_VERSION,
            target_width=target_width,
            target_height=target_height,
            output_format=output_format,
            quality=quality,
            payload_size=payload_size,
            fit=fit,
            flags=flags,
            max_pixels=max_pixels,
        )
        layout.background[:] = list(background)
        return layout


class ThumbnailRequestHeaderV3(_Layout):
    """Message 100, version 3; the image file's bytes follow."""

    SIZE: ClassVar[int] = 64
    CURRENT_VERSION: ClassVar[int] = 3

    version: int
    target_width: int
    target_height: int
    output_format: int
    quality: int
    payload_size: int
    fit: int
    flags: int
    background: ctypes.Array[ctypes.c_uint8]
    max_pixels: int
    gravity: int
    effort: int
    frames: int
    colour: int
    focal_x: int
    focal_y: int
    subsampling: int
    flags2: int
    page: int

    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8 * 3),
        ("target_width", ctypes.c_uint32),
        ("target_height", ctypes.c_uint32),
        ("output_format", ctypes.c_uint32),
        ("quality", ctypes.c_uint32),
        ("payload_size", ctypes.c_uint32),
        ("fit", ctypes.c_uint8),
        ("flags", ctypes.c_uint8),
        ("_reserved2", ctypes.c_uint8 * 2),
        ("background", ctypes.c_uint8 * 4),
        ("max_pixels", ctypes.c_uint32),
        ("_reserved3", ctypes.c_uint8 * 4),
        ("gravity", ctypes.c_uint8),
        ("effort", ctypes.c_uint8),
        ("frames", ctypes.c_uint8),
        ("colour", ctypes.c_uint8),
        ("focal_x", ctypes.c_uint16),
        ("focal_y", ctypes.c_uint16),
        ("subsampling", ctypes.c_uint8),
        ("flags2", ctypes.c_uint8),
        ("page", ctypes.c_uint16),
        ("_reserved4", ctypes.c_uint8 * 12),
    )

    @classmethod
    def create(
        cls,
        target_width: int,
        target_height: int,
        output_format: int,
        quality: int,
        payload_size: int,
        fit: int = 0,
        flags: int = 0,
        background: bytes = bytes(4),
        max_pixels: int = 0,
        gravity: int = 0,
        effort: int = 0,
        frames: int = 0,
        colour: int = 0,
        focal_x: int = 0,
        focal_y: int = 0,
        subsampling: int = 0,
        flags2: int = 0,
        page: int = 0,
    ) -> Self:
        """A header of the current version; `background` is four bytes R, G, B, A."""
        layout = cls._filled(
            version=cls.CURRENT_VERSION,
            target_width=target_width,
            target_height=target_height,
            output_format=output_format,
            quality=quality,
            payload_size=payload_size,
            fit=fit,
            flags=flags,
            max_pixels=max_pixels,
            gravity=gravity,
            effort=effort,
            frames=frames,
            colour=colour,
            focal_x=focal_x,
            focal_y=focal_y,
            subsampling=subsampling,
            flags2=flags2,
            page=page,
        )
        layout.background[:] = list(background)
        return layout


class ThumbnailResponseHeader(_Layout):
    """The reply to message 100; the thumbnail file's bytes follow. Also each header in the reply to 102."""

    SIZE: ClassVar[int] = 20
    CURRENT_VERSION: ClassVar[int] = 1

    version: int
    width: int
    height: int
    format: int
    payload_size: int

    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8 * 3),
        ("width", ctypes.c_uint32),
        ("height", ctypes.c_uint32),
        ("format", ctypes.c_uint32),
        ("payload_size", ctypes.c_uint32),
    )

    @property
    def output_format(self) -> OutputFormat:
        """The format that was really written."""
        return OutputFormat(self.format)


class ProbeRequestHeader(_Layout):
    """Message 101; the image file's bytes follow."""

    SIZE: ClassVar[int] = 8
    CURRENT_VERSION: ClassVar[int] = 1

    version: int
    payload_size: int

    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8 * 3),
        ("payload_size", ctypes.c_uint32),
    )

    @classmethod
    def create(cls, payload_size: int) -> Self:
        """A header of the current version."""
        return cls._filled(version=cls.CURRENT_VERSION, payload_size=payload_size)


class ProbeRequestHeaderV2(_Layout):
    """Message 101, version 2; the image file's bytes follow."""

    SIZE: ClassVar[int] = 8
    CURRENT_VERSION: ClassVar[int] = 2

    version: int
    payload_size: int

    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8 * 3),
        ("payload_size", ctypes.c_uint32),
    )

    @classmethod
    def create(cls, payload_size: int) -> Self:
        """A header of the current version."""
        return cls._filled(version=cls.CURRENT_VERSION, payload_size=payload_size)


class ProbeResponse(_Layout):
    """The reply to message 101."""

    SIZE: ClassVar[int] = 28
    CURRENT_VERSION: ClassVar[int] = 1

    version: int
    orientation: int
    flags: int
    stored_width: int
    stored_height: int
    upright_width: int
    upright_height: int
    format: int

    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("orientation", ctypes.c_uint8),
        ("flags", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8),
        ("stored_width", ctypes.c_uint32),
        ("stored_height", ctypes.c_uint32),
        ("upright_width", ctypes.c_uint32),
        ("upright_height", ctypes.c_uint32),
        ("format", ctypes.c_uint32),
        ("_reserved2", ctypes.c_uint8 * 4),
    )


class ProbeResponseV2(_Layout):
    """The reply to message 101, version 2."""

    SIZE: ClassVar[int] = 36
    CURRENT_VERSION: ClassVar[int] = 2

    version: int
    orientation: int
    flags: int
    stored_width: int
    stored_height: int
    upright_width: int
    upright_height: int
    format: int
    frames: int
    duration_ms: int

    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("orientation", ctypes.c_uint8),
        ("flags", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8),
        ("stored_width", ctypes.c_uint32),
        ("stored_height", ctypes.c_uint32),
        ("upright_width", ctypes.c_uint32),
        ("upright_height", ctypes.c_uint32),
        ("format", ctypes.c_uint32),
        ("_reserved2", ctypes.c_uint8 * 4),
        ("frames", ctypes.c_uint32),
        ("duration_ms", ctypes.c_uint32),
    )


class SetRequestHeader(_Layout):
    """Message 102; `count` records follow, then the image file's bytes."""

    SIZE: ClassVar[int] = 12
    CURRENT_VERSION: ClassVar[int] = 1

    version: int
    count: int
    payload_size: int

    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8 * 3),
        ("count", ctypes.c_uint32),
        ("payload_size", ctypes.c_uint32),
    )

    @classmethod
    def create(cls, count: int, payload_size: int) -> Self:
        """A header of the current version."""
        return cls._filled(version=cls.CURRENT_VERSION, count=count, payload_size=payload_size)


class SetRecord(_Layout):
    """One thumbnail of message 102."""

    SIZE: ClassVar[int] = 24

    target_width: int
    target_height: int
    output_format: int
    quality: int
    fit: int
    flags: int
    background: ctypes.Array[ctypes.c_uint8]

    _pack_ = 1
    _fields_ = (
        ("target_width", ctypes.c_uint32),
        ("target_height", ctypes.c_uint32),
        ("output_format", ctypes.c_uint32),
        ("quality", ctypes.c_uint32),
        ("fit", ctypes.c_uint8),
        ("flags", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8 * 2),
        ("background", ctypes.c_uint8 * 4),
    )

    @classmethod
    def create(
        cls,
        target_width: int,
        target_height: int,
        output_format: int,
        quality: int,
        fit: int = 0,
        flags: int = 0,
        background: bytes = bytes(4),
    ) -> Self:
        """A record; `background` is four bytes R, G, B, A."""
        layout = cls._filled(
            target_width=target_width,
            target_height=target_height,
            output_format=output_format,
            quality=quality,
            fit=fit,
            flags=flags,
        )
        layout.background[:] = list(background)
        return layout


class SetRequestHeaderV2(_Layout):
    """Message 102, version 2; `count` records of version 2 follow, then the image file's bytes."""

    SIZE: ClassVar[int] = 24
    CURRENT_VERSION: ClassVar[int] = 2

    version: int
    count: int
    payload_size: int
    max_pixels: int
    page: int
    frames: int
    colour: int

    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8 * 3),
        ("count", ctypes.c_uint32),
        ("payload_size", ctypes.c_uint32),
        ("max_pixels", ctypes.c_uint32),
        ("page", ctypes.c_uint16),
        ("frames", ctypes.c_uint8),
        ("colour", ctypes.c_uint8),
        ("_reserved2", ctypes.c_uint8 * 4),
    )

    @classmethod
    def create(
        cls,
        count: int,
        payload_size: int,
        max_pixels: int = 0,
        page: int = 0,
        frames: int = 0,
        colour: int = 0,
    ) -> Self:
        """A header of the current version."""
        return cls._filled(
            version=cls.CURRENT_VERSION,
            count=count,
            payload_size=payload_size,
            max_pixels=max_pixels,
            page=page,
            frames=frames,
            colour=colour,
        )


class SetRecordV2(_Layout):
    """One thumbnail of message 102, version 2."""

    SIZE: ClassVar[int] = 44

    target_width: int
    target_height: int
    output_format: int
    quality: int
    fit: int
    flags: int
    background: ctypes.Array[ctypes.c_uint8]
    gravity: int
    effort: int
    frames: int
    colour: int
    focal_x: int
    focal_y: int
    subsampling: int
    flags2: int
    page: int

    _pack_ = 1
    _fields_ = (
        ("target_width", ctypes.c_uint32),
        ("target_height", ctypes.c_uint32),
        ("output_format", ctypes.c_uint32),
        ("quality", ctypes.c_uint32),
        ("fit", ctypes.c_uint8),
        ("flags", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8 * 2),
        ("background", ctypes.c_uint8 * 4),
        ("gravity", ctypes.c_uint8),
        ("effort", ctypes.c_uint8),
        ("frames", ctypes.c_uint8),
        ("colour", ctypes.c_uint8),
        ("focal_x", ctypes.c_uint16),
        ("focal_y", ctypes.c_uint16),
        ("subsampling", ctypes.c_uint8),
        ("flags2", ctypes.c_uint8),
        ("page", ctypes.c_uint16),
        ("_reserved2", ctypes.c_uint8 * 8),
    )

    @classmethod
    def create(
        cls,
        target_width: int,
        target_height: int,
        output_format: int,
        quality: int,
        fit: int = 0,
        flags: int = 0,
        background: bytes = bytes(4),
        gravity: int = 0,
        effort: int = 0,
        frames: int = 0,
        colour: int = 0,
        focal_x: int = 0,
        focal_y: int = 0,
        subsampling: int = 0,
        flags2: int = 0,
        page: int = 0,
    ) -> Self:
        """A record; `background` is four bytes R, G, B, A."""
        layout = cls._filled(
            target_width=target_width,
            target_height=target_height,
            output_format=output_format,
            quality=quality,
            fit=fit,
            flags=flags,
            gravity=gravity,
            effort=effort,
            frames=frames,
            colour=colour,
            focal_x=focal_x,
            focal_y=focal_y,
            subsampling=subsampling,
            flags2=flags2,
            page=page,
        )
        layout.background[:] = list(background)
        return layout


class SetResponseHeader(_Layout):
    """The reply to message 102; `count` thumbnail response headers follow, then their files in that order."""

    SIZE: ClassVar[int] = 8
    CURRENT_VERSION: ClassVar[int] = 1

    version: int
    count: int

    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8 * 3),
        ("count", ctypes.c_uint32),
    )


class PlaceholderRequestHeader(_Layout):
    """Message 103; the image file's bytes follow."""

    SIZE: ClassVar[int] = 12
    CURRENT_VERSION: ClassVar[int] = 1

    version: int
    max_pixels: int
    payload_size: int

    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8 * 3),
        ("max_pixels", ctypes.c_uint32),
        ("payload_size", ctypes.c_uint32),
    )

    @classmethod
    def create(cls, max_pixels: int, payload_size: int) -> Self:
        """A header of the current version."""
        return cls._filled(version=cls.CURRENT_VERSION, max_pixels=max_pixels, payload_size=payload_size)


class PlaceholderResponseHeader(_Layout):
    """The reply to message 103; the ThumbHash follows."""

    SIZE: ClassVar[int] = 16
    CURRENT_VERSION: ClassVar[int] = 1

    version: int
    flags: int
    upright_width: int
    upright_height: int
    hash_length: int
    average_red: int
    average_green: int
    average_blue: int

    _pack_ = 1
    _fields_ = (
        ("version", ctypes.c_uint8),
        ("flags", ctypes.c_uint8),
        ("_reserved", ctypes.c_uint8 * 2),
        ("upright_width", ctypes.c_uint32),
        ("upright_height", ctypes.c_uint32),
        ("hash_length", ctypes.c_uint8),
        ("average_red", ctypes.c_uint8),
        ("average_green", ctypes.c_uint8),
        ("average_blue", ctypes.c_uint8),
    )
