"""A bundle's zip, read strictly: one pass over its directory, and nothing in it is believed before it is checked.

Why not `zipfile`: zip readers are made to get something out of almost any file. They search for the directory, let the
last of two entries of one name win, and take entries that lie in each other. Here the entries have to tile the file
from its first byte to the directory, and the directory the rest, without extra fields and comments, in which another
zip could lie, or another name: so every reader sees the same bundle.

Structures: PKWARE APPNOTE 6.3, sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (its end).
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from thumbox._errors import BundleError
from thumbox.bundle.names import FOLDERS, TOP_FILES, name_fault, shown_name

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Archive", "BundleLimits"]

MIB = 1 << 20

MOST_ENTRIES = 1000
MOST_DIRECTORY = MIB
MOST_MANIFEST = MIB
MOST_SIGNATURE = 4096
MOST_OTHER = 16 * MIB
MOST_RATIO = 100
"""Deflate makes 1032 to 1 of zeros. What a bundle holds is code and text, at most 30 to 1."""
RATIO_COUNTS_FROM = 64 << 10

_END = struct.Struct("<4s4H2IH")
_CENTRAL = struct.Struct("<4s2B5H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_DATA_DESCRIPTOR = 0x0008
_ALLOWED_FLAGS = 0x0006 | 0x0800  # how hard deflate tried; names in UTF-8
_DOS_DIRECTORY = 0x10
_KINDS = {stat.S_IFLNK: "a symbolic link", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
_CHUNK = 1 << 16
_BELOW = tuple(f"{folder}/" for folder in FOLDERS)


class BundleLimits(NamedTuple):
    """What a bundle may be at the most."""

    bundle: int = 512 * MIB
    """Bytes of the file, and of all entries unpacked."""
    library: int = 256 * MIB
    """Bytes of one library or component unpacked."""

    def of(self, name: str) -> int:
        """Bytes that the entry of this name may unpack to."""
        if name.endswith(".minisig"):
            return MOST_SIGNATURE
        if name.startswith(("lib/", "bridge/")):
            return self.library
        return MOST_MANIFEST if "/" not in name else MOST_OTHER


class Entry(NamedTuple):
    """A file in the archive, as both of its headers say it."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    start: int
    """Where its local header is."""
    flags: int
    data: int = 0
    """Where its content is."""


