"""Bundles whose signatures, names or manifest are wrong."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

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
    bundle,
    library,
    small,
)
from tampering_cases import (
    Case,
    bundle_case,
    key_number,
    manifest_case,
    removing,
    renaming_schema,
    setting,
    small_with,
    zip_case,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def signatures() -> list[Case]:
    """Who signed what."""
    pinned, attacker = (key_number(key.key_id) for key in (PINNED, ATTACKER))
    other = f"is signed with the key {attacker}, and the key {pinned} is the trusted one"
    not_by = f"has a signature that is not of its content and comment by the key {pinned}"
    manifest = json.dumps(small().manifest).encode()
    native = "lib/linux-x86_64/release/libthumbox.so"
    whole = small(PLATFORMS).files
    everywhere = [path for path in whole if "/release/" in path]
    swapped = small()
    swapped.manifest["public_key"] = ATTACKER.text
    swapped.signatures = {"manifest.json.minisig": PINNED.sign("manifest.json", manifest)}
    resigned = bundle(COMPONENT + b"!", {one: library(one) for one in FEW}, ATTACKER)
    forged = bundle(COMPONENT + b"!", {one: library(one) for one in FEW}, FORGED)
    unlisted = small()
    unlisted.files[SHARED] = COMPONENT + b"!"
    return [
        bundle_case("component-changed", small_with(changed={SHARED: COMPONENT + b"!"}), f"{SHARED} {not_by}"),
        bundle_case(
            "library-changed",
            small_with(PLATFORMS, changed={path: whole[path] + b"!" for path in everywhere}),
            not_by,
            "native",
        ),
        bundle_case("component-signed-anew", unlisted, f"{SHARED} has the SHA-256 "),
        bundle_case(
            "manifest-changed", small_with(changed={"manifest.json": manifest + b" "}), f"manifest.json {not_by}"
        ),
        bundle_case(
            "manifest-not-signed",
            small_with(signatures={"manifest.json.minisig": None}),
            "it has no manifest.json.minisig",
        ),
        bundle_case(
            "component-not-signed", small_with(signatures={f"{SHARED}.minisig": None}), f"it has no {SHARED}.minisig"
        ),
        bundle_case(
            "library-not-signed",
            small_with(PLATFORMS, signatures={f"{path}.minisig": None for path in everywhere}),
            "it has no lib/",
            "native",
        ),
        bundle_case("signed-by-another", small_with(key=ATTACKER), f"manifest.json {other}"),
        bundle_case("signed-by-another-with-its-key-inside", resigned, f"manifest.json {other}"),
        bundle_case("signed-by-another-under-the-same-number", forged, f"manifest.json {not_by}"),
        bundle_case("key-swapped", swapped, f"manifest.json {not_by}"),
        bundle_case(
            "component-signed-by-another",
            small_with(signatures={f"{SHARED}.minisig": ATTACKER.sign(SHARED, COMPONENT)}),
            f"{SHARED} {other}",
        ),
        bundle_case(
            "signature-of-another-file",
            small_with(signatures={f"{SHARED}.minisig": PINNED.sign(native, library("linux-x86_64"))}),
            f"{SHARED} {not_by}",
        ),
        bundle_case(
            "signature-of-the-old-kind",
            small_with(signatures={"manifest.json.minisig": PINNED.sign("manifest.json", manifest, b"Ed")}),
            "manifest.json has a signature of the old kind, which is not prehashed",
        ),
        bundle_case(
            "signature-of-no-kind",
            small_with(signatures={"manifest.json.minisig": PINNED.sign("manifest.json", manifest, b"XX")}),
            "manifest.json has a signature of the unknown kind 58 58",
        ),
        bundle_case(
            "trusted-comment-changed",
            small_with(
                signatures={
                    "manifest.json.minisig": signed_manifest().replace("thumbox 0.1.0", "thumbox 9.9.9").encode()
                }
            ),
            f"manifest.json {not_by}",
        ),
    ]


def signature_files() -> list[Case]:
    """What is no signature file."""
    none = "has an invalid minisign signature file"

    def signature(text: Callable[[str], str]) -> Parts:
        return small_with(signatures={"manifest.json.minisig": text(signed_manifest()).encode()})

    def line(number: int, content: str) -> Parts:
        return signature(lambda text: "\n".join([*text.split("\n")[:number], content, *text.split("\n")[number + 1 :]]))

    return [
        bundle_case("signature-empty", signature(lambda _: ""), f"manifest.json {none}"),
        bundle_case("signature-of-two-lines", signature(lambda text: "\n".join(text.split("\n")[:2])), none),
        bundle_case("signature-with-a-line-more", signature(lambda text: text + "more\n"), none),
        bundle_case("signature-that-is-no-base64", line(1, "RW!"), none),
        bundle_case("signature-too-short", line(1, base64.b64encode(b"ED" + bytes(71)).decode()), none),
        bundle_case("global-signature-too-long", line(3, base64.b64encode(bytes(65)).decode()), none),
        bundle_case("signature-that-is-no-text", small_with(signatures={"manifest.json.minisig": b"\xff\xfe"}), none),
        bundle_case(
            "signature-too-long",
            small_with(signatures={"manifest.json.minisig": bytes(4097)}),
            "the entry manifest.json.minisig claims 4097 bytes; 4096 are allowed",
        ),
    ]


def signed_manifest() -> str:
    """The signature file of the small bundle's manifest."""
    return PINNED.sign("manifest.json", json.dumps(small().manifest).encode()).decode()


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


