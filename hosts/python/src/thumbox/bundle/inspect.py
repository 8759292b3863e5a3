"""What is in a bundle, and whether all of it verifies: `thumbox bundle show`."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from thumbox._errors import BundleError
from thumbox._terminal import shown
from thumbox.bundle.reader import MANIFEST, Bundle
from thumbox.bundle.signature import NotVerifiedError, PublicKey, check_signature

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Report", "lines", "report"]

SUMS = "SHA256SUMS"
_SIGNATURE = ".minisig"
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


@dataclass(frozen=True)
class File:
    """An entry, and what agrees with it."""

    path: str
    size: int
    sha256: str
    by: list[str]
    """Of "manifest.json" and "SHA256SUMS" those that name its checksum, and "signature" where its own one verifies."""


@dataclass
class Report:
    """What was found. `verified` only if a key was given and everything verifies by it."""

    file: str
    verified: bool = False
    problems: list[str] = field(default_factory=list)
    trusted_key: str | None = None
    carried_key: str | None = None
    bundle_version: str = ""
    plugin: dict[str, Any] = field(default_factory=dict)
    platforms: dict[str, dict[str, str]] = field(default_factory=dict)
    schemas: dict[str, str] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    build_info: dict[str, Any] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)


def report(path: Path, key: PublicKey | None) -> Report:
    """Looks at all of a bundle; BundleError where it cannot even be shown."""
    with Bundle(path, None) as bundle:
        manifest = bundle.manifest
        made = Report(
            file=str(path),
            trusted_key=key.text if key else None,
            carried_key=manifest.public_key,
            bundle_version=manifest.bundle_version,
            plugin=manifest.about["plugin"],
            platforms={
                platform: {name: one.path for name, one in sorted(variants.items())}
                for platform, variants in sorted(manifest.libraries.items())
            },
            schemas={name: one.path for name, one in sorted(manifest.schemas.items())},
            documents=manifest.documents,
            build_info=manifest.about["build_info"],
        )
        _Look(bundle, key, made).at_everything()
    made.verified = key is not None and not made.problems
    return made


class _Look:
    """At one bundle, with what vouches for its files."""

    def __init__(self, bundle: Bundle, key: PublicKey | None, made: Report) -> None:
        self._archive, self._key, self._made = bundle.archive, key, made
        manifest = bundle.manifest
        libraries = [one for variants in manifest.libraries.values() for one in variants.values()]
        self._signed = {MANIFEST, SUMS, *(one.path for one in libraries)}
        # A file may be named more than once, and every checksum has to hold.
        self._sums = [(MANIFEST, one.path, one.sha256) for one in [*libraries, *manifest.schemas.values()]]

    def at_everything(self) -> None:
        entries = self._archive.entries
        if SUMS in entries:
            self._sums += self._listed(self._archive.read(SUMS))
        for name in entries:
            if not name.endswith(_SIGNATURE):
                self._at(name)
            elif name.removesuffix(_SIGNATURE) not in entries:
                self._made.problems.append(f"{name} is a signature of nothing that is there")
        for by, name, _ in self._sums:
            if name not in entries:
                self._made.problems.append(f"{by} names {shown(name)}, which is not there")

    def _listed(self, content: bytes) -> Iterator[tuple[str, str, str]]:
        for number, line in enumerate(content.decode("latin-1").splitlines(), start=1):
            match = _LINE.fullmatch(line)
            if match:
                yield SUMS, match[2], match[1]
            else:
                # One is enough to know, and a list of a megabyte has room for very many.
                self._made.problems.append(f"{SUMS} has an invalid line {number}: {shown(line[:80])}")
                return

    def _at(self, name: str) -> None:
        try:
            content = self._archive.read(name)
        except BundleError as error:
            self._made.problems.append(error.message)
            return
        sha256 = hashlib.sha256(content).hexdigest()
        by = []
        for source in (MANIFEST, SUMS):
            told = {one for here, path, one in self._sums if (here, path) == (source, name)}
            if told == {sha256}:
                by.append(source)
            self._made.problems += [
                f"{name} has the SHA-256 {sha256}, and {source} says {one}" for one in sorted(told - {sha256})
            ]
        if not by and name not in (MANIFEST, SUMS):
            self._made.problems.append(f"{name} is named with a checksum by nothing that is signed")
        if self._key and self._is_signed(name, content, self._key):
            by.append("signature")
        self._made.files.append(File(name, len(content), sha256, by))

    def _is_signed(self, name: str, content: bytes, key: PublicKey) -> bool:
        """Whether its own signature verifies, which it has to if there is one. Libraries and lists of sums need one."""
        signature = name + _SIGNATURE
        try:
            if signature not in self._archive.entries:
                if name in self._signed:
                    self._made.problems.append(f"{name} has no signature")
                return False
            check_signature(key, content, self._archive.read(signature))
        except NotVerifiedError as error:
            self._made.problems.append(f"{name} {error}")
            return False
        except BundleError as error:
            self._made.problems.append(error.message)
            return False
        return True


def lines(made: Report) -> Iterator[str]:
    """The report for people. Everything that a stranger may have written is shown as a terminal may see it."""
    plugin = made.plugin
    yield shown(f"{plugin['name']} {plugin['version']}, a bundle of format {made.bundle_version}: {made.file}")
    yield from _verdict(made)
    yield ""
    yield "Variants"
    for platform, variants in made.platforms.items():
        yield f"  {platform}: {', '.join(variants)}"
    yield "Schemas"
    yield from (f"  {name}: {path}" for name, path in made.schemas.items())
    yield "SBOM, licence and notices"
    yield from (f"  {name}: {path}" for name, path in made.documents.items())
    yield "Build"
    about = {"license": plugin.get("license"), **made.build_info}
    yield from (f"  {shown(name)}: {shown(_words(value))}" for name, value in about.items() if value is not None)
    yield "Files: bytes, SHA-256, name, and what agrees with that"
    for file in made.files:
        by = ", ".join(file.by) or "nothing"
        yield f"  {file.size:>11,}  {file.sha256}  {file.path}  ({by})"


def _verdict(made: Report) -> Iterator[str]:
    carried = shown(made.carried_key or "none")
    if made.verified:
        yield f"VERIFIED: all of it is signed, or named by what is signed, with the key {made.trusted_key}"
        if made.carried_key != made.trusted_key:
            yield f"  It carries another key, which counts for nothing: {carried}"
        return
    if made.trusted_key is None:
        yield "NOT VERIFIED: no --public-key was given, so anybody may have made it"
    else:
        yield f"NOT VERIFIED by the key {made.trusted_key}"
    yield f"  The key that it carries, which proves nothing: {carried}"
    yield from (f"  {problem}" for problem in made.problems)


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(one)}" for name, one in value.items())
    return str(value)
