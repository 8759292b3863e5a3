"""Where an image's bytes come from: a buffer, a file by its path, or a file that is open."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Protocol, TypeAlias

from thumbox._buffers import refuse_addresses

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

__all__ = ["BinaryFile", "ImageSource", "image_view"]

_PIECE = 1 << 20
"""Bytes that are read at once of what does not say its length."""


class BinaryFile(Protocol):
    """A file that was opened in binary mode."""

    def read(self, size: int, /) -> bytes | None:
        """At most `size` bytes; none at the end."""


ImageSource: TypeAlias = "Buffer | os.PathLike[str] | BinaryFile"


def image_view(image: ImageSource, most: int, check_length: Callable[[int], None]) -> memoryview:
    """The image's bytes. `check_length` raises for more than `most` of them, before they are read if the file says its
    length.

    A text is refused: a field of a form must not become the name of a file.
    """
    if isinstance(image, str):
        raise TypeError("image is a str; for a file pathlib.Path(...) is allowed, or its bytes")
    if isinstance(image, os.PathLike):
        with open(image, "rb", buffering=0) as file:  # noqa: PTH123 -- any PathLike
            status = os.fstat(file.fileno())
            length = status.st_size if stat.S_ISREG(status.st_mode) else 0
            check_length(length)
            return _read(file, most, check_length, length)
    try:
        view = memoryview(image)  # type: ignore[arg-type]
    except TypeError:
        if callable(getattr(image, "read", None)):
            return _read(image, most, check_length)  # type: ignore[arg-type]
        raise TypeError(
            f"image is a {type(image).__name__}; a buffer with the file's bytes is allowed (bytes, bytearray, "
            "memoryview, mmap, an array), a pathlib.Path, or a file that is open in binary mode"
        ) from None
    refuse_addresses("image", type(image).__name__, view.format)
    check_length(view.nbytes)
    return view


def _read(file: BinaryFile, most: int, check_length: Callable[[int], None], length: int = 0) -> memoryview:
    """What is left of a file, at most one byte more than is allowed. `length`: bytes that it is said to have."""
    pieces, total = [], 0
    while total <= most:
        piece = file.read(min(max(_PIECE, length), most + 1 - total))
        if piece is None:
            raise BlockingIOError("image is a file that does not block and has nothing to read now")
        if not isinstance(piece, bytes | bytearray | memoryview):
            raise TypeError(f"image is a file whose read() gives {type(piece).__name__}; open it in binary mode")
        if not piece:
            break
        pieces.append(piece)
        total += len(piece)
    check_length(total)
    return memoryview(pieces[0] if len(pieces) == 1 else b"".join(pieces))
