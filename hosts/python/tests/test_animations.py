"""Animations of every kind: each frame beside the one that Pillow composes, and what libwebp reads of ours."""

from __future__ import annotations

import io
import itertools
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE = (96, 64)
COLOURS = [(220, 40, 30), (30, 160, 60), (40, 60, 220), (240, 220, 40)]


def scene() -> Image.Image:
    across, down = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    samples = np.stack([across * 2, down * 3, (across + down) % 128 + 60], axis=-1)
    return Image.fromarray(samples.astype("uint8"), "RGB")


def sprite(step: int) -> Image.Image:
    picture = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    picture.paste(COLOURS[step % 4], (8 + 9 * step, 10 + 4 * step, 32 + 9 * step, 30 + 4 * step))
    return picture


def moving() -> list[Image.Image]:
    frames = []
    for step in range(6):
        frame = scene().convert("RGBA")
        frame.alpha_composite(sprite(step))
        frames.append(frame)
    return frames


def saved(frames: list[Image.Image], kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], **options)
    return file.getvalue()


def gif_of_parts(disposal: int) -> bytes:
    """Frames of which each is a part of the screen, with a palette of its own and holes, written byte by byte."""
    blocks = [b"GIF89a", struct.pack("<2H3B", *SIZE, 0, 0, 0), b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x02\x00\x00"]
    for step in range(5):
        left, top, width, height = (0, 0, *SIZE) if step == 0 else (8 * step, 6 * step, 30, 20)
        palette = bytes(itertools.chain(*COLOURS[step % 4 :], *COLOURS[: step % 4]))
        blocks.append(struct.pack("<4BHBB", 0x21, 0xF9, 4, disposal << 2 | 1, 7 + step, 3, 0))
        blocks.append(b"," + struct.pack("<4HB", left, top, width, height, 0x81) + palette)
        indices = [(x // 5 + y // 7) % 4 for y in range(height) for x in range(width)]
        blocks.append(uncompressed(indices))
    return b"".join([*blocks, b";"])


def uncompressed(indices: list[int]) -> bytes:
    """Codes of three bits, cleared before they would grow."""
    bits, count, data = 0, 0, bytearray()
    codes: list[int] = []
    for place, index in enumerate(indices):
        codes += [4, index] if place % 2 == 0 else [index]
    for code in [*codes, 5]:
        bits |= code << count
        count += 3
        while count >= 8:
            data.append(bits & 255)
            bits, count = bits >> 8, count - 8
    data.append(bits)
    parts = [bytes(data[start : start + 255]) for start in range(0, len(data), 255)]
    return b"\x02" + b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def composed(file: bytes) -> Iterator[tuple[Image.Image, int]]:
    """What Pillow makes of each frame, and its duration."""
    with Image.open(io.BytesIO(file)) as source:
        for frame in ImageSequence.Iterator(source):
            yield frame.convert("RGBA"), int(frame.info.get("duration", 0))


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean of what is seen over white."""
    pictures = []
    for picture in (one, other):
        white = Image.new("RGBA", picture.size, "white")
        white.alpha_composite(picture)
        pictures.append(np.asarray(white.convert("RGB"), float))
    return float(np.abs(pictures[0] - pictures[1]).mean())


SOURCES: dict[str, Callable[[], bytes]] = {
    "gif": lambda: saved(
        [f.convert("RGB").quantize(64) for f in moving()], "GIF", duration=[70, 10, 0, 250, 40, 990], loop=0
    ),
    "gif-transparent": lambda: saved([sprite(step) for step in range(5)], "GIF", duration=60, disposal=2, loop=3),
    "gif-left": lambda: gif_of_parts(0),
    "gif-left-too": lambda: gif_of_parts(1),
    "gif-cleared": lambda: gif_of_parts(2),
    "gif-restored": lambda: gif_of_parts(3),
    "apng": lambda: saved(moving(), "PNG", duration=[100, 33, 250, 40, 40, 1000], loop=2),
    "apng-over": lambda: saved([scene().convert("RGBA"), *map(sprite, range(4))], "PNG", duration=80, blend=1, loop=0),
    "apng-cleared": lambda: saved([sprite(s) for s in range(5)], "PNG", duration=80, disposal=1, blend=0, loop=0),
    "apng-restored": lambda: saved(
        [scene().convert("RGBA"), *map(sprite, range(4))], "PNG", duration=80, disposal=[0, 2, 2, 2, 2], blend=1, loop=0
    ),
    "webp-lossy": lambda: saved(moving(), "WEBP", duration=[100, 33, 250, 40, 40, 1000], loop=4, quality=90),
    "webp-lossless": lambda: saved(moving(), "WEBP", duration=55, loop=0, lossless=True),
    "webp-transparent": lambda: saved([sprite(s) for s in range(5)], "WEBP", duration=55, loop=0, lossless=True),
}


def restored() -> list[tuple[Image.Image, int]]:
    """What "apng-restored" shows. Of several frames that ask for it, Pillow 13 undoes the last alone."""
    frames = [scene().convert("RGBA") for _ in range(5)]
    for step, frame in enumerate(frames[1:]):
        frame.alpha_composite(sprite(step))
    return [(frame, 80) for frame in frames]


@pytest.mark.parametrize("name", SOURCES)
def test_every_frame_is_the_one_that_pillow_composes(plugin: thumbox.Plugin, name: str) -> None:
    source = SOURCES[name]()
    expected = restored() if name == "apng-restored" else list(composed(source))
    made = plugin.thumbnail(source, *SIZE, format="webp", lossless=True, frames="all")
    found = list(composed(bytes(made.data)))
    assert [duration for _, duration in found] == [duration for _, duration in expected]
    for number, ((one, _), (other, _)) in enumerate(zip(found, expected, strict=True)):
        assert difference(one, other) < 2, f"frame {number}"
        still = plugin.thumbnail(source, *SIZE, format="png", page=number)
        assert difference(Image.open(io.BytesIO(still.data)).convert("RGBA"), other) < 2, f"page {number}"
    info = plugin.probe(source)
    assert (info.frames, info.duration_ms) == (len(expected), sum(duration for _, duration in expected))


@pytest.mark.parametrize("name", SOURCES)
def test_small_frames_are_small_pictures_of_the_frames(plugin: thumbox.Plugin, name: str) -> None:
    source = SOURCES[name]()
    made = plugin.thumbnail(source, 48, 32, format="webp", lossless=name.startswith("gif-"), quality=90, frames="all")
    assert (made.width, made.height, made.format) == (48, 32, "webp")
    found = list(composed(bytes(made.data)))
    frames = restored() if name == "apng-restored" else list(composed(source))
    expected = [frame.resize((48, 32), Image.Resampling.LANCZOS) for frame, _ in frames]
    assert len(found) == len(expected)
    for (one, _), other in zip(found, expected, strict=True):
        assert difference(one, other) < 8


@pytest.mark.parametrize(
    ("loop", "plays"), [(0, 0), (1, 2), (7, 8), (65_535, 65_535)], ids=["for ever", "1", "7", "most"]
)
def test_repetitions_of_a_gif_are_times_that_a_webp_is_played(plugin: thumbox.Plugin, loop: int, plays: int) -> None:
    source = saved([f.convert("RGB") for f in moving()], "GIF", duration=50, loop=loop)
    made = plugin.thumbnail(source, 20, 20, format="webp", frames="all")
    assert Image.open(io.BytesIO(made.data)).info["loop"] == plays


def test_a_gif_that_does_not_say_it_is_played_once(plugin: thumbox.Plugin) -> None:
    source = saved([f.convert("RGB") for f in moving()], "GIF", duration=50)
    made = plugin.thumbnail(source, 20, 20, format="webp", frames="all")
    assert Image.open(io.BytesIO(made.data)).info["loop"] == 1


def test_both_variants_give_the_same_bytes(plugins: dict[str, thumbox.Plugin]) -> None:
    for source in SOURCES.values():
        files = {
            bytes(plugin.thumbnail(source(), 40, 40, format="webp", frames="all").data) for plugin in plugins.values()
        }
        assert len(files) == 1


def test_what_does_not_change_takes_few_bytes(plugin: thumbox.Plugin) -> None:
    still = scene().convert("RGBA")
    dot = still.copy()
    dot.putpixel((50, 30), (255, 0, 0, 255))
    # Pillow joins frames that are alike: a dot comes and goes.
    source = saved([still, *[dot, still] * 10], "PNG", duration=40, loop=0)
    one = len(plugin.thumbnail(source, *SIZE, format="webp").data)
    all_frames = plugin.thumbnail(source, *SIZE, format="webp", frames="all")
    assert len(list(composed(bytes(all_frames.data)))) == 21
    assert len(all_frames.data) < one + 21 * 120


def test_crops_and_padding_hold_for_every_frame(plugin: thumbox.Plugin) -> None:
    source = SOURCES["apng"]()
    choices: list[tuple[thumbox.FitName, str]] = [("cover", "attention"), ("contain", "centre"), ("cover", "left")]
    for fit, position in choices:
        made = plugin.thumbnail(source, 30, 30, format="webp", frames="all", fit=fit, position=position)
        frames = [frame for frame, _ in composed(bytes(made.data))]
        assert {frame.size for frame in frames} == {(30, 30)}
        assert len(frames) == 6


def test_frames_have_a_limit(plugin: thumbox.Plugin) -> None:
    source = SOURCES["apng"]()
    with pytest.raises(thumbox.LimitError, match="6 frames of 96 x 64 pixels") as caught:
        plugin.thumbnail(source, 30, 30, format="webp", frames="all", max_pixels=96 * 64 * 6 - 1)
    assert caught.value.code == 304
    with pytest.raises(thumbox.RequestError, match=r"page is 6; the file has 6 \(0-5\)"):
        plugin.thumbnail(source, 30, 30, page=6)
    # The next call works.
    assert plugin.thumbnail(source, 30, 30, page=5).width == 30


def test_a_set_of_animations_is_made_of_one_decoding(plugin: thumbox.Plugin) -> None:
    small, large = plugin.thumbnails(SOURCES["apng"](), [(20, 20), (60, 60)], format="webp", frames="all")
    assert [len(list(composed(bytes(made.data)))) for made in (small, large)] == [6, 6]
