"""The structures, against the core's own tables, and the functions of `thumbox.wire`."""

from __future__ import annotations

import ctypes
import json

import pytest
from conftest import WORKSPACE

import thumbox
from thumbox import wire

LAYOUTS = json.loads((WORKSPACE / "testdata/golden/layouts.json").read_text())


@pytest.mark.parametrize("layout", LAYOUTS, ids=[layout["name"] for layout in LAYOUTS])
def test_each_structure_is_the_core_s(layout: dict[str, object]) -> None:
    structure = getattr(wire, str(layout["name"]))
    fields = [
        {"name": name, "offset": field.offset, "size": field.size}
        for name, *_ in structure._fields_
        if not name.startswith("_reserved")
        for field in [getattr(structure, name)]
    ]
    assert ctypes.sizeof(structure) == structure.SIZE == layout["size"]
    assert fields == layout["fields"]
    # Every byte is in a field: the reserved ones are there, and nothing is padding.
    assert sum(getattr(structure, name).size for name, *_ in structure._fields_) == layout["size"]


def test_every_structure_of_the_core_is_public() -> None:
    assert {layout["name"] for layout in LAYOUTS} <= set(wire.__all__)


def test_a_value_that_its_field_cannot_hold_is_refused_and_not_cut_off() -> None:
    with pytest.raises(ValueError, match=r"quality is 4294967296; 0 to 4294967295 is allowed"):
        wire.ThumbnailRequestHeader.create(1, 1, 0, 1 << 32, 0)
    with pytest.raises(ValueError, match=r"flags is 256; 0 to 255 is allowed"):
        wire.SetRecord.create(1, 1, 0, 85, flags=256)


def test_headers_are_little_endian_with_zeros_in_reserve() -> None:
    header = wire.ThumbnailRequestHeader.create(1, 2, wire.OutputFormat.WEBP, 80, 5)
    assert bytes(header).hex(" ", 4) == "01000000 01000000 02000000 02000000 50000000 05000000"
    header2 = wire.ThumbnailRequestHeaderV2.create(1, 2, 0, 80, 5, 1, 4, b"\x01\x02\x03\xff", 9)
    assert bytes(header2)[:1] == b"\x02"
    assert bytes(header2)[24:].hex(" ", 4) == "01040000 010203ff 09000000 00000000"


def test_the_ready_made_functions(plugin: thumbox.Plugin, photo: bytes) -> None:
    thumbnail, seconds = wire.create_thumbnail_timed(plugin, photo, 100, 100)
    assert (thumbnail.dimensions, thumbnail.format, thumbnail.file_extension) == (
        "100x67",
        wire.OutputFormat.JPEG,
        ".jpg",
    )
    assert thumbnail.size_kb == len(thumbnail.thumbnail_data) / 1024
    assert 0 < seconds < 60
    request = wire.create_request(100, 100, wire.OutputFormat.JPEG, 85, photo)
    assert wire.parse_response(plugin.call_raw(thumbox.MSG_THUMBNAIL_CREATE, request)) == thumbnail
    sizes = wire.create_thumbnail_sizes(plugin, photo, [(50, 50), (200, 0)])
    assert [one.dimensions for one in sizes] == ["50x33", "200x133"]
    qualities = wire.create_thumbnail_qualities(plugin, photo, 150, 150, [20, 95])
    assert [quality for quality, _ in qualities] == [20, 95]
    assert len(qualities[0][1].thumbnail_data) < len(qualities[1][1].thumbnail_data)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (b"", "0 bytes; its header alone has 20"),
        (bytes(20), "version 0; version 1 is known"),
        (b"\x01" + bytes(20), "payload_size is 0; 1 bytes follow"),
    ],
)
def test_what_is_no_reply_is_a_value_error(reply: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        wire.parse_response(reply)
