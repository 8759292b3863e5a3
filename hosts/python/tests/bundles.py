"""Bundles for the tests: signed as minisign signs, and zipped with every field in hand, so that each can lie."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PLATFORMS = ("linux-x86_64", "linux-aarch64", "darwin-x86_64", "darwin-aarch64", "windows-x86_64", "windows-aarch64")
FILES = {"linux": "libthumbox.so", "darwin": "libthumbox.dylib", "windows": "thumbox.dll"}
SHARED = "lib/any/wasm-component/thumbox.wasm"


class Key:
    """A minisign key. What it signs is for tests only: who has this file can sign, too."""

    def __init__(self, seed: int, key_id: bytes | None = None) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self._id = key_id or hashlib.sha256(bytes([seed])).digest()[:8]

    @property
    def key_id(self) -> bytes:
        return self._id

    @property
    def text(self) -> str:
        raw = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.b64encode(b"Ed" + self._id + raw).decode()

    @property
    def file(self) -> str:
        return f"untrusted comment: minisign public key {self._id[::-1].hex().upper()}\n{self.text}\n"

    def sign(self, name: str, content: bytes, kind: bytes = b"ED") -> bytes:
        """What `minisign -S -H` writes."""
        comment = f"thumbox 0.1.0 {name}"
        signed = content if kind == b"Ed" else hashlib.blake2b(content, digest_size=64).digest()
        signature = self._private.sign(signed)
        whole = self._private.sign(signature + comment.encode())
        first = base64.b64encode(kind + self._id + signature).decode()
        second = base64.b64encode(whole).decode()
        return f"untrusted comment: for a test\n{first}\ntrusted comment: {comment}\n{second}\n".encode()


PINNED = Key(1)
ATTACKER = Key(2)
# Another key that says it is the pinned one.
FORGED = Key(3, PINNED.key_id)


@dataclass
class Entry:
    """A zip's entry. What is None is told truly."""

    name: str
    content: bytes
    packed: bytes | None = None
    size: int | None = None
    crc: int | None = None
    method: int = 0
    flags: int = 0
    mode: int = 0o100644
    dos: int = 0
    local_name: str | None = None
    local_size: int | None = None
    start: int | None = None
    hidden: bytes = b""
    """Bytes before it that belong to no entry."""
    is_listed: bool = True
    extra: bytes = b""
    local_extra: bytes = b""
    comment: bytes = b""


@dataclass
class Zip:
    """A zip's end, and what stands around it."""

    entries: list[Entry]
    before: bytes = b""
    behind: bytes = b""
    comment: bytes = b""
    count: int | None = None
    disk: int = 0
    extra_directory: bytes = b""
    shift: int = 0
    """What the places in the directory are wrong by."""

    def bytes(self) -> bytes:
        body, directory = self.before, b""
        for one in self.entries:
            packed = one.content if one.packed is None else one.packed
            crc = zlib.crc32(one.content) if one.crc is None else one.crc
            size = len(one.content) if one.size is None else one.size
            name = one.name.encode("latin-1")
            local = name if one.local_name is None else one.local_name.encode()
            body += one.hidden
            start = len(body) - self.shift if one.start is None else one.start
            local_size = size if one.local_size is None else one.local_size
            sizes = (crc, len(packed), local_size, len(local), len(one.local_extra))
            body += struct.pack("<4s5H3I2H", b"PK\3\4", 20, one.flags, one.method, 0, 33, *sizes)
            body += local + one.local_extra + packed
            lengths = (len(name), len(one.extra), len(one.comment))
            more = (crc, len(packed), size, *lengths, 0, 0, one.mode << 16 | one.dos, start)
            if one.is_listed:
                head = (b"PK\1\2", 20, 3, 20, one.flags, one.method, 0, 33)
                directory += struct.pack("<4s2B5H3I5H2I", *head, *more) + name
                directory += one.extra + one.comment
        directory += self.extra_directory
        count = sum(one.is_listed for one in self.entries) if self.count is None else self.count
        place = len(body) - self.shift
        end = (b"PK\5\6", self.disk, self.disk, count, count, len(directory), place, len(self.comment))
        return body + directory + struct.pack("<4s4H2IH", *end) + self.comment + self.behind