class Archive:
    """The open file and its entries. Everything is read through one descriptor, so that it is always the same file."""

    def __init__(self, path: Path, limits: BundleLimits) -> None:
        self.path = path
        self.limits = limits
        # Not blocking: it may be a pipe.
        flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags)
        try:
            self.size = self._checked_size(descriptor)
            self._file = os.fdopen(descriptor, "rb", buffering=0)
        except BaseException:
            os.close(descriptor)
            raise
        try:
            self.entries = {entry.name: entry for entry in self._tiled(self._directory())}
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def refused(self, reason: str) -> BundleError:
        """The error that names the file."""
        return BundleError(f"the bundle {shown_name(self.path)} is refused: {reason}")

    def read(self, name: str) -> bytes:
        """An entry's content, unpacked no further than it claims."""
        entry = self.entries.get(name)
        if entry is None:
            raise self.refused(f"it has no {name}")
        unpacked = self._inflated(entry) if entry.method == _DEFLATED else self._at(entry.data, entry.size)
        if len(unpacked) != entry.size:
            raise self.refused(f"{name} unpacks to {len(unpacked)} bytes, and claims {entry.size}")
        if zlib.crc32(unpacked) != entry.crc:
            raise self.refused(f"{name} is damaged: its CRC-32 is {zlib.crc32(unpacked):08x}, not {entry.crc:08x}")
        return bytes(unpacked)

    def _inflated(self, entry: Entry) -> bytearray:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        unpacked = bytearray()
        position, end = entry.data, entry.data + entry.packed
        try:
            while not inflater.eof and (position < end or inflater.unconsumed_tail):
                packed = inflater.unconsumed_tail
                if not packed:
                    packed = self._at(position, min(_CHUNK, end - position))
                    position += len(packed)
                unpacked += inflater.decompress(packed, min(_CHUNK, entry.size + 1 - len(unpacked)))
                if len(unpacked) > entry.size:
                    raise self.refused(f"{entry.name} unpacks to more than the {entry.size} bytes that it claims")
        except zlib.error as error:
            raise self.refused(f"{entry.name} cannot be unpacked: {error}") from None
        if not inflater.eof or inflater.unused_data or position != end:
            raise self.refused(f"{entry.name} cannot be unpacked: its compressed data does not end where it should")
        return unpacked

    def _at(self, position: int, length: int) -> bytes:
        self._file.seek(position)
        content = bytearray()
        while len(content) < length:
            more = self._file.read(length - len(content))
            if not more:
                raise self.refused(f"it ends at byte {position + len(content)}, before {position + length}")
            content += more
        return bytes(content)

    def _checked_size(self, descriptor: int) -> int:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise self.refused("it is no regular file")
        if found.st_size > self.limits.bundle:
            raise self.refused(f"it has {found.st_size} bytes; max_bundle is {self.limits.bundle}")
        return found.st_size

    def _directory(self) -> list[Entry]:
        """The entries as the central directory has them."""
        if self.size < _END.size:
            raise self.refused(f"it has {self.size} bytes, and is no zip")
        end = self.size - _END.size
        magic, disk, first_disk, here, count, length, start, comment = _END.unpack(self._at(end, _END.size))
        if magic != b"PK\5\6" or comment:
            raise self.refused("it does not end with a zip's directory: it is cut off, or has data or a comment behind")
        if disk or first_disk or here != count:
            raise self.refused("it is a part of a zip in several parts")
        if count > MOST_ENTRIES or length > MOST_DIRECTORY:
            raise self.refused(
                f"its directory has {count} entries in {length} bytes; {MOST_ENTRIES} in {MOST_DIRECTORY} are allowed"
            )
        if start + length != end:
            raise self.refused(f"its directory is said to be at byte {start}, and is at {end - length}: data was added")
        directory = self._at(start, length)
        entries = []
        position = 0
        for _ in range(count):
            entry, position = self._central(directory, position)
            entries.append(entry)
        if position != length:
            raise self.refused(f"its directory of {count} entries has {length - position} bytes more")
        self._unique(entries)
        return entries

    def _central(self, directory: bytes, position: int) -> tuple[Entry, int]:
        header = directory[position : position + _CENTRAL.size]
        if len(header) != _CENTRAL.size or not header.startswith(b"PK\1\2"):
            raise self.refused(f"its directory has no entry at byte {position}")
        (_, _, _, _, flags, method, _, _, crc, packed, size, name_length, extra, comment, disk, _, mode, start) = (
            _CENTRAL.unpack(header)
        )
        position += _CENTRAL.size
        name = self._checked_name(directory[position : position + name_length], name_length)
        position += name_length + extra + comment
        if position > len(directory) or disk:
            raise self.refused(f"{name} has an entry that does not end in the directory")
        if extra or comment:
            raise self.refused(f"the entry {name} has an extra field or a comment")
        self._check_kind(name, flags, mode)
        self._check_sizes(name, method, packed, size)
        return Entry(name, method, crc, packed, size, start, flags), position

    def _checked_name(self, raw: bytes, length: int) -> str:
        if len(raw) != length:
            raise self.refused("its directory ends within a name")
        # What is no text of one byte a letter is refused as a name anyway.
        name = raw.decode("latin-1")
        wrong = name_fault(name)
        if wrong:
            raise self.refused(f"the entry {shown_name(name)} {wrong}")
        if name not in TOP_FILES and not name.startswith(_BELOW):
            raise self.refused(f"unexpected entry {name}; allowed: {', '.join((*TOP_FILES, *_BELOW))}")
        return name

    def _check_kind(self, name: str, flags: int, attributes: int) -> None:
        # Whichever system is said to have written it.
        kind = stat.S_IFMT(attributes >> 16)
        if kind not in (0, stat.S_IFREG):
            raise self.refused(f"the entry {name} is {_KINDS.get(kind, 'no regular file')}")
        if attributes & _DOS_DIRECTORY:
            raise self.refused(f"the entry {name} is a folder")
        if flags & _ENCRYPTED:
            raise self.refused(f"the entry {name} is encrypted")
        if flags & _DATA_DESCRIPTOR:
            raise self.refused(f"the entry {name} has its sizes behind its data (flag 3)")
        if flags & ~_ALLOWED_FLAGS:
            raise self.refused(f"the entry {name} has flags {flags:#06x}; {_ALLOWED_FLAGS:#06x} are allowed")

    def _check_sizes(self, name: str, method: int, packed: int, size: int) -> None:
        if method not in (_STORED, _DEFLATED):
            raise self.refused(f"the entry {name} is packed by method {method}; 0 (stored) or 8 (deflated) is allowed")
        if method == _STORED and packed != size:
            raise self.refused(f"the entry {name} is stored in {packed} bytes, and claims {size}")
        most = self.limits.of(name)
        if size > most:
            raise self.refused(f"the entry {name} claims {size} bytes; {most} are allowed")
        if size > RATIO_COUNTS_FROM and size > packed * MOST_RATIO:
            raise self.refused(
                f"the entry {name} claims {size} bytes from {packed}; at most {MOST_RATIO} times as many are allowed"
            )

    def _unique(self, entries: list[Entry]) -> None:
        seen: set[str] = set()
        for entry in entries:
            # Also where a file system does not tell large letters from small ones.
            key = entry.name.lower()
            if key in seen:
                raise self.refused(f"the entry {entry.name} is there twice")
            seen.add(key)
        total = sum(entry.size for entry in entries)
        if total > self.limits.bundle:
            raise self.refused(f"its entries claim {total} bytes together; max_bundle is {self.limits.bundle}")

    def _tiled(self, entries: list[Entry]) -> list[Entry]:
        """The entries with the place of their data, after a look at their local headers."""
        tiled = []
        position = 0
        for entry in sorted(entries, key=lambda entry: entry.start):
            if entry.start < position:
                raise self.refused(f"the entry {entry.name} overlaps with another")
            if entry.start > position:
                raise self.refused(f"{entry.start - position} bytes before the entry {entry.name} belong to no entry")
            data = self._local(entry)
            position = data + entry.packed
            tiled.append(entry._replace(data=data))
        directory = self._start_of_directory()
        if position > directory:
            raise self.refused(f"the entry {tiled[-1].name} overlaps with the directory")
        if position < directory:
            raise self.refused(f"{directory - position} bytes before the directory belong to no entry")
        return tiled

    def _start_of_directory(self) -> int:
        return int.from_bytes(self._at(self.size - 6, 4), "little")

    def _local(self, entry: Entry) -> int:
        magic, _, flags, method, _, _, crc, packed, size, name_length, extra = _LOCAL.unpack(
            self._at(entry.start, _LOCAL.size)
        )
        name = self._at(entry.start + _LOCAL.size, name_length)
        here = (magic, name, flags, method, crc, packed, size)
        there = (b"PK\3\4", entry.name.encode(), entry.flags, entry.method, entry.crc, entry.packed, entry.size)
        if here != there:
            raise self.refused(f"the entry {entry.name} has two headers that do not say the same")
        if extra:
            raise self.refused(f"the entry {entry.name} has an extra field or a comment")
        return entry.start + _LOCAL.size + int(name_length)
