"""Minisign's keys and signatures, checked by `cryptography`; nothing of the curve is done here.

Formats: https://jedisct1.github.io/minisign/, "Signature format" and "Public key format". Only prehashed signatures
("ED", BLAKE2b-512 of the file) are taken; the older kind ("Ed") signs the file itself, so that a signature of one kind
could pass for one of the other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from thumbox._errors import INIT_FAILED, PluginError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

__all__ = ["NotVerifiedError", "PublicKey", "check_signature"]

_ALGORITHM, _KEY_ID, _KEY, _SIGNATURE = 2, 8, 32, 64
_KEY_ALGORITHM, _PREHASHED, _LEGACY = b"Ed", b"ED", b"Ed"
_UNTRUSTED, _TRUSTED = "untrusted comment:", "trusted comment: "
_LONGEST_KEY_FILE = 4096
_NEEDED = "a bundle's signatures are checked by the package cryptography: pip install 'thumbox[bundle]'"


class NotVerifiedError(Exception):
    """A signature that does not verify; the text says why, and is to follow the name of what was signed."""


@dataclass(frozen=True)
class PublicKey:
    """A minisign public key."""

    key_id: bytes
    key: bytes

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """From the 56 characters, or from the two lines of a key file; ValueError if it is neither."""
        lines = text.strip().splitlines()
        if len(lines) == 2 and lines[0].startswith(_UNTRUSTED):  # noqa: PLR2004 -- comment and key
            lines = lines[1:]
        if len(lines) != 1:
            raise ValueError(f"it has {len(lines)} lines; a minisign public key has one, or a comment and one")
        raw = _decoded(lines[0], _ALGORITHM + _KEY_ID + _KEY)
        if raw is None or raw[:_ALGORITHM] != _KEY_ALGORITHM:
            raise ValueError("it is no minisign public key: 56 characters of base64 that begin with RW")
        return cls(raw[_ALGORITHM : _ALGORITHM + _KEY_ID], raw[_ALGORITHM + _KEY_ID :])

    @classmethod
    def of(cls, given: object) -> PublicKey:
        """From what a caller pins: the key's text, or a path to a file with it."""
        if isinstance(given, str):
            try:
                return cls.parse(given)
            except ValueError as error:
                if not os.path.isfile(given):  # noqa: PTH113 -- False for what cannot be a name
                    # Several lines are not shown: they may be of a secret key's file.
                    shown = repr(given[:80]) if "\n" not in given else "a text"
                    raise ValueError(f"public_key is {shown}: {error}; and there is no such file") from None
        elif not isinstance(given, os.PathLike):
            kind = type(given).__name__
            raise TypeError(f"public_key is a {kind} ({given!r}); a key's text or a path to its file is allowed")
        path = Path(given)
        with path.open("rb") as file:
            content = file.read(_LONGEST_KEY_FILE)
        try:
            return cls.parse(content.decode())
        except ValueError as error:
            # The content is not shown: a file that was named by mistake may be a secret one.
            what = "it is no text" if isinstance(error, UnicodeDecodeError) else error
            raise ValueError(f"public_key is the file {str(path)!r}: {what}") from None

    @property
    def name(self) -> str:
        """The key's number as minisign shows it."""
        return self.key_id[::-1].hex().upper()

    @property
    def text(self) -> str:
        """The key in its short form."""
        return base64.b64encode(_KEY_ALGORITHM + self.key_id + self.key).decode()


def check_signature(key: PublicKey, content: bytes, signature: bytes) -> str:
    """The trusted comment of a signature of `content` by `key`; NotVerifiedError says why it is not valid."""
    ed25519, invalid = _verifier()
    head, comment, whole = _parsed(signature)
    algorithm, key_id, signed = head[:_ALGORITHM], head[_ALGORITHM : -len(whole)], head[-len(whole) :]
    if algorithm == _LEGACY:
        raise NotVerifiedError("has a signature of the old kind, which is not prehashed")
    if algorithm != _PREHASHED:
        raise NotVerifiedError(f"has a signature of the unknown kind {algorithm.hex(' ')}")
    if key_id != key.key_id:
        other = PublicKey(key_id, b"").name
        raise NotVerifiedError(f"is signed with the key {other}, and the key {key.name} is the trusted one")
    try:
        public = ed25519.from_public_bytes(key.key)
        public.verify(signed, hashlib.blake2b(content, digest_size=64).digest())
        public.verify(whole, signed + comment)
    except (invalid, ValueError):
        raise NotVerifiedError(
            f"has a signature that is not of its content and comment by the key {key.name}"
        ) from None
    return comment.decode()


def _parsed(signature: bytes) -> tuple[bytes, bytes, bytes]:
    """Algorithm, key number and signature in one; the trusted comment; the signature of both."""
    try:
        lines = signature.decode().removesuffix("\n").split("\n")
    except UnicodeDecodeError:
        lines = []
    lines = [line.removesuffix("\r") for line in lines]
    if len(lines) != 4 or not lines[0].startswith(_UNTRUSTED) or not lines[2].startswith(_TRUSTED):  # noqa: PLR2004
        raise NotVerifiedError("has an invalid minisign signature file")
    head = _decoded(lines[1], _ALGORITHM + _KEY_ID + _SIGNATURE)
    whole = _decoded(lines[3], _SIGNATURE)
    if head is None or whole is None:
        raise NotVerifiedError("has an invalid minisign signature file")
    return head, lines[2].removeprefix(_TRUSTED).encode(), whole


def _decoded(text: str, length: int) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == length else None


def _verifier() -> tuple[type[Ed25519PublicKey], type[Exception]]:
    # On demand: only bundles need cryptography.
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ImportError as error:
        raise PluginError(INIT_FAILED, f"{_NEEDED} ({error})") from None
    return Ed25519PublicKey, InvalidSignature
