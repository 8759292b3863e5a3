"""Placeholders: hashes that others have made of the same pixels, and what becomes of them."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import pickle
from typing import TYPE_CHECKING

import pictures
import pytest
from PIL import Image
from test_cli import run

import thumbox
from thumbox._placeholder import is_hash

if TYPE_CHECKING:
    from pathlib import Path


def drawn(size: tuple[int, int], mode: str, samples: bytes) -> bytes:
    file = io.BytesIO()
    Image.frombytes(mode, size, samples).save(file, "PNG")
    return file.getvalue()


# What `rgbaToThumbHash` of the npm package thumbhash 0.1.1 makes of the same pixels.
KNOWN = {
    "opaque": (
        drawn((30, 20), "RGB", bytes(v for y in range(20) for x in range(30) for v in (x * 8, y * 12, x * y % 256))),
        "da080e1d986086777088778678687878f6860ff788",
    ),
    "with alpha": (
        drawn(
            (20, 30),
            "RGBA",
            bytes(v for y in range(30) for x in range(20) for v in (x * 8, y * 8, x * y % 256, x * 12)),
        ),
        "1be885130a37a4a0686989b6a64ffa8470777888888877",
    ),
    "flat": (drawn((100, 75), "RGB", bytes((200, 30, 90)) * 7500), "da5803058087878877787778788788808788807808"),
    "clear": (
        drawn((9, 9), "RGBA", bytes(v for y in range(9) for x in range(9) for v in (x, y, 7, 0))),
        "00088205000000000000000000000000000000000000000000",
    ),
    "grey": (
        drawn((7, 100), "L", bytes(x * 36 for _ in range(100) for x in range(7))),
        "1b081a0100708888878778880000000000",
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_hash_is_the_reference_s(plugin: thumbox.Plugin, name: str) -> None:
    image, expected = KNOWN[name]
    made = plugin.placeholder(image)
    assert made.hash.hex() == expected
    assert made.has_alpha == (name in ("with alpha", "clear"))
    assert is_hash(made.hash)


def test_what_it_says(plugin: thumbox.Plugin) -> None:
    made = plugin.placeholder(KNOWN["flat"][0])
    assert made.average == (200, 30, 90)
    assert plugin.placeholder(KNOWN["clear"][0]).average == (0, 0, 0)
    assert pickle.loads(pickle.dumps(made)) == made
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.width = 5  # type: ignore[misc]
    turned = plugin.placeholder(pictures.jpeg(640, 480, orientation=6))
    assert (turned.width, turned.height) == (480, 640)
    # Opaque pixels alone count.
    half = drawn((2, 1), "RGBA", bytes((10, 20, 30, 255, 200, 200, 200, 0)))
    assert plugin.placeholder(half).average == (10, 20, 30)


def test_it_is_of_the_thumbnail_s_pixels(plugin: thumbox.Plugin, photo: bytes) -> None:
    made = plugin.placeholder(photo)
    small = plugin.thumbnail(photo, 100, 100, format="png").data
    assert plugin.placeholder(small).hash == made.hash
    assert (made.width, made.height) == (640, 427)


@pytest.mark.parametrize("name", KNOWN)
def test_it_is_shown(plugin: thumbox.Plugin, name: str) -> None:
    made = plugin.placeholder(KNOWN[name][0])
    kind, text = made.data_url().split(",")
    assert kind == "data:image/png;base64"
    shown = pictures.opened(base64.b64decode(text))
    assert (shown.mode, max(shown.size)) == ("RGBA", 32)
    assert (shown.width > shown.height) == (made.width > made.height)
    samples = shown.tobytes()
    assert (max(samples[3::4]) > 128) == (name != "clear")
    if not made.has_alpha:
        means = [sum(samples[channel::4]) / (len(samples) / 4) for channel in range(3)]
        assert all(abs(mean - of) < 12 for mean, of in zip(means, made.average, strict=True)), (means, made.average)


def test_what_is_no_hash_is_told() -> None:
    good = bytes.fromhex(KNOWN["opaque"][1])
    assert is_hash(good)
    for bad in (b"", bytes(4), bytes(30), good[:-1], good + b"x", good[:3] + b"\x98" + good[4:]):
        assert not is_hash(bad)


def test_limits(plugin: thumbox.Plugin, photo: bytes) -> None:
    assert plugin.placeholder(photo, max_pixels=640 * 427).width == 640
    with pytest.raises(thumbox.LimitError, match="the limit is 273279") as caught:
        plugin.placeholder(photo, max_pixels=640 * 427 - 1)
    assert caught.value.code == 300
    for wrong in (-1, 2**32):
        with pytest.raises(ValueError, match=f"max_pixels is {wrong}; 0 to 4294967295"):
            plugin.placeholder(photo, max_pixels=wrong)


def test_the_command_line_says_it(tmp_path: Path) -> None:
    (tmp_path / "flat.png").write_bytes(KNOWN["flat"][0])
    (tmp_path / "bad.png").write_bytes(b"no picture")
    text = base64.b64encode(bytes.fromhex(KNOWN["flat"][1])).decode()
    result = run("placeholder", tmp_path)
    assert result.returncode == 1
    lines = [line.split()[1:] for line in result.stdout.splitlines()]
    assert lines == [["Size", "Average", "ThumbHash"], ["100", "x", "75", "#c81e5a", text]]
    assert "bad.png: it is in no image format that is read" in result.stderr
    result = run("placeholder", tmp_path, "--json")
    good, bad = json.loads(result.stdout)
    assert good.pop("file").endswith("flat.png")
    assert good == {"hash": text, "average": [200, 30, 90], "width": 100, "height": 75, "has_alpha": False}
    assert bad["error"]["code"] == 200
