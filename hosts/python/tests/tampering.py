"""Bundles that have to be refused, each with its reason. The bundles stand in hosts/tampered for the Rust host, too.

`python tampering.py` writes them anew.
"""

from __future__ import annotations

import base64
import json
import shutil
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bundles import (
    ATTACKER,
    COMPONENT,
    FEW,
    FORGED,
    MODULE,
    PINNED,
    PLATFORMS,
    SHARED,
    Entry,
    Parts,
    Zip,
    bundle,
    deflated_zeros,
    library,
    small,
)

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parents[2] / "tampered"
MIB = 1 << 20


class Case(NamedTuple):
    """A bundle, the variant of it that is asked for, and what the refusal says."""

    name: str
    content: bytes
    words: str
    variant: str = "wasm"


def cases() -> list[Case]:
    """Every case."""
    made = [*_signatures(), *_names(), *_kinds(), *_manifests(), *_structure(), *_sizes()]
    assert len({case.name for case in made}) == len(made)
    return made


# Who signed what


def _signatures() -> list[Case]:
    pinned, attacker = (_number(key.key_id) for key in (PINNED, ATTACKER))
    other = f"is signed with the key {attacker}, and the key {pinned} is the trusted one"
    not_by = f"has a signature that is not of its content and comment by the key {pinned}"
    none = "has a signature file that is none of minisign's"
    manifest = json.dumps(small().manifest).encode()
    native = "lib/linux-x86_64/release/libthumbox.so"
    whole = small(PLATFORMS).files
    everywhere = [path for path in whole if "/release/" in path]

    def signature(text: Callable[[str], str]) -> Parts:
        return _parts(
            signatures={"manifest.json.minisig": text(PINNED.sign("manifest.json", manifest).decode()).encode()}
        )

    def line(number: int, content: str) -> Parts:
        return signature(lambda text: "\n".join([*text.split("\n")[:number], content, *text.split("\n")[number + 1 :]]))

    swapped = small()
    swapped.manifest["public_key"] = ATTACKER.text
    swapped.signatures = {"manifest.json.minisig": PINNED.sign("manifest.json", manifest)}
    resigned = bundle(COMPONENT + b"!", {one: library(one) for one in FEW}, ATTACKER)
    forged = bundle(COMPONENT + b"!", {one: library(one) for one in FEW}, FORGED)
    unlisted = small()
    unlisted.files[SHARED] = COMPONENT + b"!"
    return [
        _case("component-changed", _parts(changed={SHARED: COMPONENT + b"!"}), f"{SHARED} {not_by}"),
        _case(
            "library-changed",
            _parts(PLATFORMS, changed={path: whole[path] + b"!" for path in everywhere}),
            not_by,
            "native",
        ),
        _case("component-signed-anew", unlisted, f"{SHARED} has the SHA-256 "),
        _case("manifest-changed", _parts(changed={"manifest.json": manifest + b" "}), f"manifest.json {not_by}"),
        _case(
            "manifest-not-signed",
            _parts(signatures={"manifest.json.minisig": None}),
            "it has no manifest.json.minisig",
        ),
        _case("component-not-signed", _parts(signatures={f"{SHARED}.minisig": None}), f"it has no {SHARED}.minisig"),
        _case(
            "library-not-signed",
            _parts(PLATFORMS, signatures={f"{path}.minisig": None for path in everywhere}),
            "it has no lib/",
            "native",
        ),
        _case("signed-by-another", _parts(key=ATTACKER), f"manifest.json {other}"),
        _case("signed-by-another-with-its-key-inside", resigned, f"manifest.json {other}"),
        _case("signed-by-another-under-the-same-number", forged, f"manifest.json {not_by}"),
        _case("key-swapped", swapped, f"manifest.json {not_by}"),
        _case(
            "component-signed-by-another",
            _parts(signatures={f"{SHARED}.minisig": ATTACKER.sign(SHARED, COMPONENT)}),
            f"{SHARED} {other}",
        ),
        _case(
            "signature-of-another-file",
            _parts(signatures={f"{SHARED}.minisig": PINNED.sign(native, library("linux-x86_64"))}),
            f"{SHARED} {not_by}",
        ),
        _case(
            "signature-of-the-old-kind",
            _parts(signatures={"manifest.json.minisig": PINNED.sign("manifest.json", manifest, b"Ed")}),
            "manifest.json has a signature of the old kind, which is not prehashed",
        ),
        _case(
            "signature-of-no-kind",
            _parts(signatures={"manifest.json.minisig": PINNED.sign("manifest.json", manifest, b"XX")}),
            "manifest.json has a signature of the unknown kind 58 58",
        ),
        _case(
            "trusted-comment-changed",
            signature(lambda text: text.replace("thumbox 0.1.0", "thumbox 9.9.9")),
            f"manifest.json {not_by}",
        ),
        _case("signature-empty", signature(lambda _: ""), f"manifest.json {none}"),
        _case("signature-of-two-lines", signature(lambda text: "\n".join(text.split("\n")[:2])), none),
        _case("signature-with-a-line-more", signature(lambda text: text + "more\n"), none),
        _case("signature-that-is-no-base64", line(1, "RW!"), none),
        _case("signature-too-short", line(1, base64.b64encode(b"ED" + bytes(71)).decode()), none),
        _case("global-signature-too-long", line(3, base64.b64encode(bytes(65)).decode()), none),
        _case("signature-that-is-no-text", _parts(signatures={"manifest.json.minisig": b"\xff\xfe"}), none),
        _case(
            "signature-too-long",
            _parts(signatures={"manifest.json.minisig": bytes(4097)}),
            "the entry manifest.json.minisig claims 4097 bytes; 4096 are allowed",
        ),
    ]