def names() -> list[Case]:
    """Names of entries, libraries, schemas and documents."""
    made = []
    for fault, (name, words) in BAD_NAMES.items():
        made.append(zip_case(f"entry-name-{fault}", [*small().entries(), Entry(name, b"evil")], words))
        made.append(
            manifest_case(
                f"library-name-{fault}",
                setting("platforms", "linux-x86_64", "variants", "release", "library", to=name),
                f"platforms.linux-x86_64.variants.release.library, which {words}",
            )
        )
        made.append(
            manifest_case(
                f"schema-path-{fault}",
                setting("schemas", "thumbox.h", "path", to=name),
                f"schemas.thumbox.h.path, which {words}",
            )
        )
        made.append(manifest_case(f"schema-name-{fault}", renaming_schema(name), f", which {words}"))
        made.append(
            manifest_case(
                f"plugin-name-{fault}",
                setting("plugin", "name", to=name),
                "as its plugin.name, which is not allowed there",
            )
        )
    return made


def places() -> list[Case]:
    """Names that are allowed somewhere else, or only once."""
    return [
        zip_case(
            "entry-elsewhere",
            [*small().entries(), Entry("etc/evil", b"evil")],
            "unexpected entry etc/evil",
        ),
        zip_case("entry-beside", [*small().entries(), Entry("evil", b"evil")], "unexpected entry evil"),
        zip_case(
            "entry-instead-of-a-folder",
            [*small().entries(), Entry("lib", b"evil")],
            "unexpected entry lib",
        ),
        manifest_case(
            "schema-name-with-a-folder", renaming_schema("a/b"), 'has the schema "a/b", which is no plain name'
        ),
        manifest_case(
            "schema-path-elsewhere",
            setting("schemas", "thumbox.h", "path", to=SHARED),
            "schemas.thumbox.h.path, which is not below schema/",
        ),
        manifest_case(
            "library-elsewhere",
            setting("platforms", "linux-x86_64", "variants", "release", "library", to="docs/README.md"),
            "which is not below lib/",
        ),
        manifest_case(
            "library-that-is-not-there",
            setting("platforms", "linux-x86_64", "variants", "release", "library", to="lib/evil.so"),
            "manifest.json names lib/evil.so, which is not there",
        ),
        manifest_case(
            "schema-that-is-not-there",
            setting("schemas", "thumbox.h", "path", to="schema/evil.h"),
            "manifest.json names schema/evil.h, which is not there",
        ),
        manifest_case(
            "sbom-traversal",
            setting("sbom", "cyclonedx", to="sbom/../../evil"),
            "sbom.cyclonedx, which has '.' or '..' in its name",
        ),
        manifest_case(
            "licence-traversal",
            setting("license_file", to="../evil"),
            "license_file, which has '.' or '..' in its name",
        ),
        manifest_case("notices-absolute", setting("notices", to="/etc/passwd"), "notices, which has an absolute name"),
        manifest_case(
            "plugin-of-another",
            setting("plugin", "name", to="other"),
            'is of the plugin "other"; this host is for "thumbox"',
        ),
        zip_case(
            "entry-twice",
            [*small().entries(), Entry("docs/README.md", b"again")],
            "the entry docs/README.md is there twice",
        ),
        zip_case(
            "manifest-twice",
            [*small().entries(), Entry("manifest.json", b"{}")],
            "the entry manifest.json is there twice",
        ),
        zip_case(
            "entry-twice-in-other-letters",
            [*small().entries(), Entry("docs/readme.MD", b"again")],
            "the entry docs/readme.MD is there twice",
        ),
    ]


def kinds() -> list[Case]:
    """What is a library, and for whom."""
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
        bundle_case("library-instead-of-the-component", elf, f", {component}"),
        bundle_case(
            "module-instead-of-the-component",
            bundle(MODULE, here),
            f"{SHARED} is a WebAssembly module that is no component, {component}",
        ),
        bundle_case(
            "text-instead-of-the-component",
            bundle(b"#!/bin/sh\n", here),
            f"{SHARED} is a file that starts with 23 21 2f 62 69 6e 2f 73, {component}",
        ),
        bundle_case(
            "nothing-instead-of-the-component",
            bundle(b"", here),
            f"{SHARED} is a file that starts with nothing, {component}",
        ),
        bundle_case(
            "component-instead-of-the-library",
            native(dict.fromkeys(PLATFORMS, COMPONENT)),
            "is a WebAssembly component, and should be a library for ",
            "native",
        ),
        bundle_case(
            "program-instead-of-the-library",
            native({one: library(one, 2) for one in PLATFORMS}),
            ", and should be a library for ",
            "native",
        ),
        bundle_case(
            "library-cut-off",
            native({one: here[one][:-4] for one in PLATFORMS}),
            ", and should be a library for ",
            "native",
        ),
        bundle_case("library-of-another-platform", native(swapped), ", and should be a library for ", "native"),
        bundle_case(
            "no-library-for-this-platform", without, "it has windows-aarch64 (release, wasm-component)", "native"
        ),
        bundle_case("no-component", no_component, 'it has no variant "wasm-component" for '),
        bundle_case("no-sandbox-library", small(), 'it has no variant "sandbox" for ', "sandbox"),
    ]


