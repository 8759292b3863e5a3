"""Our decoders beside libjpeg-turbo, libpng's readers, libtiff and libwebp, through Pillow, at full size.

Valid files of every kind have to be the same picture to both. Of damaged ones both have to say the same dimensions
where both show something, and what Pillow shows as if nothing had happened has to be what ours shows, too. Every
file is made of its number: `replay(number)` makes it again.
"""

from __future__ import annotations

import hashlib
import io
import random
import re
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import differential
import numpy as np
import pytest
from conftest import WORKSPACE
from differential import Sample
from PIL import Image

import thumbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Pixels = NDArray[np.int16]

VALID = 1200
DAMAGED = 4000
LARGEST = 1 << 21
"""Pixels beyond which nothing is compared: damage makes headers that claim anything."""

LEVELS = {
    # A level for each sample (docs/design/jpeg.md), which the conversion to RGB makes up to three of.
    "jpeg": 3,
    "png": 0,
    "tiff": 0,
    "webp lossless": 0,
    "webp lossy": 0,
}
SMOOTHED = {"jpeg": 17, "webp lossy": 17, "tiff": 0}
"""Rows before damage that it may reach: the last row of units, and one that chroma is smoothed with."""

KNOWN = {
    r"^png, colour 0, [124] bits.*tRNS.*: levels": "Pillow widens such a grey before it looks for the key",
    r"^png.*: refused by ours alone: .*its compression, filter and interlace methods": (
        "Pillow does not look at what a header may say"
    ),
    r"^png.*: refused by ours alone: .*its palette has 0 bytes": "Pillow makes a palette of its own",
    r"^webp.*: refused by ours alone: .*its lossless image data": (
        "libwebp shows pixels that its last bits are missing of, and does not read alpha that the header does not claim"
    ),
    r"^webp lossless, .*; .*: levels": (
        "our decoder gives the first of two symbols the code 0, and RFC 9649 the smaller: no encoder writes them so"
    ),
    r"^tiff.*: refused by ours alone: .*share byte": "no two strips or tiles may share bytes",
    r"^tiff.*: refused by ours alone: .*(compression \d+|photometric interpretation \d+|tag 258 differs)": (
        "Pillow takes some numbers that mean nothing for others"
    ),
    r"^tiff, 1 .*: refused by ours alone: .*wrong fax code": "libtiff makes something of any bits, and goes on",
    r"^png.* of IHDR .*: levels: off by": "of rows that never came, Pillow shows the first colour or black, ours none",
    r"^webp.*: refused by ours alone: .*expected chunk was missing": "libwebp takes alpha that is not there for opaque",
}
"""What is known to differ, as patterns of a sample's kind, how it was made, and the difference; and why."""

FOUND = WORKSPACE / "target" / "differential"


def replay(number: int, *, damage: bool) -> Iterator[Sample]:
    """The file of that number, and with `damage` first the file that was damaged."""
    chance = random.Random(number)
    sample = chance.choice(differential.MAKERS)(chance)
    yield sample
    if damage:
        yield differential.damaged(sample, chance)


def ours(plugin: thumbox.Plugin, data: bytes) -> Pixels | thumbox.PluginError:
    try:
        return rgba(Image.open(io.BytesIO(plugin.thumbnail(data, 1 << 20, 1 << 20, format="png").data)))
    except thumbox.PluginError as error:
        return error


