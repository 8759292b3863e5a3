"""Every kind of TIFF that is read, at full size: what it must show is known, since the files are made of it."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from _compared import tiff_kinds, tifffile_kinds
from _compared.difference import between
from _compared.readers import SIDE
from PIL import Image

import thumbox

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _compared.scene import Kind

REFUSED = re.compile(r"compression \d+( \((LZMA|LERC|JPEG XL|JPEG 2000|WebP)\))?; supported: |with a predictor;")
"""Why a kind may be refused; by name."""

NOT_COMPARED = re.compile(r"^tifffile-(greya|rgba?)-bool-")
"""tifffile packs the bits of several samples in an order of its own."""


@pytest.mark.parametrize(("kinds", "least"), [(tiff_kinds.kinds, 180), (tifffile_kinds.kinds, 550)])
def test_every_kind_shows_what_it_is_made_of(kinds: type[Iterable[Kind]], least: int) -> None:
    wrong, checked = [], 0
    with thumbox.load("native") as plugin:
        for kind in kinds():
            if kind.shows is None or NOT_COMPARED.match(kind.name):
                continue
            try:
                data = kind.make()
            except Exception:  # noqa: BLE001 -- encoders raise what they like for what they do not write
                continue
            try:
                reply = plugin.thumbnail(data, 2**32 - 1, format="png").data
            except thumbox.PluginError as error:
                if not (error.code == 200 and REFUSED.search(str(error))):
                    wrong.append((kind.name, str(error)))
                continue
            picture = np.asarray(Image.open(io.BytesIO(reply)).convert("RGBA"))
            difference = between(picture, kind.shows, SIDE)
            if not difference.within(1, 4):
                wrong.append((kind.name, str(difference)))
            checked += 1
    assert not wrong
    assert checked >= least
