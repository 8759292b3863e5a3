"""What is written, as programs that are not ours read it: libwebp's own dwebp, and Firefox.

Chromium and Pillow have tests of their own.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from conftest import PHOTOS
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    import thumbox

SIDE = 96
"""Of the box of each thumbnail, in pixels."""

LOSSY: list[dict[str, Any]] = [
    {"format": "webp", "quality": quality, "effort": effort} for quality in (1, 40, 80, 100) for effort in (0, 4, 6)
]
KINDS: list[dict[str, Any]] = [
    *LOSSY,
    {"format": "webp", "lossless": True},
    {"format": "webp", "lossless": True, "effort": 6},
    *({"format": "jpeg", "quality": quality, "effort": effort} for quality in (10, 85, 95) for effort in (0, 4, 6)),
    {"format": "jpeg", "subsampling": "4:4:4", "progressive": True},
    {"format": "jpeg", "subsampling": "4:2:0", "progressive": True},
    {"format": "png"},
    {"format": "png", "effort": 6},
    {"format": "png", "palette": True},
]
SOURCES = ("coffee.png", "camera.png", "logo.png", "chelsea.png")
"""A photograph, a grey one, a drawing with alpha, and one of odd sides."""

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("source", SOURCES)
def test_dwebp_shows_what_our_decoder_shows(plugin: thumbox.Plugin, source: str, tmp_path: Path) -> None:
    program = shutil.which("dwebp")
    assert program, "Debian's package webp has it"
    image = (PHOTOS / source).read_bytes()
    for options in LOSSY:
        for side in (1, 2, 15, 16, 17, SIDE):
            made = bytes(plugin.thumbnail(image, side, side, **options).data)
            (tmp_path / "made.webp").write_bytes(made)
            # Without dithering, and with the interpolation of colours that browsers have, too.
            command = [program, "-quiet", "-nodither", "made.webp", "-o", "theirs.png"]
            subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
            theirs = Image.open(tmp_path / "theirs.png").convert("RGBA")
            ours = Image.open(io.BytesIO(plugin.thumbnail(made, side, side, format="png").data)).convert("RGBA")
            assert visible(ours).tobytes() == visible(theirs).tobytes(), (options, side)


def test_firefox_shows_what_pillow_shows(plugin: thumbox.Plugin, tmp_path: Path) -> None:
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program, "Debian's package firefox-esr has it"
    cells, places = [], {}
    for row, source in enumerate(SOURCES):
        image = (PHOTOS / source).read_bytes()
        for column, options in enumerate(KINDS):
            name = f"{row}-{column}.{options['format']}"
            made = bytes(plugin.thumbnail(image, SIDE, SIDE, **options).data)
            (tmp_path / name).write_bytes(made)
            places[name] = (column * SIDE, row * SIDE)
            cells.append(f'<img src="{name}" style="left:{column * SIDE}px; top:{row * SIDE}px">')
    style = "html, body { background: white; margin: 0; overflow: hidden } img { position: absolute }"
    page = f"<!doctype html><title>thumbnails</title><style>{style}</style>{''.join(cells)}"
    (tmp_path / "page.html").write_text(page)
    size = (len(KINDS) * SIDE, len(SOURCES) * SIDE)
    shot = tmp_path / "shot.png"
    command = [program, "--headless", "--no-remote", "--profile", str(tmp_path / "profile")]
    command += [f"--window-size={size[0]},{size[1]}", "--screenshot", str(shot), (tmp_path / "page.html").as_uri()]
    (tmp_path / "profile").mkdir()
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    with Image.open(shot) as screen:
        shown = pixels(screen.convert("RGB"))
    for name, (left, top) in places.items():
        with Image.open(tmp_path / name) as file:
            wanted = pixels(on_white(file.convert("RGBA")))
        high, wide, _ = wanted.shape
        there = shown[top : top + high, left : left + wide]
        # Decoders of JPEG and WebP differ by how they interpolate colours.
        difference = np.abs(there - wanted).mean()
        assert difference < (0.05 if name.endswith("png") else 2.5), (name, difference)


def pixels(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image, dtype=np.float64)


def on_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    return ground.convert("RGB")


def visible(image: Image.Image) -> NDArray[np.uint8]:
    """With nothing under what is fully transparent."""
    shown = np.array(image)
    shown[shown[..., 3] == 0] = 0
    return shown
