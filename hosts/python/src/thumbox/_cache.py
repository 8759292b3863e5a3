"""Compiled programs, kept from one process to the next in a folder that only this user can write to.

What is kept is machine code: whoever can write it can run it as this user. So what protects is who can write:
the folder must belong to this user and be closed to all others (mode 0700), and so must each file; both are
looked at through the descriptor that is then used, and no link is followed. A key stored beside the code would
be readable to whoever can write beside it, and protect from nothing. The checksum is against accidents alone:
a disk that was full, a bit that flipped.

A file is written under another name and renamed, so that processes that start together at worst compile twice.
Whatever is not as it should be is compiled again. Where a system has no owners and modes (Windows), nothing is kept.
"""

from __future__ import annotations

import hashlib
import os
import platform
import secrets
import stat
import sys
import time
import warnings
import zlib
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["Cache", "default_folder", "entry_name"]

_MAGIC = b"thumbox compiled 1\n"
_CHECKSUM = 4
_PARTIAL = ".partial"
_MOST_ENTRIES = 8
_PARTIAL_SECONDS = 3600


def default_folder() -> Path | None:
    """Where this user's programs keep what they can make again; None where there is no such place."""
    if not hasattr(os, "geteuid"):
        return None
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        base = Path(os.environ.get("HOME", ""), "Library/Caches" if sys.platform == "darwin" else ".cache")
    return base / "thumbox" if base.is_absolute() else None


def entry_name(module: bytes, kind: str) -> str:
    """A name that changes with the module, the engine and its configuration, and the kind of machine."""
    engine = f"wasmtime {version('wasmtime')} {kind} {sys.platform} {platform.machine()}\n"
    name = hashlib.sha256(engine.encode())
    name.update(module)
    return name.hexdigest()


class Cache:
    """The folder, open. Each method is quiet about what fails: without a cache things only take longer."""

    def __init__(self, descriptor: int) -> None:
        self._folder = descriptor

    @classmethod
    def open(cls, folder: Path | None) -> Self | None:
        """The folder, made where there is none; None, with a warning, where it is not this user's alone."""
        if folder is None or not hasattr(os, "geteuid"):
            return None
        with suppress(OSError):
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            if folder.is_symlink():
                _warn(folder, "is a link")
            return None
        wrong = _wrong(os.fstat(descriptor))
        if wrong:
            os.close(descriptor)
            _warn(folder, wrong)
            return None
        return cls(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._folder)

    def read(self, name: str) -> bytes | None:
        """What was kept under this name; None where there is nothing, or nothing that can be trusted."""
        try:
            # Not to be kept waiting by a pipe of that name.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            descriptor = os.open(name, flags, dir_fd=self._folder)
        except OSError:
            return None
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or _wrong(found):
                return None
            with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
                head, code = file.read(len(_MAGIC) + _CHECKSUM), file.readall()
            with suppress(OSError):
                os.utime(descriptor)  # it is of use: the oldest go first
        except OSError:
            return None
        finally:
            os.close(descriptor)
        return code if head == _MAGIC + _checksum(code) else None

    def write(self, name: str, code: bytearray) -> None:
        """Keeps it, in full or not at all."""
        partial = secrets.token_hex(16) + _PARTIAL
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with suppress(OSError):
            descriptor = os.open(partial, flags, 0o600, dir_fd=self._folder)
            try:
                with os.fdopen(descriptor, "wb", buffering=0) as file:
                    # A raw file may write less than it was given, as on a disk that is full.
                    rest = memoryview(_MAGIC + _checksum(code) + code)
                    while rest:
                        rest = rest[file.write(rest) :]
                os.replace(partial, name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            except BaseException:
                os.unlink(partial, dir_fd=self._folder)
                raise
            self._tidy()

    def _tidy(self) -> None:
        """Removes what was left behind, and all but the newest programs."""
        ages = {}
        for name in os.listdir(self._folder):  # noqa: PTH208 -- the open folder, not its name
            with suppress(OSError):
                ages[name] = time.time() - os.stat(name, dir_fd=self._folder, follow_symlinks=False).st_mtime
        partial = [name for name, age in ages.items() if name.endswith(_PARTIAL) and age > _PARTIAL_SECONDS]
        entries = sorted((name for name in ages if not name.endswith(_PARTIAL)), key=ages.__getitem__)
        for name in partial + entries[_MOST_ENTRIES:]:
            with suppress(OSError):
                os.unlink(name, dir_fd=self._folder)


def _checksum(code: bytes | bytearray) -> bytes:
    return zlib.crc32(code).to_bytes(_CHECKSUM, "big")


def _wrong(found: os.stat_result) -> str:
    """Why something in the file system might be another user's work; nothing if it cannot be."""
    if found.st_uid != os.geteuid():
        return f"belongs to user {found.st_uid}, and this process runs as {os.geteuid()}"
    if found.st_mode & 0o077:
        return f"has mode {stat.S_IMODE(found.st_mode):04o}; no more than 0700 is allowed"
    return ""


def _warn(folder: Path, wrong: str) -> None:
    warnings.warn(
        f"thumbox keeps no compiled code in {folder}, which {wrong}: each process compiles for itself. "
        "Remove or correct the folder, or choose another with the option cache",
        RuntimeWarning,
        stacklevel=2,
    )