# Names


BAD_NAMES = {
    "traversal": ("../../evil.so", "has '.' or '..' in its name"),
    "traversal-inside": ("lib/../../evil.so", "has '.' or '..' in its name"),
    "traversal-by-backslash": ("lib\\..\\..\\evil.dll", "has '.' or '..' in its name"),
    "dot": ("lib/./evil.so", "has '.' or '..' in its name"),
    "absolute": ("/etc/evil.so", "has an absolute name"),
    "absolute-by-backslash": ("\\\\host\\share\\evil.dll", "has an absolute name"),
    "drive": ("C:\\evil.dll", "has an absolute name"),
    "drive-relative": ("c:evil.dll", "has an absolute name"),
    "backslash": ("lib\\evil.dll", "has a name with other characters than letters, digits and ._+-/"),
    "nul": ("lib/evil.so\0.txt", "has a control character in its name"),
    "control": ("lib/evil\x1b[2J.so", "has a control character in its name"),
    "two-slashes": ("lib//evil.so", "has a name with other characters than letters, digits and ._+-/"),
    "no-ascii": ("lib/\xe9vil.so", "has a name with other characters than letters, digits and ._+-/"),
    "space": ("lib/evil .so", "has a name with other characters than letters, digits and ._+-/"),
    "empty": ("", "has a name of 0 bytes; 1 to 255 are allowed"),
    "long": ("lib/" + "a" * 252, "has a name of 256 bytes; 1 to 255 are allowed"),
    "folder": ("lib/evil/", "is a folder"),
}


