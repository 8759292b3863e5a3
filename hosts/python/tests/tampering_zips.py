"""Bundles whose zip is wrong: its structure, or its sizes."""

from __future__ import annotations

import struct
from typing import Any

from bundles import SHARED, Entry, Zip, deflated_zeros, small
from tampering_cases import Case, zip_case

MIB = 1 << 20


def structure() -> list[Case]:
    """How the zip lies about its parts."""
    good = small().bytes()
    entries = small().entries
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
    ]


def headers() -> list[Case]:
    """What the headers of an entry say of it."""
    entries = small().entries
    return [
        *(
            Case(f"entry-{name}", Zip(last(**more)).bytes(), "the entry docs/evil has an extra field or a comment")
            for name, more in {
                "extra": {"extra": b"up\5\0\1\0\0\0\0"},
                "local-extra": {"local_extra": small().bytes()},
                "comment": {"comment": small().bytes()[-22:]},
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
    ]


def data() -> list[Case]:
    """Where the data of an entry lies, and what it unpacks to."""
    entries = small().entries
    at_manifest = last()
    at_manifest[-1].start = 0
    return [
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


def sizes() -> list[Case]:
    """How it lies about sizes."""
    bomb = deflated_zeros(MIB)
    entries = small().entries()
    docs = Entry("docs/evil", b"", packed=bomb, size=MIB, method=8)
    huge = Entry("lib/any/evil", b"", packed=bomb, size=300 * MIB, method=8)
    return [
        zip_case(
            "bomb",
            [*entries, docs],
            f"the entry docs/evil claims {MIB} bytes from {len(bomb)}; at most 100 times as many are allowed",
        ),
        zip_case(
            "bomb-that-lies",
            _with_manifest(packed=bomb, size=1000),
            "manifest.json unpacks to more than the 1000 bytes that it claims",
        ),
        zip_case(
            "bomb-that-lies-by-one",
            _with_manifest(packed=deflated_zeros(5001), size=5000),
            "manifest.json unpacks to more than the 5000 bytes that it claims",
        ),
        zip_case(
            "entry-shorter-than-it-claims",
            _with_manifest(packed=deflated_zeros(5000), size=5001),
            "manifest.json unpacks to 5000 bytes, and claims 5001",
        ),
        zip_case(
            "library-too-large",
            [*entries, huge],
            f"the entry lib/any/evil claims {300 * MIB} bytes; {256 * MIB} are allowed",
        ),
        zip_case(
            "manifest-too-large",
            _with_manifest(packed=bomb, size=2 * MIB),
            f"the entry manifest.json claims {2 * MIB} bytes; {MIB} are allowed",
        ),
        zip_case(
            "entry-stored-shorter-than-it-claims",
            [*entries, Entry("docs/evil", b"evil", size=5)],
            "the entry docs/evil is stored in 4 bytes, and claims 5",
        ),
    ]


def last(**fields: Any) -> list[Entry]:
    """The small bundle's entries and one more."""
    return [*small().entries(), Entry("docs/evil", b"evil", **fields)]


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
