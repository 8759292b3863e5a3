"""Paths of a column, read in a file system that the program names: nothing of a path chooses where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.fs

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from thumbox._source import BinaryFile

__all__ = ["open_by"]


def open_by(filesystem: Any) -> Callable[[str], AbstractContextManager[BinaryFile]] | None:
    """What opens a path for reading, None if there is no file system. TypeError for something else.

    ValueError for a path that names more than a file: a protocol, a chain of them as fsspec has, or a folder above.
    """
    if filesystem is None:
        return None
    if isinstance(filesystem, pyarrow.fs.FileSystem):
        return lambda path: filesystem.open_input_stream(_checked(path), compression=None)
    if not isinstance(filesystem, str) and callable(getattr(filesystem, "open", None)):
        return lambda path: filesystem.open(_checked(path), "rb")
    raise TypeError(
        f"filesystem is a {type(filesystem).__name__}; a pyarrow.fs.FileSystem or a file system of fsspec is allowed"
    )


def _checked(path: str) -> str:
    if "::" in path or "://" in path or ".." in path.replace("\\", "/").split("/"):
        raise ValueError("it names a protocol or a folder above; a path of the file system alone is allowed")
    return path
