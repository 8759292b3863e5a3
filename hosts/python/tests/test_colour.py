"""Colours beside LittleCMS's, by Pillow, with the profile's own intent: how far apart they look (CIEDE2000)."""

from __future__ import annotations

import io
import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from _profiles import DISPLAY_P3, SRGB, gamma, grey, matrix, srgb_curve, table
from PIL import Image, ImageCms
from skimage.color import deltaE_ciede2000, rgb2lab

if TYPE_CHECKING:
    import thumbox

ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))


def washed_out(red: float, green: float, blue: float) -> tuple[float, float, float]:
    """A device whose black is grey and whose colours are pale."""
    light = 10 + 85 * (0.25 * red + 0.65 * green + 0.1 * blue) ** 0.9
    return light, 60 * (red - green), 60 * (green - blue)


def printed(cyan: float, magenta: float, yellow: float, black: float) -> tuple[float, float, float]:
    """Four inks on white paper."""
    light = 100 - 38 * cyan - 45 * magenta - 6 * yellow
    left = 1 - 0.9 * black
    return light * left, (-35 * cyan + 70 * magenta - 5 * yellow) * left, (-45 * cyan + 90 * yellow) * left


PROFILES = {
    "sRGB of version 2": ("RGB", matrix(SRGB, gamma(2.2), 2)),
    "sRGB of version 4": ("RGB", matrix(SRGB, srgb_curve())),
    "Display P3": ("RGB", matrix(DISPLAY_P3, srgb_curve())),
    "Adobe RGB": ("RGB", matrix(ADOBE_RGB, gamma(2.19921875), 2)),
    "linear": ("RGB", matrix(SRGB, gamma(1.0))),
    "table of RGB": ("RGB", table(b"RGB ", washed_out, 17)),
    "grey of gamma 1.8": ("L", grey(gamma(1.8))),
    "grey of sRGB's curve": ("L", grey(srgb_curve())),
    "table of CMYK": ("CMYK", table(b"CMYK", printed, 9)),
}


def colours(mode: str) -> Image.Image:
    """Colours from everywhere in the space, each a pixel."""
    steps = {"RGB": range(0, 256, 17), "CMYK": range(0, 256, 51), "L": range(256)}[mode]
    samples = np.array(list(itertools.product(steps, repeat=len(mode))), np.uint8)
    return Image.fromarray(samples.reshape(1, -1, len(mode)).squeeze(axis=2 if mode == "L" else ()), mode)


@pytest.mark.parametrize("name", PROFILES)
def test_colours_look_as_littlecms_makes_them(plugin: thumbox.Plugin, name: str) -> None:
    mode, profile = PROFILES[name]
    image = colours(mode)
    file = io.BytesIO()
    image.save(file, "JPEG" if mode == "CMYK" else "PNG", icc_profile=profile, quality=100, subsampling=0)
    made = plugin.thumbnail(file.getvalue(), image.width, image.height, format="png")
    ours = np.asarray(Image.open(io.BytesIO(made.data)).convert("RGB"))
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    converted = ImageCms.profileToProfile(
        Image.open(file),
        source,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent(ImageCms.getDefaultIntent(source)),
        outputMode="RGB",
    )
    assert converted is not None
    ours_lab, peer_lab = rgb2lab(ours), rgb2lab(np.asarray(converted))
    assert deltaE_ciede2000(ours_lab, peer_lab).mean() < 1  # type: ignore[no-untyped-call]
