"""A tiny file of every kind that our decoders tell apart beside Pillow, at full size.

The files are what fuzzing starts from (core/tests/seeds): every colour type, depth, interlacing and filter of PNG,
every header, depth and layout of BMP, everything that the header of a lossy WebP can say, and all small formats.
"""

from __future__ import annotations

import io
import os
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from conftest import WORKSPACE
from PIL import Image

import thumbox

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.int16]

LEAST = {"bmp": 50, "gif": 30, "png": 80, "webp": 80}
LEAST |= {"ico": 10, "pnm": 20, "psd": 10, "qoi": 8, "tga": 30}
"""Files that have to be compared, so that a change of names does not leave out most."""

DIFFERENT = {
    "bmp": {
        r"-4444$": "Pillow has no such layout",
        r"^rle.-jumps$": "Pillow refuses what jumps leave out",
    },
    "gif": {r"^partial-": "Pillow makes the canvas larger, and what no frame covers is black to it"},
    "png": {
        r"^grey-(2|4|16)-.-masked$": "Pillow widens or narrows such a grey before it looks for the key",
        r"^with-orientation$": "Pillow does not turn a picture",
        r"^with-(cicp-pq|profile-grey)$": "Pillow converts no colours",
    },
    "webp": {r"^with-orientation": "Pillow does not turn a picture"},
    "ico": {},
    "pnm": {},
    "psd": {r"^bitmap-": "Pillow shows black as white; Photoshop, ImageMagick and psd-tools do not"},
    "qoi": {},
    "tga": {},
}
"""What Pillow shows otherwise, as patterns of names, and why."""

ROUNDED = {"png": r"-16-", "bmp": r"-16-|-(555|565)$", "webp": r"^animated-(lossless|small)-[01]$"}
ROUNDED |= {"ico": r"^bitmap-16-", "pnm": r"-100(0)?$"}
"""Where a level may differ: ours rounds to 8 bits, Pillow cuts off, repeats bits or rounds halves to even; a lossless
frame is blended.
"""

NAMES = {"pnm": "ppm"}
"""What Pillow calls a format otherwise."""


def pixels(image: Image.Image) -> Pixels:
    """RGBA; black where nothing is to be seen."""
    image.load()
    if image.mode.startswith("I;16"):
        image = Image.fromarray(((np.asarray(image).astype(np.uint32) * 255 + 32_895) >> 16).astype(np.uint8))
    rgba = np.asarray(image.convert("RGBA")).astype(np.int16)
    return np.where(rgba[..., 3:] == 0, np.int16(0), rgba)


def difference(plugin: thumbox.Plugin, kind: str, data: bytes) -> int | str:
    """Levels, or what else is different."""
    try:
        mine = pixels(Image.open(io.BytesIO(plugin.thumbnail(data, 1 << 20, 1 << 20, format="png").data)))
    except thumbox.PluginError as error:
        return f"refused by ours: {error}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer = pixels(Image.open(io.BytesIO(data), formats=[NAMES.get(kind, kind)]))
    except Exception as error:  # noqa: BLE001 -- OSError, SyntaxError, ValueError, struct.error, zlib.error and others
        return f"refused by Pillow: {error}"
    return int(np.abs(mine - peer).max()) if mine.shape == peer.shape else f"{mine.shape}, Pillow {peer.shape}"


@pytest.mark.parametrize("build", ["native", "wasm"])
@pytest.mark.parametrize("kind", LEAST)
def test_every_kind_is_the_same_picture(plugins: dict[str, thumbox.Plugin], kind: str, build: str) -> None:
    folder = Path(os.environ.get("THUMBOX_SEEDS") or WORKSPACE / "target/seeds") / kind
    known, compared, unknown = set(), 0, []
    for file in sorted(folder.iterdir()):
        if file.name.startswith(("cut-", "odd-")):
            continue
        found = difference(plugins[build], kind, file.read_bytes())
        rounded = kind in ROUNDED and re.search(ROUNDED[kind], file.name) is not None
        patterns = [pattern for pattern in DIFFERENT[kind] if re.search(pattern, file.name)]
        if isinstance(found, int) and found <= rounded:
            compared += 1
        elif patterns:
            known.update(patterns)
        else:
            unknown.append(f"{file.name}: {found}")
    assert not unknown
    assert known == set(DIFFERENT[kind])
    assert compared >= LEAST[kind]