def theirs(sample: Sample) -> Pixels | Exception:
    """Pillow's picture. Whatever it raises is a refusal."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(sample.data), formats=[sample.kind.split()[0]])
            if image.width * image.height > LARGEST:
                return ValueError("too large to be compared")
            return rgba(image)
    except Exception as error:  # noqa: BLE001 -- OSError, SyntaxError, ValueError, struct.error, zlib.error and others
        return error


def rgba(image: Image.Image) -> Pixels:
    image.load()
    if image.mode == "CMYK":
        inks = np.asarray(image).astype(np.int32)
        colours = (np.int32(255) - inks[..., :3]) * (255 - inks[..., 3:])
        opaque = np.full((*inks.shape[:2], 1), 255)
        return np.concatenate([(colours + 127) // 255, opaque], axis=-1).astype(np.int16)
    if image.mode.startswith("I;16"):
        image = Image.fromarray(((np.asarray(image).astype(np.uint32) * 255 + 32_895) >> 16).astype(np.uint8))
    return np.asarray(image.convert("RGBA")).astype(np.int16)


def difference(sample: Sample, mine: Pixels | thumbox.PluginError, peer: Pixels | Exception) -> str:
    """What is not as it should be of a valid file; nothing if all is."""
    if isinstance(mine, thumbox.PluginError) or isinstance(peer, Exception):
        return f"refused: ours {said(mine)}, Pillow {said(peer)}"
    if mine.shape != peer.shape:
        return f"shapes: ours {mine.shape}, Pillow {peer.shape}"
    most = int(np.abs(mine - peer).max())
    return f"levels: off by {most}" if most > allowed(sample) else ""


def allowed(sample: Sample) -> int:
    """Levels that may differ. Of samples of 16 bits Pillow drops the lower ones, and ours rounds."""
    return LEVELS[sample.kind] + ("16 bits" in sample.how)


def difference_of_damaged(
    sample: Sample, mine: Pixels | thumbox.PluginError, peer: Pixels | Exception, whole: Pixels | Exception
) -> str:
    """The same of a damaged one. `whole`: what Pillow showed before the damage."""
    if isinstance(peer, Exception):
        return ""  # Ours shows what there is of a file that ends early, and may show more than a peer.
    if isinstance(mine, thumbox.PluginError):
        return f"refused by ours alone: {mine.code} {mine.message}"
    if mine.shape != peer.shape:
        return f"shapes: ours {mine.shape}, Pillow {peer.shape}"
    rows = len(peer)
    if sample.kind in SMOOTHED:
        # What was not touched.
        if isinstance(whole, Exception) or whole.shape != peer.shape:
            return ""
        changed = np.flatnonzero((whole != peer).any(axis=(1, 2)))
        rows = max(0, int(changed[0]) - SMOOTHED[sample.kind]) if len(changed) else rows
    most = int(np.abs(mine[:rows] - peer[:rows]).max(initial=0))
    return f"levels: off by {most}" if most > allowed(sample) else ""


def said(outcome: Any) -> str:
    return "shows it" if isinstance(outcome, np.ndarray) else f"{type(outcome).__name__}: {outcome}"


def compare(plugin: thumbox.Plugin, count: int, *, damage: bool) -> None:
    tally: Counter[str] = Counter()
    unknown: list[str] = []
    for number in range(count):
        *before, sample = replay(number, damage=damage)
        mine, peer = ours(plugin, sample.data), theirs(sample)
        if damage:
            found = difference_of_damaged(sample, mine, peer, theirs(before[0]))
        else:
            found = difference(sample, mine, peer)
        shown = ["nothing" if isinstance(one, Exception) else "a picture" for one in (mine, peer)]
        tally[f"{sample.kind}: ours shows {shown[0]}, Pillow {shown[1]}"] += 1
        if not found:
            continue
        line = f"{sample.kind}, {sample.how}: {found}"
        reason = next((why for pattern, why in KNOWN.items() if re.search(pattern, line)), None)
        tally[f"{sample.kind}: {reason or 'DIFFERS'}"] += 1
        if reason is None:
            FOUND.mkdir(parents=True, exist_ok=True)
            file = FOUND / f"{hashlib.sha256(sample.data).hexdigest()[:12]}.{sample.kind.split()[0]}"
            file.write_bytes(sample.data)
            unknown.append(f"{number}: {line} ({file})")
    print(f"\n{count} {'damaged' if damage else 'valid'} files:")  # noqa: T201 -- what a soak compared is to be seen
    for line, times in sorted(tally.items()):
        print(f"  {times:>6} {line}")  # noqa: T201 -- as above
    assert not unknown, f"{len(unknown)} differ:\n" + "\n".join(unknown[:40])


@pytest.fixture(scope="module")
def native() -> Iterator[thumbox.Plugin]:
    with thumbox.load("native", max_pixels=LARGEST) as plugin:
        yield plugin


@pytest.mark.soak
def test_valid_files_are_the_same_pictures(native: thumbox.Plugin) -> None:
    compare(native, VALID, damage=False)


@pytest.mark.soak
def test_damaged_files_are_the_same_where_nothing_is_damaged(native: thumbox.Plugin) -> None:
    compare(native, DAMAGED, damage=True)


def test_a_few_of_each_are_the_same(native: thumbox.Plugin) -> None:
    compare(native, 40, damage=False)
    compare(native, 80, damage=True)