def _names() -> list[Case]:
    made = []
    for fault, (name, words) in BAD_NAMES.items():
        made.append(_zip_case(f"entry-name-{fault}", [*small().entries(), Entry(name, b"evil")], words))
        made.append(
            _manifest_case(
                f"library-name-{fault}",
                _set("platforms", "linux-x86_64", "variants", "release", "library", to=name),
                f"platforms.linux-x86_64.variants.release.library, which {words}",
            )
        )
        made.append(
            _manifest_case(
                f"schema-path-{fault}",
                _set("schemas", "thumbox.h", "path", to=name),
                f"schemas.thumbox.h.path, which {words}",
            )
        )
        made.append(_manifest_case(f"schema-name-{fault}", _rename(name), f", which {words}"))
        made.append(
            _manifest_case(
                f"plugin-name-{fault}",
                _set("plugin", "name", to=name),
                "as its plugin.name, which is not allowed there",
            )
        )
    return [
        *made,
        _zip_case(
            "entry-elsewhere",
            [*small().entries(), Entry("etc/evil", b"evil")],
            "the entry etc/evil is none that a bundle has",
        ),
        _zip_case(
            "entry-beside", [*small().entries(), Entry("evil", b"evil")], "the entry evil is none that a bundle has"
        ),
        _zip_case(
            "entry-instead-of-a-folder",
            [*small().entries(), Entry("lib", b"evil")],
            "the entry lib is none that a bundle has",
        ),
        _manifest_case("schema-name-with-a-folder", _rename("a/b"), 'has the schema "a/b", which is no plain name'),
        _manifest_case(
            "schema-path-elsewhere",
            _set("schemas", "thumbox.h", "path", to=SHARED),
            "schemas.thumbox.h.path, which is not below schema/",
        ),
        _manifest_case(
            "library-elsewhere",
            _set("platforms", "linux-x86_64", "variants", "release", "library", to="docs/README.md"),
            "which is not below lib/",
        ),
        _manifest_case(
            "library-that-is-not-there",
            _set("platforms", "linux-x86_64", "variants", "release", "library", to="lib/evil.so"),
            "manifest.json names lib/evil.so, which is not there",
        ),
        _manifest_case(
            "schema-that-is-not-there",
            _set("schemas", "thumbox.h", "path", to="schema/evil.h"),
            "manifest.json names schema/evil.h, which is not there",
        ),
        _manifest_case(
            "sbom-traversal",
            _set("sbom", "cyclonedx", to="sbom/../../evil"),
            "sbom.cyclonedx, which has '.' or '..' in its name",
        ),
        _manifest_case(
            "licence-traversal", _set("license_file", to="../evil"), "license_file, which has '.' or '..' in its name"
        ),
        _manifest_case("notices-absolute", _set("notices", to="/etc/passwd"), "notices, which has an absolute name"),
        _manifest_case(
            "plugin-of-another",
            _set("plugin", "name", to="other"),
            'is of the plugin "other"; this host is for "thumbox"',
        ),
        _zip_case(
            "entry-twice",
            [*small().entries(), Entry("docs/README.md", b"again")],
            "the entry docs/README.md is there twice",
        ),
        _zip_case(
            "manifest-twice",
            [*small().entries(), Entry("manifest.json", b"{}")],
            "the entry manifest.json is there twice",
        ),
        _zip_case(
            "entry-twice-in-other-letters",
            [*small().entries(), Entry("docs/readme.MD", b"again")],
            "the entry docs/readme.MD is there twice",
        ),
    ]


# What is a library, and for whom


def _kinds() -> list[Case]:
    here = {one: library(one) for one in PLATFORMS}
    elf = small()
    for platform in FEW:
        variants = elf.manifest["platforms"][platform]["variants"]
        variants["wasm-component"] = variants["release"]

    def native(content: dict[str, bytes]) -> Parts:
        return bundle(COMPONENT, content)

    swapped = dict(zip(PLATFORMS, [here[one] for one in [*PLATFORMS[1:], PLATFORMS[0]]], strict=True))
    without = small()
    without.manifest["platforms"] = {"windows-aarch64": without.manifest["platforms"]["windows-aarch64"]}
    no_component = small()
    for platform in FEW:
        del no_component.manifest["platforms"][platform]["variants"]["wasm-component"]
    component = "and should be a WebAssembly component"
    return [
        _case("library-instead-of-the-component", elf, f", {component}"),
        _case(
            "module-instead-of-the-component",
            bundle(MODULE, here),
            f"{SHARED} is a WebAssembly module that is no component, {component}",
        ),
        _case(
            "text-instead-of-the-component",
            bundle(b"#!/bin/sh\n", here),
            f"{SHARED} is a file that starts with 23 21 2f 62 69 6e 2f 73, {component}",
        ),
        _case(
            "nothing-instead-of-the-component",
            bundle(b"", here),
            f"{SHARED} is a file that starts with nothing, {component}",
        ),
        _case(
            "component-instead-of-the-library",
            native(dict.fromkeys(PLATFORMS, COMPONENT)),
            "is a WebAssembly component, and should be a library for ",
            "native",
        ),
        _case(
            "program-instead-of-the-library",
            native({one: library(one, 2) for one in PLATFORMS}),
            ", and should be a library for ",
            "native",
        ),
        _case(
            "library-cut-off",
            native({one: here[one][:-4] for one in PLATFORMS}),
            ", and should be a library for ",
            "native",
        ),
        _case("library-of-another-platform", native(swapped), ", and should be a library for ", "native"),
        _case("no-library-for-this-platform", without, "it has windows-aarch64 (release, wasm-component)", "native"),
        _case("no-component", no_component, 'it has no variant "wasm-component" for '),
        _case("no-sandbox-library", small(), 'it has no variant "sandbox" for ', "sandbox"),
    ]