@dataclass
class Parts:
    """A bundle in parts: the manifest, the files, and what signs them."""

    files: dict[str, bytes]
    manifest: dict[str, Any]
    key: Key = PINNED
    raw_manifest: bytes | None = None
    signatures: dict[str, bytes | None] = field(default_factory=dict)
    """Signatures that are other than they should be; None for one that is missing."""
    changed: dict[str, bytes] = field(default_factory=dict)
    """Files that were changed after they were signed."""

    def content(self) -> dict[str, bytes]:
        """Every file, in the order that bundles have."""
        raw = json.dumps(self.manifest).encode() if self.raw_manifest is None else self.raw_manifest
        files = {"manifest.json": raw, **self.files}
        sums = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items())]
        files["SHA256SUMS"] = "".join(sums).encode()
        signed = [name for name in files if "/" not in name or name.startswith("lib/")]
        signatures = {f"{name}.minisig": self.key.sign(name, files[name]) for name in signed} | self.signatures
        rest = {**files, **{name: one for name, one in signatures.items() if one is not None}, **self.changed}
        first = [name for name in ("manifest.json", "manifest.json.minisig") if name in rest]
        return {name: rest[name] for name in [*first, *sorted(set(rest) - set(first))]}

    def entries(self) -> list[Entry]:
        """Every file, stored."""
        return [Entry(name, content) for name, content in self.content().items()]

    def bytes(self) -> bytes:
        """The bundle."""
        return Zip(self.entries()).bytes()


def listed(path: str, content: bytes, key: str = "library") -> dict[str, Any]:
    """How a manifest names a file."""
    return {key: path, "checksum": f"sha256:{hashlib.sha256(content).hexdigest()}"}


def bundle(
    component: bytes, libraries: dict[str, bytes], key: Key = PINNED, sandbox: dict[str, bytes] | None = None
) -> Parts:
    """A bundle with a component for every platform, and with libraries by platform."""
    platforms: dict[str, Any] = {}
    files = {SHARED: component, "schema/thumbox.h": b"/* C */\n", "sbom/thumbox.cdx.json": b"{}\n"}
    files |= {"legal/LICENSE-MIT": b"MIT\n", "legal/NOTICES": b"none\n", "docs/README.md": b"# Thumbox\n"}
    for variant, by_platform in {"release": libraries, "sandbox": sandbox or {}}.items():
        for platform, library in by_platform.items():
            name = FILES[platform.partition("-")[0]]
            name = name.replace("thumbox", "thumbox_sandbox") if variant == "sandbox" else name
            path = f"lib/{platform}/{variant}/{name}"
            files[path] = library
            variants = platforms.setdefault(platform, {"variants": {"wasm-component": listed(SHARED, component)}})
            variants["variants"][variant] = listed(path, library)
    manifest = {
        "bundle_version": "1.0",
        "plugin": {"name": "thumbox", "version": "0.1.0", "license": "MIT OR Apache-2.0"},
        "platforms": platforms,
        "build_info": {"compiler": "rustc 1.95.0", "git": {"commit": "0" * 40, "dirty": False}, "custom": {"a": "b"}},
        "sbom": {"cyclonedx": "sbom/thumbox.cdx.json"},
        "schemas": {
            "thumbox.h": {**listed("schema/thumbox.h", files["schema/thumbox.h"], "path"), "format": "c-header"}
        },
        "public_key": key.text,
        "license_file": "legal/LICENSE-MIT",
        "notices": "legal/NOTICES",
    }
    return Parts(files, copy.deepcopy(manifest), key)


COMPONENT = b"\0asm\x0d\0\x01\0, and nothing that runs"
MODULE = b"\0asm\1\0\0\0"


def library(platform: str, kind: int | None = None) -> bytes:
    """The head of a library for a platform: it is taken for one, and cannot be loaded."""
    system, _, machine = platform.partition("-")
    is_x86 = machine == "x86_64"
    if system == "linux":
        return b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack("<HH", kind or 3, 62 if is_x86 else 183)
    if system == "darwin":
        return b"\xcf\xfa\xed\xfe" + struct.pack("<III", 0x0100_0007 if is_x86 else 0x0100_000C, 0, kind or 6)
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0"
    return head + struct.pack("<H16xH", 0x8664 if is_x86 else 0xAA64, kind or 0x2022)


FEW = ("linux-x86_64", "windows-aarch64")


def small(platforms: tuple[str, ...] = FEW) -> Parts:
    """A bundle that is whole, of files that cannot be run, for what is refused before anything runs."""
    return bundle(COMPONENT, {platform: library(platform) for platform in platforms})


def deflated_zeros(count: int) -> bytes:
    """So many zeros by deflate's fixed codes (RFC 1951, 3.2.6), 158 to 1, with the same bytes from every zlib."""
    bits = "110"  # the last block, of fixed codes, from the lowest bit
    bits += "00110000"  # the literal 0
    matches, rest = divmod(count - 1, 258)
    bits += ("11000101" + "00000") * matches  # 258 times the byte before
    bits += "00110000" * rest + "0000000"
    bits += "0" * (-len(bits) % 8)
    packed = bytes(int(bits[place : place + 8][::-1], 2) for place in range(0, len(bits), 8))
    assert zlib.decompress(packed, -15) == bytes(count)
    return packed
