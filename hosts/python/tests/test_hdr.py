"""PQ and HLG, in PNG and in AVIF, beside the formulas of BT.2100 and BT.2390 written again in numpy."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image

import thumbox

if TYPE_CHECKING:
    from numpy.typing import NDArray

PQ, HLG = 16, 18
BT709, BT2020 = 1, 9
# From BT.2020's primaries to BT.709's (BT.2087-0, annex 1, inverted).
TO_BT709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])


def png(samples: NDArray[Any], primaries: int, transfer: int) -> bytes:
    """Of 16 bits, with the chunk cICP."""
    height, width, _ = samples.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    chunks = [
        (b"IHDR", struct.pack(">2I5B", width, height, 16, 2, 0, 0, 0)),
        (b"cICP", bytes([primaries, transfer, 0, 1])),
    ]
    chunks += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def pq(light: Any) -> Any:
    power = (np.asarray(light, float) / 10_000) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)


def light(coded: Any) -> Any:
    root = np.asarray(coded, float) ** (32 / 2523)
    return 10_000 * (np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)) ** (16384 / 2610)


def scene(hlg: Any) -> Any:
    a = 0.17883277
    b, c = 1 - 4 * a, 0.5 - a * np.log(4 * a)
    return np.where(hlg <= 0.5, hlg**2 / 3, (np.exp((hlg - c) / a) + b) / 12)


def expected(samples: NDArray[Any], primaries: int, transfer: int) -> NDArray[Any]:
    """sRGB of 8 bits."""
    values = samples / 65535
    coded = values if transfer == PQ else pq(1000 * scene(values) ** 1.2)
    peak = pq(1000)
    most = pq(203) / peak
    knee = 1.5 * most - 0.5
    value = np.minimum(coded / peak, 1)
    t = (value - knee) / (1 - knee)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * most
    linear = light(np.where(value < knee, value, spline) * peak) / 203
    if primaries == BT2020:
        linear = linear @ TO_BT709.T
    linear = linear.clip(0, 1)
    coded = 255 * np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(coded)


def shown(plugin: thumbox.Plugin, file: bytes) -> NDArray[Any]:
    made = plugin.thumbnail(file, 1000, 1000, format="png").data
    return np.asarray(Image.open(io.BytesIO(made)).convert("RGB")).astype(float)


@pytest.mark.parametrize("primaries", [BT709, BT2020])
@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_a_png_is_what_the_recommendations_say(plugin: thumbox.Plugin, primaries: int, transfer: int) -> None:
    levels = np.linspace(0, 65535, 9).round()
    samples = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(27, 27, 3)
    difference = np.abs(shown(plugin, png(samples, primaries, transfer)) - expected(samples, primaries, transfer))
    assert difference.max() < 2.5
    assert difference.mean() < 0.6


def test_white_is_the_same_in_both(plugin: thumbox.Plugin) -> None:
    # BT.2408: 203 cd/m2 is 58 % of PQ and 75 % of HLG.
    whites = [
        shown(plugin, png(np.full((4, 4, 3), value), BT2020, transfer))[0, 0, 0]
        for transfer, value in ((PQ, round(65535 * float(pq(203)))), (HLG, round(65535 * 0.75)))
    ]
    assert 215 < min(whites) <= max(whites) < 235
    assert abs(whites[0] - whites[1]) <= 2


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_an_avif_is_shown_alike(transfer: int) -> None:
    samples = np.full((32, 32, 3), 600, np.uint16)
    samples[:, 16:] = (700, 400, 300)
    file = bytes(
        imagecodecs.avif_encode(
            samples, level=100, bitspersample=10, primaries=BT2020, transfer=transfer, matrix=9, pixelformat="444"
        )
    )
    with thumbox.load() as plugin:
        difference = np.abs(shown(plugin, file) - expected(samples / 1023 * 65535, BT2020, transfer))
    assert difference.mean() < 3
