"""Bundles: one signed file with the native libraries and the component in it.

In this order, and nothing of a step is used before it has passed: the zip's structure; the manifest's signature by the
key that the caller trusts; the manifest; the library's own signature and its checksum in the manifest; and that it is
what it is said to be. A key that a bundle brings along is shown, and never trusted.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from thumbox.bundle.archive import Archive, BundleLimits
from thumbox.bundle.manifest import parse_manifest
from thumbox.bundle.platform import COMPONENT, kind_of, this_platform
from thumbox.bundle.signature import NotVerifiedError, PublicKey, check_signature

if TYPE_CHECKING:
    import os
    from types import TracebackType

    from typing_extensions import Self

    from thumbox.bundle.manifest import Listed, Manifest

__all__ = ["MANIFEST", "VARIANTS", "Bundle", "Library"]

MANIFEST = "manifest.json"
VARIANTS = {"wasm": "wasm-component", "native": "release", "sandbox": "sandbox"}
"""What a variant of `load` is called in a bundle."""


class Library(NamedTuple):
    """A library or component that has passed every check."""

    name: str
    """For messages: which file of which bundle."""
    sha256: str
    content: bytes


class Bundle:
    """An open bundle whose structure and manifest were checked. Without a key no signature was."""

    def __init__(self, path: str | os.PathLike[str], key: PublicKey | None, limits: BundleLimits | None = None) -> None:
        self._key = key
        self.archive = Archive(Path(path), limits or BundleLimits())
        try:
            self.manifest = self._checked_manifest()
        except BaseException:
            self.archive.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.archive.close()

    def library(self, variant: str) -> Library:
        """The library for this machine of a variant of `load`, or the component; BundleError with the reason."""
        wanted = VARIANTS[variant]
        here = this_platform()
        libraries = self.manifest.libraries
        # A component runs everywhere.
        platforms = [here, *sorted(libraries)] if variant == "wasm" else [here]
        listed = next((libraries[one][wanted] for one in platforms if wanted in libraries.get(one, {})), None)
        if listed is None:
            there = [f"{one} ({', '.join(sorted(libraries[one]))})" for one in sorted(libraries)]
            raise self.archive.refused(f'it has no variant "{wanted}" for {here}; it has {", ".join(there)}')
        content = self.checked(listed, signed=True)
        kind, right = kind_of(content), COMPONENT if variant == "wasm" else here
        if kind != right:
            kind, right = (f"a library for {one}" if "-" in one else one for one in (kind, right))
            raise self.archive.refused(f"{listed.path} is {kind}, and should be {right}")
        return Library(f"{listed.path} of {self.archive.path}", listed.sha256, content)

    def checked(self, listed: Listed, *, signed: bool) -> bytes:
        """The content of a file that the manifest names, after a look at its checksum and at its own signature."""
        content = self.archive.read(listed.path)
        if signed:
            self._check_signature(listed.path, content)
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 != listed.sha256:
            raise self.archive.refused(f"{listed.path} has the SHA-256 {sha256}, and the manifest says {listed.sha256}")
        return content

    def _checked_manifest(self) -> Manifest:
        content = self.archive.read(MANIFEST)
        self._check_signature(MANIFEST, content)
        try:
            manifest = parse_manifest(content)
        except ValueError as error:
            raise self.archive.refused(f"{MANIFEST} {error}") from None
        for path in manifest.paths():
            if path not in self.archive.entries:
                raise self.archive.refused(f"{MANIFEST} names {path}, which is not there")
        return manifest

    def _check_signature(self, name: str, content: bytes) -> None:
        if self._key is None:
            return
        try:
            check_signature(self._key, content, self.archive.read(f"{name}.minisig"))
        except NotVerifiedError as error:
            raise self.archive.refused(f"{name} {error}") from None
