"""The makers of costly files make what they say, and what such a file costs is measured, whatever becomes of it."""

from __future__ import annotations

import io
import os
import zlib

import pytest
import worst
from _worst import deflate, jpeg, measure
from _worst.families import FAMILIES, Family
from PIL import Image

SIGNATURES = {
    "jpeg": (b"\xff\xd8",),
    "png": (b"\x89PNG",),
    "webp": (b"RIFF",),
    "gif": (b"GIF89a",),
    "bmp": (b"BM",),
    "tiff": (b"II*\0",),
    "icc": (b"\xff\xd8", b"\x89PNG", b"RIFF"),
    "psd": (b"8BPS",),
    "qoi": (b"qoif",),
    "tga": (b"\0\0\x0a", b"\0\0\x0b"),
    "pnm": (b"P",),
    "ico": (b"\0\0\1\0",),
    "raw": (b"II*\0",),
}


def test_every_format_has_families() -> None:
    assert {family.format for family in FAMILIES} == set(worst.FORMATS) == set(SIGNATURES)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.label)
def test_a_family_makes_files_of_about_the_size(family: Family) -> None:
    for shape in family.shapes:
        file = family.make(8 << 10, min(family.pixels, 1 << 22), **shape)
        assert file.startswith(SIGNATURES[family.format]), shape
        assert len(file) < 14 << 10, shape


@pytest.mark.parametrize(
    ("head", "length", "count"), [(0, 1, 1000), (4, 2, 10_000), (4, 3, 100), (1, 5000, 10), (4, 77, 77), (0, 300, 20)]
)
def test_rows_are_packed_as_they_should_be(head: int, length: int, count: int) -> None:
    assert zlib.decompress(deflate.rows(head, length, count)) == (bytes([head]) + bytes(length - 1)) * count


def test_blocks_of_nothing_are_nothing() -> None:
    assert zlib.decompress(deflate.empty_blocks(1000, b"abc")) == b"abc"
    assert zlib.decompress(deflate.stored_blocks(1000, b"abc")) == b"abc"


@pytest.mark.parametrize(
    ("format_name", "name"),
    [
        ("jpeg", "blocks of two bits"),
        ("png", "zeros"),
        ("png", "interlaced zeros"),
        ("webp", "lossless, pixels of no bits"),
        ("webp", "lossless, copies"),
        ("webp", "lossy, blocks without coefficients"),
        ("gif", "runs"),
        ("tiff", "zeros"),
        ("tiff", "LZW runs"),
    ],
)
def test_others_read_them(format_name: str, name: str) -> None:
    family = next(family for family in FAMILIES if (family.format, family.name) == (format_name, name))
    with Image.open(io.BytesIO(family.make(32 << 10, 100_000, **family.shapes[0]))) as image:
        image.load()
        assert 90_000 < image.width * image.height <= 100_000


def test_a_file_is_measured(variant: str) -> None:
    cost = measure.measure(variant, jpeg.single(4096))
    assert (cost.code, cost.ending, cost.message) == (0, "ok", "")
    assert 0 <= cost.seconds < 10
    assert 0 <= cost.memory < measure.MAX_MEMORY
    assert measure.measure(variant, b"nothing").code == 200


def test_a_process_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def forever(*_: object) -> dict[str, object]:
        while True:
            os.getpid()

    monkeypatch.setattr(measure, "_call", forever)
    cost = measure.measure("native", b"", kill=-2)
    assert cost.code is None
    assert "signal 9" in cost.message
