"""A bundle's manifest, parsed strictly: all that is read of it is checked, and unknown members are ignored.

Format: rustbridge's bundles, versions 1.0 and 1.1.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from thumbox.bundle.names import name_fault, shown_name

__all__ = ["Listed", "Manifest", "parse_manifest"]

VERSIONS = ("1.0", "1.1")
PLUGIN = "thumbox"
PLATFORMS = tuple(
    f"{system}-{machine}" for system in ("linux", "darwin", "windows") for machine in ("x86_64", "aarch64")
)

_PLUGIN_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?")
_VARIANT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,63}")
_LONGEST_NUMBER = 20
DEEPEST = 127
"""Objects and lists within each other: as many as the host for Rust reads."""
_CHECKSUM = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Listed:
    """A file of the bundle that the manifest names with its checksum."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What the manifest says; texts of `about` are for people and were not looked into."""

    bundle_version: str
    name: str
    version: str
    libraries: dict[str, dict[str, Listed]]
    """By platform and variant."""
    schemas: dict[str, Listed]
    documents: dict[str, str]
    """Paths of the SBOMs, the licence and the notices, by what they are."""
    public_key: str | None
    about: dict[str, Any]

    def paths(self) -> list[str]:
        """Every file that is named."""
        libraries = [one.path for variants in self.libraries.values() for one in variants.values()]
        return [*libraries, *(one.path for one in self.schemas.values()), *self.documents.values()]


def parse_manifest(content: bytes) -> Manifest:
    """The manifest in these bytes; ValueError says what is wrong with it."""
    try:
        whole = json.loads(content.decode(), object_pairs_hook=_once, parse_constant=_constant, parse_int=_integer)
        manifest = _Object("", _shallow(whole))
    except RecursionError:
        raise ValueError("is nested too deep") from None
    except UnicodeDecodeError:
        raise ValueError("is no UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error}") from None
    bundle_version = manifest.text("bundle_version")
    if bundle_version not in VERSIONS:
        raise ValueError(f"has the bundle_version {_shown(bundle_version)}; {' or '.join(VERSIONS)} is known")
    plugin = manifest.object("plugin")
    name = plugin.matching("name", _PLUGIN_NAME)
    if name != PLUGIN:
        raise ValueError(f'is of the plugin "{name}"; this host is for "{PLUGIN}"')
    version = plugin.matching("version", _VERSION)
    sbom = manifest.object("sbom", required=False)
    documents = {
        **{kind: sbom.path(kind, "sbom/") for kind in ("cyclonedx", "spdx") if sbom.has(kind)},
        **{kind: manifest.path(kind) for kind in ("license_file", "notices") if manifest.has(kind)},
    }
    return Manifest(
        bundle_version=bundle_version,
        name=name,
        version=version,
        libraries=_libraries(manifest.object("platforms")),
        schemas=_schemas(manifest.object("schemas", required=False)),
        documents=documents,
        public_key=manifest.text("public_key") if manifest.has("public_key") else None,
        about={
            "plugin": plugin.members,
            "build_info": manifest.object("build_info", required=False).members,
        },
    )


class _Object:
    """A JSON object and its name, for messages."""

    def __init__(self, name: str, members: object) -> None:
        if not isinstance(members, dict):
            raise ValueError(f"has {name} that is not an object" if name else "is not an object")  # noqa: TRY004 -- of the text, not of a call
        self.members: dict[str, Any] = members
        self._name = name

    def has(self, key: str) -> bool:
        return self.members.get(key) is not None

    def full(self, key: str) -> str:
        """The member's name from the top."""
        return f"{self._name}.{shown_name(key)}" if self._name else shown_name(key)

    def object(self, key: str, *, required: bool = True) -> _Object:
        if not required and not self.has(key):
            return _Object(self.full(key), {})
        if key not in self.members:
            raise ValueError(f"has no {self.full(key)}")
        return _Object(self.full(key), self.members[key])

    def objects(self) -> list[tuple[str, _Object]]:
        return [(key, self.object(key)) for key in self.members]

    def text(self, key: str) -> str:
        value = self.members.get(key)
        if not isinstance(value, str):
            what = "no" if value is None else "a value that is no text as its"
            raise ValueError(f"has {what} {self.full(key)}")  # noqa: TRY004 -- as above
        return value

    def matching(self, key: str, pattern: re.Pattern[str]) -> str:
        value = self.text(key)
        if not pattern.fullmatch(value):
            raise ValueError(f"has {_shown(value)} as its {self.full(key)}, which is not allowed there")
        return value

    def path(self, key: str, folder: str = "") -> str:
        value = self.text(key)
        wrong = name_fault(value)
        if wrong:
            raise ValueError(f"names {_shown(value)} as its {self.full(key)}, which {wrong}")
        if not value.startswith(folder):
            raise ValueError(f"names {_shown(value)} as its {self.full(key)}, which is not below {folder}")
        return value

    def listed(self, key: str, folder: str) -> Listed:
        path = self.path(key, folder)
        checksum = self.matching("checksum", _CHECKSUM)
        return Listed(path, checksum.removeprefix("sha256:"))


def _libraries(platforms: _Object) -> dict[str, dict[str, Listed]]:
    libraries: dict[str, dict[str, Listed]] = {}
    for key, platform in platforms.objects():
        if key not in PLATFORMS:
            raise ValueError(f"has the platform {_shown(key)}; {', '.join(PLATFORMS)} are known")
        libraries[key] = {}
        for name, variant in platform.object("variants").objects():
            if not _VARIANT.fullmatch(name):
                raise ValueError(f"has the variant {_shown(name)} for {key}, which is not allowed there")
            libraries[key][name] = variant.listed("library", "lib/")
    if not libraries:
        raise ValueError("has no platforms")
    return libraries


def _schemas(schemas: _Object) -> dict[str, Listed]:
    listed = {}
    for name, schema in schemas.objects():
        wrong = name_fault(name)
        if wrong or "/" in name:
            raise ValueError(f"has the schema {_shown(name)}, which {wrong or 'is no plain name'}")
        listed[name] = schema.listed("path", "schema/")
    return listed


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"has {_shown(key)} twice in one object")
            seen.add(key)
    return members


def _shallow(value: object) -> object:
    """The value, if it is nested no deeper than every reader goes."""
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [
            member
            for one in level
            if isinstance(one, (dict, list))
            for member in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return value
    if any(isinstance(one, (dict, list)) for one in level):
        raise ValueError("is nested too deep")
    return value


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError(f"is not JSON: it has a number of {len(digits)} digits")
    return int(digits)


def _constant(name: str) -> None:
    raise ValueError(f"is not JSON: it has {name}")


def _shown(text: str) -> str:
    return f'"{shown_name(text)}"'