# Manifests, which are signed all the same


def _manifests() -> list[Case]:
    raw = {
        "empty": (b"", "is no JSON"),
        "no-json": (b"{bundle_version: 1.0}", "is no JSON"),
        "cut-off": (b'{"bundle_version": "1.0"', "is no JSON"),
        "two": (b"{} {}", "is no JSON"),
        "no-number": (b'{"bundle_version": NaN}', "is no JSON"),
        "no-text": (b'{"bundle_version": "\xff"}', "is no"),
        "list": (b"[]", "has a whole that is no object"),
        "null": (b"null", "has a whole that is no object"),
        "nothing-in-it": (b"{}", "has no bundle_version"),
        "key-twice": (
            b'{"bundle_version": "1.0", "bundle_version": "1.1"}',
            'has "bundle_version" twice in one object',
        ),
        "deep": (b"[" * 20_000 + b"]" * 20_000, "is nested too deep"),
        "deep-objects": (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "is nested too deep"),
    }
    release = ("platforms", "linux-x86_64", "variants", "release")
    return [
        *(
            _case(f"manifest-{name}", _parts(raw_manifest=content), f"manifest.json {words}")
            for name, (content, words) in raw.items()
        ),
        _manifest_case(
            "version-2", _set("bundle_version", to="2.0"), 'has the bundle_version "2.0"; 1.0 or 1.1 is known'
        ),
        _manifest_case(
            "version-number", _set("bundle_version", to=1.0), "has a value that is no text as its bundle_version"
        ),
        _manifest_case("plugin-missing", _without("plugin"), "has no plugin"),
        _manifest_case("plugin-text", _set("plugin", to="thumbox"), "has plugin that is no object"),
        _manifest_case(
            "plugin-name-number", _set("plugin", "name", to=5), "has a value that is no text as its plugin.name"
        ),
        _manifest_case("plugin-version-missing", _without("plugin", "version"), "has no plugin.version"),
        _manifest_case(
            "plugin-version-path",
            _set("plugin", "version", to="../1"),
            "as its plugin.version, which is not allowed there",
        ),
        _manifest_case("platforms-missing", _without("platforms"), "has no platforms"),
        _manifest_case("platforms-empty", _set("platforms", to={}), "has no platforms"),
        _manifest_case("platforms-list", _set("platforms", to=[]), "has platforms that is no object"),
        _manifest_case(
            "platform-unknown",
            _set("platforms", "beos-m68k", to={"variants": {}}),
            'has the platform "beos-m68k"; linux-x86_64, ',
        ),
        _manifest_case(
            "platform-traversal",
            _set("platforms", "../..", to={"variants": {}}),
            'has the platform "../.."; linux-x86_64, ',
        ),
        _manifest_case(
            "variants-missing", _set("platforms", "linux-x86_64", to={}), "has no platforms.linux-x86_64.variants"
        ),
        _manifest_case(
            "variant-null", _set(*release, to=None), "has platforms.linux-x86_64.variants.release that is no object"
        ),
        _manifest_case(
            "variant-traversal",
            _set("platforms", "linux-x86_64", "variants", "../../x", to={}),
            'has the variant "../../x" for linux-x86_64, which is not allowed there',
        ),
        _manifest_case(
            "checksum-missing",
            _without(*release, "checksum"),
            "has no platforms.linux-x86_64.variants.release.checksum",
        ),
        _manifest_case(
            "checksum-of-another-kind",
            _set(*release, "checksum", to="md5:" + "0" * 32),
            "release.checksum, which is not allowed there",
        ),
        _manifest_case(
            "checksum-too-short",
            _set(*release, "checksum", to="sha256:00"),
            "release.checksum, which is not allowed there",
        ),
        _manifest_case(
            "checksum-of-another",
            _set(
                "platforms",
                "linux-x86_64",
                "variants",
                "wasm-component",
                "checksum",
                to="sha256:" + "0" * 64,
                everywhere=True,
            ),
            f"{SHARED} has the SHA-256 ",
        ),
        _manifest_case("schemas-list", _set("schemas", to=[1]), "has schemas that is no object"),
        _manifest_case("schema-text", _set("schemas", "thumbox.h", to="x"), "has schemas.thumbox.h that is no object"),
        _manifest_case("public-key-number", _set("public_key", to=5), "has a value that is no text as its public_key"),
        _manifest_case("build-info-text", _set("build_info", to="x"), "has build_info that is no object"),
        _manifest_case("manifest-deep-by-one", _set("build_info", to=nested(127)), "is nested too deep"),
    ]


