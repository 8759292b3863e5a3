"""What a crop keeps, padding, and the colour space that a thumbnail keeps: beside Pillow."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageCms

if TYPE_CHECKING:
    import thumbox

WIDE, HIGH = (600, 200), (200, 600)
SHARE = {"left": 0.0, "top": 0.0, "right": 1.0, "bottom": 1.0}


def scene(size: tuple[int, int]) -> Image.Image:
    across, down = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    samples = np.stack([across * 255 // size[0], down * 255 // size[1], (across // 20 + down // 20) % 2 * 90 + 80], -1)
    return Image.fromarray(samples.astype("uint8"), "RGB")


def png(picture: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", **options)
    return file.getvalue()


def difference(thumbnail: thumbox.Thumbnail, expected: Image.Image) -> float:
    found = np.asarray(Image.open(io.BytesIO(thumbnail.data)).convert("RGB"), float)
    return float(np.abs(found - np.asarray(expected.convert("RGB"), float)).mean())


@pytest.mark.parametrize(
    "position", ["centre", "top", "right top", "right", "bottom", "left bottom", "left", "southeast"]
)
@pytest.mark.parametrize("size", [WIDE, HIGH])
def test_a_position_keeps_the_rectangle_that_pillow_cuts(
    plugin: thumbox.Plugin, position: str, size: tuple[int, int]
) -> None:
    words = {"southeast": "right bottom"}.get(position, position).split()
    across = next((SHARE[word] for word in words if word in ("left", "right")), 0.5)
    down = next((SHARE[word] for word in words if word in ("top", "bottom")), 0.5)
    left, top = across * (size[0] - 200), down * (size[1] - 200)
    expected = scene(size).resize((80, 80), Image.Resampling.LANCZOS, (left, top, left + 200, top + 200))
    made = plugin.thumbnail(png(scene(size)), 80, 80, format="png", fit="cover", position=position)
    assert difference(made, expected) < 2


@pytest.mark.parametrize(("point", "left"), [((0.5, 0.1), 200), ((0.0, 0.5), 0), ((0.3, 0.7), 80), ((0.97, 0.2), 400)])
def test_a_focal_point_is_in_the_middle_as_far_as_edges_allow(
    plugin: thumbox.Plugin, point: tuple[float, float], left: int
) -> None:
    expected = scene(WIDE).resize((80, 80), Image.Resampling.LANCZOS, (left, 0, left + 200, 200))
    made = plugin.thumbnail(png(scene(WIDE)), 80, 80, format="png", fit="cover", position=point)
    assert difference(made, expected) < 2


def test_contain_is_the_thumbnail_inside_on_its_background(plugin: thumbox.Plugin) -> None:
    inside = Image.open(io.BytesIO(plugin.thumbnail(png(scene(WIDE)), 90, 90, format="png").data))
    for background, expected in ((None, (0, 0, 0, 0)), ("#204060", (32, 64, 96, 255))):
        made = plugin.thumbnail(png(scene(WIDE)), 90, 90, format="png", fit="contain", background=background)
        picture = Image.open(io.BytesIO(made.data)).convert("RGBA")
        assert picture.size == (90, 90)
        assert picture.getpixel((4, 2)) == expected
        assert picture.crop((0, 30, 90, 60)).convert("RGB").tobytes() == inside.convert("RGB").tobytes()
    jpeg = plugin.thumbnail(png(scene(WIDE)), 90, 90, fit="contain")
    assert Image.open(io.BytesIO(jpeg.data)).getpixel((4, 2)) == (255, 255, 255)


@pytest.mark.parametrize("format_name", ["jpeg", "png", "webp"])
def test_a_kept_space_looks_the_same_to_littlecms(plugin: thumbox.Plugin, format_name: thumbox.FormatName) -> None:
    """Through the profile that the thumbnail carries, it is what it is without."""
    picture = scene(WIDE)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    wide = adobe_rgb()
    source = png(picture, icc_profile=wide)
    kept = Image.open(io.BytesIO(plugin.thumbnail(source, 90, 90, format=format_name, quality=95, colour="keep").data))
    carried = kept.info["icc_profile"]
    assert carried != wide
    assert len(carried) < len(wide) + 600
    own = ImageCms.ImageCmsProfile(io.BytesIO(carried))
    assert ImageCms.getProfileDescription(own).strip() == "RGB of the picture"
    seen = ImageCms.profileToProfile(kept.convert("RGB"), own, profile)
    plain = Image.open(io.BytesIO(plugin.thumbnail(source, 90, 90, format=format_name, quality=95).data))
    assert "icc_profile" not in plain.info
    assert seen is not None
    gap = np.abs(np.asarray(seen, float) - np.asarray(plain.convert("RGB"), float))
    # Beyond sRGB both are cut off, each by its own rule.
    assert np.median(gap) <= 2
    assert gap.mean() < 4


def adobe_rgb() -> bytes:
    """A profile with other primaries and another curve, as ICC.1:2001-04 has it."""

    def fixed(value: float) -> bytes:
        return round(value * 65536).to_bytes(4, "big", signed=True)

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(map(fixed, values))

    curve = b"curv\0\0\0\0" + (1).to_bytes(4, "big") + (563).to_bytes(2, "big") + b"\0\0"
    secret = b"text\0\0\0\0" + b"the owner's name".ljust(20, b"\0")
    tags = {
        b"rXYZ": xyz(0.60974, 0.31111, 0.01947),
        b"gXYZ": xyz(0.20528, 0.62567, 0.06087),
        b"bXYZ": xyz(0.14919, 0.06322, 0.74457),
        b"wtpt": xyz(0.9505, 1.0, 1.0891),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
        b"cprt": secret,
    }
    table, data, offset = len(tags).to_bytes(4, "big"), b"", 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        table += name + (offset + len(data)).to_bytes(4, "big") + len(tag).to_bytes(4, "big")
        data += tag
    body = b"\2\x20\0\0mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28) + fixed(0.9642) + fixed(1) + fixed(0.8249)
    file = bytes(4) + bytes(4) + body
    file = file.ljust(128, b"\0") + table + data
    return len(file).to_bytes(4, "big") + file[4:]


def test_nothing_of_the_file_s_own_words_is_carried(plugin: thumbox.Plugin) -> None:
    made = plugin.thumbnail(png(scene(WIDE), icc_profile=adobe_rgb()), 90, 90, colour="keep")
    assert b"owner" not in bytes(made.data)


def test_attention_is_the_same_for_a_set_and_both_variants(plugins: dict[str, thumbox.Plugin]) -> None:
    picture = scene(WIDE)
    picture.paste((250, 30, 30), (480, 60, 560, 140))
    made = [
        bytes(one.data)
        for plugin in plugins.values()
        for one in (
            plugin.thumbnail(png(picture), 60, 60, format="png", fit="cover", position="attention"),
            plugin.thumbnails(png(picture), [(60, 60)], format="png", fit="cover", position="attention")[0],
        )
    ]
    assert len(set(made)) == 1
    shown = np.asarray(Image.open(io.BytesIO(made[0])).convert("RGB"), int)
    assert ((shown[..., 0] > 200) & (shown[..., 1] < 80)).sum() > 60 * 60 * 0.1
