"""A folder that only this user can write to, for files that are run as code.

Whoever can write such a file can run code as this user. So the folder must belong to this user, or to root, who can do
that anyway, and nobody else may write to it; the same holds for each file. Both are looked at through the descriptor
that is then used, and no link is followed. A key stored beside the code would not protect it: whoever can write there
can read the key.

A file is written under another name and renamed, so that processes that start together at worst do the work twice.
Where a system has no owners and modes (Windows), nothing is kept.
"""

from __future__ import annotations

import mmap
import os
import re
import stat
import sys
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Buffer, Self

__all__ = ["PrivateFolder", "cache_folder", "default_folder"]

_PARTIAL_BYTES = 16
_PARTIAL = re.compile(rf"[0-9a-f]{{{2 * _PARTIAL_BYTES}}}\.partial")
_PARTIAL_SECONDS = 3600
_ROOT = 0


def default_folder() -> Path | None:
    """Where this user's programs keep what they can make again; None where there is no such place."""
    if not hasattr(os, "geteuid"):
        return None
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        base = Path(os.environ.get("HOME", ""), "Library/Caches" if sys.platform == "darwin" else ".cache")
    return base / "thumbox" if base.is_absolute() else None


def cache_folder(cache: str | os.PathLike[str] | bool) -> Path | None:
    """The folder that the option `cache` means; None for none."""
    if isinstance(cache, bool):
        folder = default_folder() if cache else None
        if cache and folder is None and hasattr(os, "geteuid"):
            _warn("neither XDG_CACHE_HOME nor HOME is the path of a folder")
        return folder
    try:
        return Path(cache).absolute()
    except TypeError:
        kind = type(cache).__name__
        raise TypeError(f"cache is a {kind} ({cache!r}); a folder's path, True or False is allowed") from None


class PrivateFolder:
    """The folder, open. Each method is quiet about what fails: without it things only take longer."""

    def __init__(self, descriptor: int, folder: Path) -> None:
        self._folder = descriptor
        self._path = folder

    @classmethod
    def open(cls, folder: Path | None, name: str) -> Self | None:
        """The folder `name` in `folder`, both made where they are missing. None, with a warning, where one of them
        cannot be opened or others can write to it. `folder` may hold other things of the user's.
        """
        if folder is None or not hasattr(os, "geteuid"):
            return None
        with suppress(OSError):
            folder.parent.mkdir(parents=True, exist_ok=True)
        top = _opened(folder, folder, None)
        if top is None:
            return None
        try:
            descriptor = _opened(folder / name, name, top)
        finally:
            os.close(top)
        return None if descriptor is None else cls(descriptor, folder / name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._folder)

    @property
    def way(self) -> str:
        """A path to this very folder, where the system has one that no renaming can lead elsewhere; else its path."""
        way = f"/proc/self/fd/{self._folder}"
        return way if os.path.isdir(way) else str(self._path)  # noqa: PTH112 -- a link, not a name

    def load(self, name: str) -> memoryview | None:
        """The file's content; None where there is no such file, or one that another user can have written."""
        try:
            # Not blocking: it may be a pipe.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            descriptor = os.open(name, flags, dir_fd=self._folder)
        except OSError:
            return None
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or _wrong(found):
                return None
            # Files here are replaced, never changed. To read one into fresh memory takes three times as long.
            content = mmap.mmap(descriptor, found.st_size, access=mmap.ACCESS_READ) if found.st_size else b""
            with suppress(OSError):
                os.utime(descriptor)  # it is of use: the oldest go first
        except OSError:
            return None
        finally:
            os.close(descriptor)
        return memoryview(content)

    def save(self, name: str, *parts: Buffer) -> bool:
        """Keeps the parts as one file, in full or not at all, and says which."""
        partial = f"{os.urandom(_PARTIAL_BYTES).hex()}.partial"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(partial, flags, 0o600, dir_fd=self._folder)
            try:
                with os.fdopen(descriptor, "wb", buffering=0) as file:
                    for part in parts:
                        # A raw file may write less than it was given, as on a disk that is full.
                        rest = memoryview(part)
                        while rest:
                            rest = rest[file.write(rest) :]
                os.replace(partial, name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            except BaseException:
                os.unlink(partial, dir_fd=self._folder)
                raise
        except OSError as error:
            _warn(f"{self._path} cannot be written to ({error.strerror})")
            return False
        return True

    def remove(self, name: str) -> None:
        """Removes a file, if it is there."""
        with suppress(OSError):
            os.unlink(name, dir_fd=self._folder)

    def tidy(self, names: re.Pattern[str], most: int, younger: float = 0.0) -> None:
        """Removes what was left behind, and of the files with such names all but the `most` newest and those that are
        younger than so many seconds. What has another name is not ours.
        """
        ages: dict[str, float] = {}
        for name in os.listdir(self._folder):  # noqa: PTH208 -- the open folder, not its name
            with suppress(OSError):
                found = os.stat(name, dir_fd=self._folder, follow_symlinks=False)
                if not stat.S_ISDIR(found.st_mode):
                    ages[name] = time.time() - found.st_mtime
        partial = [name for name, age in ages.items() if _PARTIAL.fullmatch(name) and age > _PARTIAL_SECONDS]
        entries = sorted(filter(names.fullmatch, ages), key=ages.__getitem__)
        old = [name for name in entries[most:] if ages[name] >= younger]
        for name in partial + old:
            self.remove(name)


def _opened(folder: Path, name: Path | str, top: int | None) -> int | None:
    """The descriptor of a folder in an open one. A missing folder is made, and no link is followed."""
    with suppress(OSError):
        os.mkdir(name, 0o700, dir_fd=top)
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
    except OSError as error:
        _warn(f"{folder} is a link" if folder.is_symlink() else f"{folder} cannot be opened ({error.strerror})")
        return None
    wrong = _wrong(os.fstat(descriptor))
    if wrong:
        os.close(descriptor)
        _warn(f"{folder} {wrong}")
        return None
    return descriptor


def _wrong(found: os.stat_result) -> str:
    """Why something in the file system might be another user's work; nothing if it cannot be."""
    if found.st_uid not in (os.geteuid(), _ROOT):
        return f"belongs to user {found.st_uid}, and this process runs as {os.geteuid()}"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"has mode {stat.S_IMODE(found.st_mode):04o}; only its owner may be allowed to write"
    return ""


def _warn(wrong: str) -> None:
    warnings.warn(
        f"thumbox keeps no compiled code, since {wrong}: each process makes its own, which takes seconds. Choose "
        "another folder with the option cache, or cache=False; `thumbox compile` prepares a folder for containers",
        RuntimeWarning,
        stacklevel=2,
    )