def nested(depth: int) -> dict[str, Any]:
    """So many objects within each other."""
    whole: dict[str, Any] = {}
    for _ in range(depth - 1):
        whole = {"a": whole}
    return whole


# The zip


def _structure() -> list[Case]:
    good = small().bytes()
    entries = small().entries

    def last(**fields: Any) -> list[Entry]:
        return [*entries(), Entry("docs/evil", b"evil", **fields)]

    at_manifest = last()
    at_manifest[-1].start = 0
    return [
        Case("zip-empty", b"", "it has 0 bytes, and is no zip"),
        Case("zip-of-nothing", Zip([]).bytes(), "it has no manifest.json"),
        Case("zip-without-a-manifest", Zip(entries()[1:]).bytes(), "it has no manifest.json"),
        Case("zip-text", b"This is no zip, but a text.", "it does not end with a zip's directory"),
        Case("zip-cut-off", good[:-1], "it does not end with a zip's directory"),
        Case("zip-half", good[: len(good) // 2], "it does not end with a zip's directory"),
        Case("zip-data-behind", Zip(entries(), behind=b"more").bytes(), "it does not end with a zip's directory"),
        Case("zip-comment", Zip(entries(), comment=b"PK\5\6").bytes(), "it does not end with a zip's directory"),
        Case("zip-data-before", b"#!/bin/sh\n" + good, "data was added"),
        Case(
            "zip-data-before-and-places-corrected",
            Zip(entries(), before=b"#!/bin/sh\n").bytes(),
            "10 bytes before the entry manifest.json belong to no entry",
        ),
        Case(
            "zip-data-between",
            Zip(last(hidden=b"gap")).bytes(),
            "3 bytes before the entry docs/evil belong to no entry",
        ),
        Case(
            "zip-entry-that-is-not-listed",
            Zip(last(is_listed=False)).bytes(),
            "bytes before the directory belong to no entry",
        ),
        Case("zip-in-parts", Zip(entries(), disk=1).bytes(), "it is a part of a zip in several parts"),
        Case(
            "zip-count-too-large",
            Zip(entries(), count=len(entries()) + 1).bytes(),
            "its directory has no entry at byte ",
        ),
        Case("zip-count-too-small", Zip(entries(), count=len(entries()) - 1).bytes(), "bytes more"),
        Case("zip-too-many-entries", Zip(entries(), count=1001).bytes(), "its directory has 1001 entries"),
        Case("zip-directory-with-more", Zip(entries(), extra_directory=b"more").bytes(), "has 4 bytes more"),
        Case(
            "zip-64-sizes", Zip(last(size=0xFFFF_FFFF, method=8)).bytes(), "the entry docs/evil claims 4294967295 bytes"
        ),
        *(
            Case(f"entry-{name}", Zip(last(**more)).bytes(), "the entry docs/evil has an extra field or a comment")
            for name, more in {
                "extra": {"extra": b"up\5\0\1\0\0\0\0"},
                "local-extra": {"local_extra": good},
                "comment": {"comment": good[-22:]},
            }.items()
        ),
        Case("entry-link", Zip(last(mode=0o120777)).bytes(), "the entry docs/evil is a symbolic link"),
        Case(
            "entry-link-to-a-library",
            Zip([*(e for e in entries() if e.name != SHARED), Entry(SHARED, b"/etc/passwd", mode=0o120777)]).bytes(),
            f"the entry {SHARED} is a symbolic link",
        ),
        Case("entry-folder-by-mode", Zip(last(mode=0o040755)).bytes(), "the entry docs/evil is a folder"),
        Case("entry-folder-by-attribute", Zip(last(dos=0x10)).bytes(), "the entry docs/evil is a folder"),
        Case("entry-device", Zip(last(mode=0o020666)).bytes(), "the entry docs/evil is no regular file"),
        Case("entry-pipe", Zip(last(mode=0o010666)).bytes(), "the entry docs/evil is a pipe"),
        Case("entry-encrypted", Zip(last(flags=1)).bytes(), "the entry docs/evil is encrypted"),
        Case("entry-strongly-encrypted", Zip(last(flags=0x41)).bytes(), "the entry docs/evil is encrypted"),
        Case(
            "entry-size-behind-it",
            Zip(last(flags=8)).bytes(),
            "the entry docs/evil has its sizes behind its data (flag 3)",
        ),
        Case(
            "entry-flag-unknown",
            Zip(last(flags=0x8000)).bytes(),
            "the entry docs/evil has flags 0x8000; 0x0806 are allowed",
        ),
        Case(
            "entry-packed-otherwise",
            Zip(last(method=93)).bytes(),
            "the entry docs/evil is packed by method 93; 0 (stored) or 8 (deflated) is allowed",
        ),
        Case(
            "entry-with-two-names",
            Zip(last(local_name="docs/good")).bytes(),
            "the entry docs/evil has two headers that do not say the same",
        ),
        Case(
            "entry-with-two-sizes",
            Zip(last(local_size=5)).bytes(),
            "the entry docs/evil has two headers that do not say the same",
        ),
        Case("entry-in-another", Zip(at_manifest).bytes(), "overlaps with another"),
        Case(
            "entry-beyond-the-end",
            Zip(last(start=1 << 24)).bytes(),
            "bytes before the entry docs/evil belong to no entry",
        ),
        Case("entry-over-the-directory", _over_the_directory(), "the entry docs/evil overlaps with the directory"),
        Case(
            "entry-damaged",
            Zip([Entry(e.name, e.content, crc=1 if e.name == "manifest.json" else None) for e in entries()]).bytes(),
            "manifest.json is damaged: its CRC-32 is ",
        ),
        Case(
            "entry-deflated-badly", Zip(_with_manifest(packed=b"\xff\xff")).bytes(), "manifest.json cannot be unpacked"
        ),
        Case(
            "entry-deflated-and-cut-off",
            Zip(_with_manifest(packed=deflated_zeros(5000)[:-3], size=5000)).bytes(),
            "manifest.json cannot be unpacked",
        ),
        Case(
            "entry-deflated-with-data-behind",
            Zip(_with_manifest(packed=deflated_zeros(5000) + b"more", size=5000)).bytes(),
            "manifest.json cannot be unpacked",
        ),
    ]


def _sizes() -> list[Case]:
    bomb = deflated_zeros(MIB)
    entries = small().entries()
    docs = Entry("docs/evil", b"", packed=bomb, size=MIB, method=8)
    huge = Entry("lib/any/evil", b"", packed=bomb, size=300 * MIB, method=8)
    return [
        _zip_case(
            "bomb",
            [*entries, docs],
            f"the entry docs/evil claims {MIB} bytes from {len(bomb)}; at most 100 times as many are allowed",
        ),
        _zip_case(
            "bomb-that-lies",
            _with_manifest(packed=bomb, size=1000),
            "manifest.json unpacks to more than the 1000 bytes that it claims",
        ),
        _zip_case(
            "bomb-that-lies-by-one",
            _with_manifest(packed=deflated_zeros(5001), size=5000),
            "manifest.json unpacks to more than the 5000 bytes that it claims",
        ),
        _zip_case(
            "entry-shorter-than-it-claims",
            _with_manifest(packed=deflated_zeros(5000), size=5001),
            "manifest.json unpacks to 5000 bytes, and claims 5001",
        ),
        _zip_case(
            "library-too-large",
            [*entries, huge],
            f"the entry lib/any/evil claims {300 * MIB} bytes; {256 * MIB} are allowed",
        ),
        _zip_case(
            "manifest-too-large",
            _with_manifest(packed=bomb, size=2 * MIB),
            f"the entry manifest.json claims {2 * MIB} bytes; {MIB} are allowed",
        ),
        _zip_case(
            "entry-stored-shorter-than-it-claims",
            [*entries, Entry("docs/evil", b"evil", size=5)],
            "the entry docs/evil is stored in 4 bytes, and claims 5",
        ),
    ]


def _over_the_directory() -> bytes:
    entry = Entry("docs/evil", b"evil" * 50)
    content = bytearray(Zip([*small().entries(), entry]).bytes())
    # Both of its headers, and the end of the directory, say that the data goes on.
    directory = struct.unpack_from("<I", content, len(content) - 6)[0]
    for signature, place in ((b"PK\3\4", 18), (b"PK\1\2", 20)):
        header = content.rindex(b"docs/evil", 0, directory if signature == b"PK\3\4" else len(content))
        header = content.rindex(signature, 0, header)
        struct.pack_into("<II", content, header + place, 210, 210)
    return bytes(content)


def _with_manifest(packed: bytes, size: int = 100) -> list[Entry]:
    """The small bundle with another manifest, deflated. It fails before its signature is looked at."""
    return [Entry("manifest.json", b"", packed=packed, size=size, method=8), *small().entries()[1:]]


# Helpers


def _parts(platforms: tuple[str, ...] = FEW, **fields: Any) -> Parts:
    parts = small(platforms)
    for name, value in fields.items():
        setattr(parts, name, value)
    return parts


def _case(name: str, parts: Parts, words: str, variant: str = "wasm") -> Case:
    return Case(name, parts.bytes(), words, variant)


def _zip_case(name: str, entries: list[Entry], words: str) -> Case:
    return Case(name, Zip(entries).bytes(), words)


def _manifest_case(name: str, change: Callable[[dict[str, Any]], None], words: str) -> Case:
    parts = small()
    change(parts.manifest)
    return Case(name, parts.bytes(), words)


def _set(*keys: str, to: Any, everywhere: bool = False) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        for platform in FEW if everywhere else [None]:
            place = manifest
            for key in keys[:-1]:
                place = place[platform if platform and key in FEW else key]
            place[keys[-1]] = to

    return change


def _without(*keys: str) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        for key in keys[:-1]:
            manifest = manifest[key]
        del manifest[keys[-1]]

    return change


def _rename(name: str) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        manifest["schemas"] = {name: manifest["schemas"]["thumbox.h"]}

    return change


def _number(key_id: bytes) -> str:
    return key_id[::-1].hex().upper()


def files() -> dict[str, bytes]:
    """What stands in the folder."""
    made = {f"{case.name}.rbp": case.content for case in cases()}
    good = small()
    # As deep as every reader goes.
    good.manifest["build_info"] = nested(126)
    made["good.rbp"] = good.bytes()
    made["pinned.pub"] = PINNED.file.encode()
    table = "".join(f"{case.name}\t{case.variant}\t{case.words}\n" for case in cases())
    made["cases.tsv"] = table.encode()
    return made


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)
