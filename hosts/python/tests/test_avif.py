"""AVIF, which a component of its own reads, beside libavif."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING, Any

import heifs
import imagecodecs
import numpy as np
import pytest
from heifs import box
from PIL import Image, ImageChops, ImageOps
from test_animations import composed
from test_heic import difference, refused, whole

import thumbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def plugin() -> Iterator[thumbox.Plugin]:
    """What people get."""
    with thumbox.load() as plugin:
        yield plugin


@pytest.fixture(scope="module")
def scene(photo: bytes) -> Image.Image:
    with Image.open(io.BytesIO(photo)) as image:
        small: Image.Image = image.convert("RGB").resize((203, 151))
    small.info.clear()
    return small


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGB", {"subsampling": "4:2:0"}),
        ("RGB", {"subsampling": "4:2:2"}),
        ("RGB", {"subsampling": "4:4:4"}),
        ("RGB", {"subsampling": "4:2:0", "range": "limited"}),
        ("RGB", {"quality": 100}),
        ("RGB", {"quality": 30, "advanced": {"film-grain-test": "3"}}),
        ("RGB", {"tile_rows": 1, "tile_cols": 1}),
        ("RGBA", {}),
        ("RGBA", {"alpha_premultiplied": True}),
        ("L", {}),
    ],
)
@pytest.mark.parametrize("size", [(203, 151), (64, 64), (17, 33), (1, 1)])
def test_a_picture_is_what_libavif_shows(
    plugin: thumbox.Plugin, scene: Image.Image, mode: str, options: dict[str, Any], size: tuple[int, int]
) -> None:
    picture = scene.resize(size).convert(mode)
    if mode == "RGBA":
        picture.putalpha(scene.resize(size).convert("L").point(lambda value: max(value, 64)))
    file = heifs.written(picture, "AVIF", **{"quality": 90, "speed": 8, **options})
    info = plugin.probe(file)
    assert (info.format, info.width, info.height, info.alpha) == ("avif", *size, mode == "RGBA")
    with Image.open(io.BytesIO(file)) as theirs:
        assert difference(whole(plugin, file), theirs, mode) < 1.5


@pytest.mark.parametrize("bits", [10, 12])
def test_more_than_eight_bits_are_read(plugin: thumbox.Plugin, scene: Image.Image, bits: int) -> None:
    samples = np.asarray(scene).astype(np.uint16) << (bits - 8)
    file = bytes(imagecodecs.avif_encode(samples, level=95, bitspersample=bits, speed=8))
    assert difference(whole(plugin, file), scene, "RGB") < 2.5


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_are_applied(plugin: thumbox.Plugin, scene: Image.Image, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = heifs.written(scene, "AVIF", quality=90, speed=8, exif=exif)
    shown = whole(plugin, file)
    with Image.open(io.BytesIO(file)) as theirs:
        # Pillow leaves it to its caller.
        assert difference(shown, ImageOps.exif_transpose(theirs), "RGB") < 1.5
    assert plugin.probe(file).orientation == orientation
    assert shown.size == (scene.size if orientation < 5 else scene.size[::-1])


def test_what_is_reduced_is_near_what_is_not(plugin: thumbox.Plugin, scene: Image.Image) -> None:
    # Without the filters after the predictions, and with chroma that is not interpolated.
    for kind in ("AVIF", "PNG"):
        file = heifs.written(scene, kind, **({"quality": 80, "speed": 8} if kind == "AVIF" else {}))
        small = Image.open(io.BytesIO(plugin.thumbnail(file, 40, 40, format="png").data))
        assert difference(small, scene.resize(small.size, Image.Resampling.LANCZOS), "RGB") < 2


def test_what_is_cut_off_or_damaged_is_an_error_or_a_picture(plugin: thumbox.Plugin, scene: Image.Image) -> None:
    file = heifs.written(scene.resize((48, 32)), "AVIF", quality=50, speed=8)
    codes = {refused(plugin, file[:end])[0] for end in range(len(file))}
    assert codes <= {0, 200, 201, 202}
    assert 202 in codes
    chance = random.Random(7)
    for _ in range(400):
        damaged = bytearray(file)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(12, len(file))] = chance.randrange(256)
        assert refused(plugin, bytes(damaged))[0] in (0, 200, 201, 202, 204, 300, 301), damaged.hex()


def sequence(scene: Image.Image, mode: str, count: int, **options: Any) -> bytes:
    """A scene that moves."""
    frames = [ImageChops.offset(scene, 3 * step, 2 * step).convert(mode) for step in range(count)]
    for frame in frames if mode == "RGBA" else []:
        frame.putalpha(frame.convert("L").point(lambda value: max(value, 64)))
    return heifs.written(frames[0], "AVIF", save_all=True, append_images=frames[1:], **options)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_a_sequence_moves_as_libavif_shows_it(plugin: thumbox.Plugin, scene: Image.Image, mode: str) -> None:
    durations = [100, 33, 250, 40, 40, 1000, 20]
    file = sequence(scene.resize((97, 65)), mode, 7, duration=durations, quality=90, speed=8)
    info = plugin.probe(file)
    assert (info.animated, info.frames, info.duration_ms) == (True, 7, sum(durations))
    made = plugin.thumbnail(file, 97, 97, format="webp", lossless=True, frames="all")
    found, expected = list(composed(bytes(made.data))), list(composed(file))
    assert [duration for _, duration in found] == [duration for _, duration in expected] == durations
    for number, ((one, _), (other, _)) in enumerate(zip(found, expected, strict=True)):
        assert difference(one, other, "RGBA") < 1.5, number
        page = plugin.thumbnail(file, 97, 97, format="png", page=number)
        assert difference(Image.open(io.BytesIO(page.data)), other, "RGBA") < 1.5, number
    assert refused(plugin, file, page=7)[0] == 101
    assert plugin.placeholder(file).width == info.width


def test_a_damaged_sequence_is_an_error_or_plays_what_came(plugin: thumbox.Plugin, scene: Image.Image) -> None:
    file = sequence(scene.resize((48, 32)), "RGBA", 4, duration=50, quality=50, speed=8)
    options = {"format": "webp", "frames": "all"}
    allowed = (0, 200, 201, 202, 204, 300, 301, 304)
    for end in range(0, len(file), 3):
        assert refused(plugin, file[:end], **options)[0] in allowed, end
    chance = random.Random(11)
    for _ in range(400):
        damaged = bytearray(file)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(12, len(file))] = chance.randrange(256)
        assert refused(plugin, bytes(damaged), **options)[0] in allowed, damaged.hex()


# Sizes, counts, places and times, after a box's version.
FIELDS = {b"stsz": (4, 8, 12), b"stsc": (8, 12), b"stts": (8, 12), b"stco": (8,), b"mdhd": (12,), b"stsd": (40,)}


@pytest.mark.parametrize(("kind", "offset"), [(kind, offset) for kind, offsets in FIELDS.items() for offset in offsets])
@pytest.mark.parametrize("value", [0, 1, 1 << 31, (1 << 32) - 1])
def test_a_track_that_lies_gives_no_frames_that_are_not_there(
    plugin: thumbox.Plugin, scene: Image.Image, kind: bytes, offset: int, value: int
) -> None:
    file = bytearray(sequence(scene.resize((48, 32)), "RGB", 4, duration=50, quality=50, speed=8))
    at = file.index(kind) + 4 + offset
    file[at : at + 4] = value.to_bytes(4, "big")
    assert plugin.probe(bytes(file)).frames <= len(file)
    code, message = refused(plugin, bytes(file), format="webp", frames="all")
    assert code in (0, 200, 201, 202, 301, 304), message


def test_the_native_library_does_not_read_it() -> None:
    file = box(b"ftyp", b"avif", bytes(4), b"mif1")
    with thumbox.load("native") as native, thumbox.load() as sandboxed:
        code, message = refused(native, file)
        assert (code, "thumbox-avif" in message) == (204, True)
        assert refused(sandboxed, file)[0] == 202
        with pytest.raises(thumbox.ImageError):
            native.probe(file)
