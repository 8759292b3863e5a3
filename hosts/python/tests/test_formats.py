"""`formats`: an allow-list, checked before anything reads the file."""

from __future__ import annotations

import itertools
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import heifs
import numpy as np
import pytest
from PIL import Image

import thumbox
from thumbox._layouts import READ_FORMATS
from thumbox._options import CommonOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PILLOW = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP", "tiff": "TIFF"}
PILLOW |= {"avif": "AVIF", "heic": "HEIF"}
PILLOW |= {"raw": "JPEG", "ico": "ICO", "qoi": "QOI", "pnm": "PPM", "tga": "TGA", "psd": "", "cur": ""}

# By variant: what has a component of its own that is not there.
ELSEWHERE = {"native": ("avif", "heic"), "wasm": ("heic",)}

NAMES = ", ".join(f"'{name}'" for name in tuple(PILLOW)[:-1]) + " or 'cur'"


def picture(name: str) -> bytes:
    if name == "psd":
        header = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 9, 12, 8, 3)
        return header + bytes(14) + bytes([77]) * 9 * 12 * 3
    if name == "cur":
        return picture("ico").replace(b"\0\0\1\0", b"\0\0\2\0", 1)
    file = heifs.written(Image.fromarray(np.full((9, 12, 3), 77, np.uint8)), PILLOW[name])
    return in_raf(file) if name == "raw" else file


def in_raf(jpeg: bytes) -> bytes:
    """The preview of a camera raw file, whose header says where it is."""
    return b"FUJIFILMCCD-RAW ".ljust(84, b"\0") + struct.pack(">2I", 92, len(jpeg)) + jpeg


def error_of(call: Callable[[], object]) -> tuple[type[Exception], int] | None:
    try:
        call()
    except thumbox.PluginError as error:
        return type(error), error.code
    return None


def test_every_format_is_named() -> None:
    assert tuple(PILLOW) == READ_FORMATS


@pytest.mark.parametrize("allowed", [("jpeg",), ("tiff", "bmp"), ("jpeg", "png", "webp"), ["gif"], READ_FORMATS])
def test_only_what_is_allowed_is_read(variant: str, allowed: Any) -> None:
    with thumbox.load(variant, formats=allowed) as plugin:
        for name in READ_FORMATS:
            whole = picture(name)
            # The list counts before what is in the file does. A TGA is told by its end.
            for image in (whole, whole if name == "tga" else whole[:30]):
                for call in (
                    lambda image=image: plugin.probe(image),
                    lambda image=image: plugin.thumbnail(image, 5, 5),
                    lambda image=image: plugin.thumbnails(image, [(5, 5), (3, 3)]),
                ):
                    found = error_of(call)
                    if name not in allowed:
                        assert found == (thumbox.ImageError, 203), name
                    elif name in ELSEWHERE[variant]:
                        assert found == (thumbox.ImageError, 204), name
                    elif image is whole:
                        assert found is None, name
                    else:
                        assert found is None or found[1] != 203, name
        assert plugin.call_raw(1, b"x") == b"x"


@pytest.mark.parametrize(
    ("file", "code", "name"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", 204, "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0miafavif", 204, "AVIF"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", 200, "QuickTime"),
        (b"\xff\x0a\xfa", 200, "JPEG XL"),
        (b"%PDF-1.7\n", 200, "PDF"),
        (b"<?xml version='1.0'?><svg/>", 200, "SVG"),
    ],
)
def test_what_is_not_read_is_named(variant: str, file: bytes, code: int, name: str) -> None:
    with thumbox.load(variant) as plugin, pytest.raises(thumbox.ImageError, match=name) as caught:
        plugin.probe(file)
    # Without any box there is nothing that the component for AVIF could read.
    assert caught.value.code == (202 if (variant, name) == ("wasm", "AVIF") else code)


@pytest.mark.parametrize("isolation", ["call", "pool"])
def test_in_every_instance(isolation: Any) -> None:
    with thumbox.load("wasm", formats=("png",), isolation=isolation) as plugin:
        for _ in range(3):
            assert plugin.thumbnail(picture("png"), 5, 5).width == 5
            with pytest.raises(thumbox.ImageError, match=r"(?i)jpeg") as caught:
                plugin.thumbnail(picture("jpeg"), 5, 5)
            assert caught.value.code == 203


def test_none_is_all(variant: str) -> None:
    for options in ({}, {"formats": None}, {"formats": READ_FORMATS}):
        with thumbox.load(variant, **options) as plugin:
            here = [name for name in READ_FORMATS if name not in ELSEWHERE[variant]]
            assert [plugin.probe(picture(name)).format for name in here] == here


@pytest.mark.parametrize(
    ("formats", "kind", "words"),
    [
        ("jpeg", TypeError, f"formats is a str ('jpeg'); several of {NAMES} are"),
        (5, TypeError, "formats is a int (5); several of"),
        ((), ValueError, f"formats is empty; one or more of {NAMES} are allowed"),
        (iter(()), ValueError, "formats is empty"),
        (("jpeg", "JPEG"), ValueError, f"one of formats is 'JPEG'; {NAMES} is"),
        (["jpg"], ValueError, "one of formats is 'jpg'; 'jpeg', 'png'"),
        ({"jxl"}, ValueError, "one of formats is 'jxl'"),
        (["png "], ValueError, "one of formats is 'png '"),
        ([b"png"], TypeError, "one of formats is a bytes"),
        (b"png", TypeError, "one of formats is a int"),
        ([None], TypeError, "one of formats is a NoneType"),
    ],
)
def test_what_is_no_list_of_formats_is_said_so(variant: str, formats: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as caught:
        thumbox.load(variant, formats=formats)
    assert words in str(caught.value)


def test_what_the_core_is_told() -> None:
    assert b"formats" not in CommonOptions(max_pixels=5).config()
    assert CommonOptions().config() == b""
    for formats in itertools.permutations(READ_FORMATS, 2):
        assert CommonOptions(formats=iter(formats)).config() == (
            f'{{"data": {{"formats": ["{formats[0]}", "{formats[1]}"]}}}}'.encode()
        )
    assert CommonOptions(formats=["png", "png"]).formats == ("png",)


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "thumbox", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_on_the_command_line(variant: str, tmp_path: Path) -> None:
    for name in ("png", "bmp"):
        (tmp_path / f"a {name}.{name}").write_bytes(picture(name))
    more = ("--variant", variant, "--formats", "jpeg,png")
    made = command("make", tmp_path, "-o", tmp_path / "out", *more)
    assert made.returncode == 1
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["a png.jpg"]
    probed = command("probe", tmp_path / "a png.png", tmp_path / "a bmp.bmp", *more)
    assert probed.returncode == 1
    for result in (made, probed):
        [line] = [line for line in result.stderr.splitlines() if line.startswith("failed: ")]
        assert line.startswith(f"failed: {tmp_path / 'a bmp.bmp'}: ")
        assert line.endswith("(code 203)")
    for wrong, words in (("jpg", "one of formats is 'jpg'"), ("", "one of formats is ''"), ("png,", "formats is ''")):
        result = command("probe", tmp_path / "a png.png", "--formats", wrong)
        assert result.returncode == 2
        assert words in result.stderr
