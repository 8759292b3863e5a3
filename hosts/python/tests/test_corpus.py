"""Every picture of a corpus: equal bytes from both variants, the right size, and what Pillow makes of the same file."""

from __future__ import annotations

import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pictures
import pytest
from conftest import PHOTOS
from PIL import Image, UnidentifiedImageError

import thumbox
from thumbox.cli.find import EXTENSIONS

CORPUS = Path(os.environ.get("THUMBOX_CORPUS") or PHOTOS)
FILES = sorted(file for file in CORPUS.rglob("*") if file.suffix.lower() in EXTENSIONS)
FORMATS: tuple[thumbox.FormatName, ...] = ("png", "jpeg", "webp")
BOXES = ((64, 64), (100, 75), (256, 256), (0, 300))

# Lossless: what is left is in the arithmetic of reducing (means of boxes first, where Pillow has Lanczos alone) and of
# colour profiles.
LOSSLESS_FLOOR = 39
# Lossy: this near to what Pillow's own encoder makes of Pillow's own reduction, or good by any measure. Where
# colours end at transparency, libwebp smooths what nobody sees.
LOSSY_MARGIN = {"jpeg": 4, "webp": 5, "webp with alpha": 12}
LOSSY_FLOOR = 44


def test_there_are_pictures() -> None:
    assert len(FILES) > 20


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(CORPUS)) for file in FILES])
def test_each_picture_as_pillow_makes_it(plugins: dict[str, thumbox.Plugin], file: Path) -> None:
    image = file.read_bytes()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = pictures.opened(image)
            upright = pictures.upright(opened)
    except (UnidentifiedImageError, OSError):
        upright = None
    for box in BOXES:
        for format_name in FORMATS:
            thumbnail = same_from_both(plugins, image, box, format_name)
            if isinstance(thumbnail, thumbox.PluginError):
                # What Pillow opens is refused for its size alone.
                assert upright is None or isinstance(thumbnail, thumbox.LimitError), thumbnail
                continue
            size = (thumbnail.width, thumbnail.height)
            shown = pictures.opened(thumbnail.data)
            assert shown.size == size
            assert shown.format == format_name.upper()
            info = plugins["native"].probe(image)
            assert size == pictures.fitted(info.width, info.height, box)
            assert not shown.getexif()
            assert "icc_profile" not in shown.info
            if upright is not None:  # Pillow opens no picture that ends early
                assert upright.size == (info.width, info.height)
                # Four inks are reduced as such, and become colours then.
                inks = opened.mode == "CMYK"
                wanted = pictures.upright(pictures.small(opened, size)) if inks else pictures.reduced(upright, size)
                alike(shown, wanted, format_name)


def same_from_both(
    plugins: dict[str, thumbox.Plugin], image: bytes, box: tuple[int, int], format_name: thumbox.FormatName
) -> thumbox.Thumbnail | thumbox.PluginError:
    """The one answer that both variants give."""

    def ask(plugin: thumbox.Plugin) -> thumbox.Thumbnail | thumbox.PluginError:
        try:
            return plugin.thumbnail(image, *box, format=format_name)
        except thumbox.PluginError as error:
            return error

    with ThreadPoolExecutor() as both:
        native, wasm = both.map(ask, (plugins["native"], plugins["wasm"]))
    if isinstance(native, thumbox.PluginError):
        assert isinstance(wasm, thumbox.PluginError)
        assert (native.code, native.message) == (wasm.code, wasm.message)
    else:
        assert native == wasm
    return native


def alike(shown: Image.Image, reference: Image.Image, format_name: thumbox.FormatName) -> None:
    """Whether they look the same, on white and, where transparency was kept, on black too."""
    grounds = [pictures.WHITE] if format_name == "jpeg" else [pictures.WHITE, pictures.BLACK]
    for ground in grounds:
        wanted = pictures.on(reference, ground)
        likeness = pictures.psnr(pictures.on(shown, ground), wanted)
        if format_name == "png":
            assert likeness >= LOSSLESS_FLOOR
        elif likeness < LOSSY_FLOOR:
            own = pictures.psnr(pictures.on(pictures.encoded(reference, format_name), ground), wanted)
            margin = LOSSY_MARGIN[f"{format_name} with alpha" if pictures.has_alpha(shown) else format_name]
            assert likeness >= own - margin


@pytest.mark.parametrize("format_name", FORMATS)
def test_all_orientations_are_upright_and_alike(plugin: thumbox.Plugin, format_name: thumbox.FormatName) -> None:
    plain = pictures.jpeg(160, 120)
    wanted = None
    for orientation in range(1, 9):
        turned = pictures.turned(plain, orientation)
        info = plugin.probe(turned)
        assert (info.orientation, info.width, info.height) == (orientation, 160, 120)
        thumbnail = plugin.thumbnail(turned, 80, 80, format=format_name, quality=95)
        assert (thumbnail.width, thumbnail.height) == (80, 60)
        shown = pictures.on(pictures.opened(thumbnail.data), pictures.WHITE)
        wanted = shown if wanted is None else wanted
        assert pictures.psnr(shown, wanted) > 33


def test_orientation_6_covers_and_stretches_upright(plugin: thumbox.Plugin) -> None:
    plain = pictures.jpeg(160, 120)
    for fit in ("cover", "stretch"):
        upright = plugin.thumbnail(plain, 60, 30, fit=fit, format="png")
        turned = plugin.thumbnail(pictures.turned(plain, 6), 60, 30, fit=fit, format="png")
        both = [pictures.on(pictures.opened(one.data), pictures.WHITE) for one in (upright, turned)]
        assert pictures.psnr(*both) > 33