def manifest_texts() -> list[Case]:
    """Manifests that cannot be read, and are signed all the same."""
    raw = {
        "empty": (b"", "is not JSON"),
        "no-json": (b"{bundle_version: 1.0}", "is not JSON"),
        "cut-off": (b'{"bundle_version": "1.0"', "is not JSON"),
        "two": (b"{} {}", "is not JSON"),
        "no-number": (b'{"bundle_version": NaN}', "is not JSON"),
        "no-text": (b'{"bundle_version": "\xff"}', "is no"),
        "list": (b"[]", "is not an object"),
        "null": (b"null", "is not an object"),
        "nothing-in-it": (b"{}", "has no bundle_version"),
        "key-twice": (
            b'{"bundle_version": "1.0", "bundle_version": "1.1"}',
            'has "bundle_version" twice in one object',
        ),
        "deep": (b"[" * 20_000 + b"]" * 20_000, "is nested too deep"),
        "deep-objects": (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "is nested too deep"),
    }
    return [
        bundle_case(f"manifest-{name}", small_with(raw_manifest=content), f"manifest.json {words}")
        for name, (content, words) in raw.items()
    ]


def manifest_values() -> list[Case]:
    """Manifests with wrong values."""
    release = ("platforms", "linux-x86_64", "variants", "release")
    return [
        manifest_case(
            "version-2", setting("bundle_version", to="2.0"), 'has the bundle_version "2.0"; 1.0 or 1.1 is known'
        ),
        manifest_case(
            "version-number", setting("bundle_version", to=1.0), "has a value that is no text as its bundle_version"
        ),
        manifest_case("plugin-missing", removing("plugin"), "has no plugin"),
        manifest_case("plugin-text", setting("plugin", to="thumbox"), "has plugin that is not an object"),
        manifest_case(
            "plugin-name-number", setting("plugin", "name", to=5), "has a value that is no text as its plugin.name"
        ),
        manifest_case("plugin-version-missing", removing("plugin", "version"), "has no plugin.version"),
        manifest_case(
            "plugin-version-path",
            setting("plugin", "version", to="../1"),
            "as its plugin.version, which is not allowed there",
        ),
        manifest_case("platforms-missing", removing("platforms"), "has no platforms"),
        manifest_case("platforms-empty", setting("platforms", to={}), "has no platforms"),
        manifest_case("platforms-list", setting("platforms", to=[]), "has platforms that is not an object"),
        manifest_case(
            "platform-unknown",
            setting("platforms", "beos-m68k", to={"variants": {}}),
            'has the platform "beos-m68k"; linux-x86_64, ',
        ),
        manifest_case(
            "platform-traversal",
            setting("platforms", "../..", to={"variants": {}}),
            'has the platform "../.."; linux-x86_64, ',
        ),
        manifest_case(
            "variants-missing", setting("platforms", "linux-x86_64", to={}), "has no platforms.linux-x86_64.variants"
        ),
        manifest_case(
            "variant-null",
            setting(*release, to=None),
            "has platforms.linux-x86_64.variants.release that is not an object",
        ),
        manifest_case(
            "variant-traversal",
            setting("platforms", "linux-x86_64", "variants", "../../x", to={}),
            'has the variant "../../x" for linux-x86_64, which is not allowed there',
        ),
        manifest_case(
            "checksum-missing",
            removing(*release, "checksum"),
            "has no platforms.linux-x86_64.variants.release.checksum",
        ),
        manifest_case(
            "checksum-of-another-kind",
            setting(*release, "checksum", to="md5:" + "0" * 32),
            "release.checksum, which is not allowed there",
        ),
        manifest_case(
            "checksum-too-short",
            setting(*release, "checksum", to="sha256:00"),
            "release.checksum, which is not allowed there",
        ),
        manifest_case(
            "checksum-of-another",
            setting(
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
        manifest_case("schemas-list", setting("schemas", to=[1]), "has schemas that is not an object"),
        manifest_case(
            "schema-text", setting("schemas", "thumbox.h", to="x"), "has schemas.thumbox.h that is not an object"
        ),
        manifest_case(
            "public-key-number", setting("public_key", to=5), "has a value that is no text as its public_key"
        ),
        manifest_case("build-info-text", setting("build_info", to="x"), "has build_info that is not an object"),
        manifest_case("manifest-deep-by-one", setting("build_info", to=nested(127)), "is nested too deep"),
    ]


def nested(depth: int) -> dict[str, Any]:
    """So many objects within each other."""
    whole: dict[str, Any] = {}
    for _ in range(depth - 1):
        whole = {"a": whole}
    return whole
