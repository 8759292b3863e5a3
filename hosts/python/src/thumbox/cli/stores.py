"""Locations in the stores that fsspec knows, such as `s3://bucket/photos`, beside files of this machine.

A protocol stands in what the user named, and nowhere else: what a store lists are names in that store.
"""

from __future__ import annotations

import errno
import os
import re
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, cast

from thumbox._save import new_file, write_file
from thumbox._terminal import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import Buffer

__all__ = ["Location", "Stored", "as_os_errors", "location", "whole", "write"]

_PROTOCOL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(://|::)")
"""At least two letters: `C:` is a drive."""

_FLAT = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oss", "memory"}
"""Stores of objects, in which a folder is a part of names."""


@contextmanager
def as_os_errors(*passing: type[Exception]) -> Iterator[None]:
    """What a store's library raises, as an OSError that says it; but for errors of these types."""
    try:
        yield
    except Exception as error:
        if isinstance(error, (OSError, *passing)):
            raise
        raise OSError(f"{type(error).__name__}: {error}") from error


class Stored:
    """A location in a store: what the command line needs of `pathlib.Path`. All that fails is an OSError."""

    def __init__(self, filesystem: Any, path: str) -> None:
        self.filesystem = filesystem
        self.path = PurePosixPath(path)

    def __str__(self) -> str:
        name: str = self.filesystem.unstrip_protocol(str(self.path))
        return name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stored) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __truediv__(self, below: str | Path) -> Stored:
        return Stored(self.filesystem, str(self.path / below))

    @property
    def name(self) -> str:
        """The last part."""
        return self.path.name

    @property
    def parent(self) -> Stored:
        """The folder, which stores of objects only seem to have."""
        return Stored(self.filesystem, str(self.path.parent))

    def is_dir(self) -> bool:
        """Whether something lies below it."""
        with as_os_errors():
            return bool(self.filesystem.isdir(str(self.path)))

    def exists(self) -> bool:
        """Whether it is there."""
        with as_os_errors():
            return bool(self.filesystem.exists(str(self.path)))

    def mkdir(self, *, parents: bool, exist_ok: bool) -> None:
        """Makes the folder, where there are folders. A bucket is never made."""
        if parents and not _FLAT.intersection(_protocols(self.filesystem)):
            with as_os_errors():
                self.filesystem.makedirs(str(self.path), exist_ok=exist_ok)

    def open(self, mode: str = "rb") -> BinaryIO:
        """The file."""
        with as_os_errors():
            return cast("BinaryIO", self.filesystem.open(str(self.path), mode))

    def unlink(self) -> None:
        """Takes it away."""
        with as_os_errors():
            self.filesystem.rm_file(str(self.path))

    def files(self) -> list[Stored]:
        """All files below it, by name."""
        with as_os_errors():
            return [Stored(self.filesystem, name) for name in sorted(self.filesystem.find(str(self.path)))]

    def is_below(self, folder: Stored) -> bool:
        """Whether it lies in a folder of the same store."""
        return type(self.filesystem) is type(folder.filesystem) and self.path.is_relative_to(folder.path)

    def place(self, root: Stored) -> Path:
        """Where it lies below another one."""
        return Path(self.path.relative_to(root.path))

    def written(self) -> float | None:
        """When it was written, in seconds since 1970. None where the store does not say."""
        with as_os_errors():
            try:
                return float(self.filesystem.modified(str(self.path)).timestamp())
            except NotImplementedError:
                return None


Location: TypeAlias = "Path | Stored"


def location(name: str) -> Location:
    """What a name stands for. ValueError for a protocol that cannot be used, and for a chain of them."""
    if not _PROTOCOL.match(name):
        return Path(name)
    if "::" in name:
        raise ValueError(f"{shown(name)}: a chain of protocols is not allowed; name one")
    try:
        import fsspec  # noqa: PLC0415 -- an extra
    except ModuleNotFoundError:
        raise ValueError(f"{shown(name)}: locations need fsspec; pip install 'thumbox[stores]'") from None
    try:
        filesystem, path = fsspec.core.url_to_fs(name)
    except (ImportError, ValueError) as error:
        raise ValueError(f"{shown(name)}: {error}") from None
    if "local" in _protocols(filesystem):
        return Path(path)
    return Stored(filesystem, path)


def _protocols(filesystem: Any) -> tuple[str, ...]:
    protocol = filesystem.protocol
    return (protocol,) if isinstance(protocol, str) else tuple(protocol)


@contextmanager
def whole(to: Location, *, replace: bool) -> Iterator[BinaryIO]:
    """A file to write, which is there in full or not at all. FileExistsError where one is there and `replace` is false.

    In stores of objects it is there once all of it was sent, as they do it anyway.
    """
    if isinstance(to, Path):
        with new_file(to, replace=replace) as file:
            yield file
        return
    _check_new(to, replace=replace)
    with as_os_errors():
        file = to.filesystem.open(str(to.path), "wb", autocommit=False)
    try:
        yield file
        with as_os_errors():
            file.close()
            file.commit()
    except BaseException:
        file.discard()
        raise


def write(to: Location, parts: Iterable[Buffer], *, replace: bool) -> None:
    """Writes a small file as `whole` does, in one request where that is what the store takes."""
    if isinstance(to, Path):
        write_file(to, parts, replace=replace)
        return
    _check_new(to, replace=replace)
    with as_os_errors():
        to.filesystem.pipe_file(str(to.path), b"".join(parts))


def _check_new(to: Stored, *, replace: bool) -> None:
    if not replace and to.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(to))
