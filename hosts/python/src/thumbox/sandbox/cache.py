"""Compiled programs, kept from one process to the next.

What is kept is machine code, so it lies in a folder that only this user can write to (`_private_folder`). The checksum
is against accidents alone: a disk that was full, a bit that flipped. Whatever is not as it should be is compiled again.
"""

from __future__ import annotations

import hashlib
import platform
import re
import sys
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

from thumbox._private_folder import PrivateFolder
from thumbox.sandbox.runtime import wasmtime_version

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["FOLDER", "Cache", "entry_name"]

_MAGIC = b"thumbox compiled 1\n"
_CHECKSUM = 4
_MOST_ENTRIES = 8
_ENTRY = re.compile(r"[0-9a-f]{64}")

FOLDER = "thumbox-compiled"
"""In the folder that the option `cache` names, which may hold other things of the user's."""


def entry_name(module: bytes, kind: str) -> str:
    """A name that changes with the module, the engine and its configuration, and the kind of machine."""
    engine = f"wasmtime {wasmtime_version()} {kind} {sys.platform} {platform.machine()}\n"
    name = hashlib.sha256(engine.encode())
    name.update(module)
    return name.hexdigest()


class Cache(PrivateFolder):
    """The folder, open, with compiled programs in it."""

    def read(self, name: str) -> memoryview | None:
        """What was kept under this name; None where there is nothing, or nothing that can be trusted."""
        content = self.load(name)
        if content is None:
            return None
        end = len(_MAGIC) + _CHECKSUM
        head, code = content[:end], content[end:]
        return code if head == _MAGIC + _checksum(code) else None

    def write(self, name: str, code: bytearray) -> None:
        """Keeps it, in full or not at all."""
        if self.save(name, _MAGIC, _checksum(code), code):
            with suppress(OSError):
                self.tidy(_ENTRY, _MOST_ENTRIES)


def _checksum(code: Buffer) -> bytes:
    return zlib.crc32(code).to_bytes(_CHECKSUM, "big")
