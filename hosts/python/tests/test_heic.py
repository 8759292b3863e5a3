"""HEIC, which a component of its own reads, beside libheif."""

from __future__ import annotations

import base64
import io
import itertools
import random
import struct
from typing import TYPE_CHECKING, Any

import heifs
import numpy as np
import pillow_heif
import pytest
from heifs import Heif, box, extents, grid, versioned
from PIL import Image, ImageCms

import thumbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIB = 1 << 20


@pytest.fixture(scope="module")
def both(testing_artifacts: Path) -> Iterator[thumbox.Plugin]:
    """The base component, with the add-on beside it."""
    assert (testing_artifacts / "thumbox-heic.wasm").is_file()
    with thumbox.load("wasm", path=testing_artifacts / "thumbox.wasm") as plugin:
        yield plugin


@pytest.fixture(scope="module")
def scene(photo: bytes) -> Image.Image:
    with Image.open(io.BytesIO(photo)) as image:
        small: Image.Image = image.convert("RGB").resize((203, 151))
    # Its colour profile is applied by us, and not by libheif.
    small.info.clear()
    return small


def whole(plugin: thumbox.Plugin, image: bytes) -> Image.Image:
    thumbnail = plugin.thumbnail(image, 1 << 20, 1 << 20, format="png")
    return Image.open(io.BytesIO(thumbnail.data)).convert("RGBA" if plugin.probe(image).alpha else "RGB")


def difference(image: Image.Image, other: Image.Image, mode: str) -> float:
    one, two = (np.asarray(each.convert(mode)).astype(int) for each in (image, other))
    assert one.shape == two.shape
    return float(np.abs(one - two).mean())


def refused(plugin: thumbox.Plugin, image: bytes, **options: Any) -> tuple[int, str]:
    try:
        plugin.thumbnail(image, 32, 32, **options)
    except thumbox.PluginError as error:
        return error.code, error.message
    return 0, "read"


OPTIONS: list[tuple[str, dict[str, Any]]] = [
    ("RGB", {"chroma": 420}),
    ("RGB", {"chroma": 422}),
    ("RGB", {"chroma": 444}),
    ("RGB", {"matrix_coefficients": 1, "full_range_flag": 0}),
    ("RGB", {"matrix_coefficients": 9}),
    ("RGB", {"matrix_coefficients": 0, "chroma": 444}),
    ("RGBA", {}),
    ("L", {}),
]


@pytest.mark.parametrize(("mode", "options"), OPTIONS)
@pytest.mark.parametrize("size", [(203, 151), (64, 64), (17, 33), (1, 1)])
def test_a_picture_is_what_libheif_shows(
    both: thumbox.Plugin, scene: Image.Image, mode: str, options: dict[str, Any], size: tuple[int, int]
) -> None:
    picture = scene.resize(size).convert(mode)
    if mode == "RGBA":
        picture.putalpha(scene.resize(size).convert("L"))
    file = heifs.written(picture, quality=90, **options)
    info = both.probe(file)
    assert (info.format, info.width, info.height, info.alpha) == ("heic", *size, mode == "RGBA")
    with Image.open(io.BytesIO(file)) as theirs:
        assert difference(whole(both, file), theirs, mode) < 1.5


def test_what_is_reduced_is_near_what_is_not(both: thumbox.Plugin, scene: Image.Image) -> None:
    # Planes are reduced one by one then, chroma in boxes of half the size where these are even and so is the picture.
    files = {
        (width, str(options)): heifs.written(scene.crop((0, 0, width, 150)), quality=95, **options)
        for width in (202, 203)
        for mode, options in OPTIONS
        if mode == "RGB"
    }
    for bits in (10, 12):
        pillow_heif.options.SAVE_HDR_TO_12_BIT = bits == 12
        file = io.BytesIO()
        samples = np.asarray(scene).astype(np.uint16) * 257
        pillow_heif.from_bytes("RGB;16", (scene.width, scene.height), samples.tobytes()).save(file, quality=95)
        files[203, f"{bits} bits"] = file.getvalue()
    for name, picture in files.items():
        not_reduced = io.BytesIO()
        whole(both, picture).save(not_reduced, "PNG")
        for side in (50, 34, 25, 12):
            small, expected = (
                Image.open(io.BytesIO(both.thumbnail(image, side, side, format="png").data))
                for image in (picture, not_reduced.getvalue())
            )
            assert small.size == expected.size
            assert difference(small, expected, "RGB") < 1.2, (name, side)


def test_twelve_bits_are_read(both: thumbox.Plugin, scene: Image.Image) -> None:
    samples = np.asarray(scene).astype(np.uint16) << 8
    for bits in (10, 12):
        pillow_heif.options.SAVE_HDR_TO_12_BIT = bits == 12
        file = io.BytesIO()
        size = (scene.width, scene.height)
        pillow_heif.from_bytes("RGB;16", size, samples.tobytes()).save(file, quality=95)
        assert difference(whole(both, file.getvalue()), scene, "RGB") < 2.5, bits


def test_profiles_turns_and_cuts_are_applied(both: thumbox.Plugin, scene: Image.Image) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert both.probe(heifs.written(scene, icc_profile=profile)).icc
    # Even sides: what x265 adds to others is cut off by a property of its own.
    scene = scene.crop((0, 0, 202, 150))
    sets, data = heifs.coded(heifs.written(scene, quality=90, chroma=444, matrix_coefficients=0))
    straight = None
    # irot counts quarter turns to the left, imir mirrors at an upright axis (0) or a lying one (1).
    turns = [(b"", None), (b"irot", 1), (b"irot", 2), (b"irot", 3), (b"imir", 0), (b"imir", 1)]
    does = [None, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270]
    does += [Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.FLIP_LEFT_RIGHT]
    for (kind, value), does_so in zip(turns, does, strict=True):
        heif = Heif()
        more = [box(kind, bytes([value]))] if value is not None else []
        heif.item(1, b"hvc1", data, box(b"hvcC", sets), extents(*scene.size), *more)
        shown = whole(both, heif.file())
        straight = straight or shown
        with Image.open(io.BytesIO(heif.file())) as theirs:
            assert shown.size == theirs.size
            expected = straight if does_so is None else straight.transpose(does_so)
            if kind != b"imir":
                assert shown.tobytes() == expected.tobytes(), (kind, value)
            assert difference(shown, theirs, "RGB") < 1.5, (kind, value)
    heif = Heif()
    cut = struct.pack(">8i", 100, 1, 50, 1, 10, 1, -3, 1)
    heif.item(1, b"hvc1", data, box(b"hvcC", sets), extents(*scene.size), box(b"clap", cut))
    left, top = (202 - 100) // 2 + 10, (150 - 50) // 2 - 3
    assert straight is not None
    assert whole(both, heif.file()).tobytes() == straight.crop((left, top, left + 100, top + 50)).tobytes()


def tiles(scene: Image.Image, count: int, size: tuple[int, int]) -> Heif:
    heif = Heif()
    for number in range(count):
        part = scene.crop((number * 16, 0, number * 16 + size[0], size[1]))
        sets, data = heifs.coded(heifs.written(part, quality=90))
        heif.item(number + 2, b"hvc1", data, box(b"hvcC", sets), extents(*size))
    return heif


def test_a_grid_is_put_together(both: thumbox.Plugin, scene: Image.Image) -> None:
    heif = tiles(scene, 6, (64, 64))
    heif.item(1, b"grid", grid(2, 3, 180, 100), extents(180, 100))
    heif.refers(b"dimg", 1, 2, 3, 4, 5, 6, 7)
    with Image.open(io.BytesIO(heif.file())) as theirs:
        assert difference(whole(both, heif.file()), theirs, "RGB") < 1.5
    # A box of the reducer lies across tiles.
    for side in (45, 30):
        small = Image.open(io.BytesIO(both.thumbnail(heif.file(), side, side, format="png").data))
        expected = whole(both, heif.file()).resize(small.size, Image.Resampling.LANCZOS)
        assert difference(small, expected, "RGB") < 1.5


def test_what_is_reduced_is_right_where_a_cut_divides_a_sample_of_chroma(both: thumbox.Plugin) -> None:
    stripes = np.zeros((64, 128, 3), np.uint8)
    stripes[:, :, 0] = np.where(np.arange(128) // 8 % 2, 255, 0)
    stripes[:, :, 2] = 255 - stripes[:, :, 0]
    sets, data = heifs.coded(heifs.written(Image.fromarray(stripes[:, :64]), quality=95, chroma=420))
    for left in (0, 1, 2, 3):
        cut = struct.pack(">8i", 128 - 2 * left, 1, 64, 1, 0, 1, 0, 1)
        heif = Heif()
        for number in (2, 3):
            heif.item(number, b"hvc1", data, box(b"hvcC", sets), extents(64, 64))
        heif.item(1, b"grid", grid(1, 2, 128, 64), extents(128, 64), box(b"clap", cut))
        heif.refers(b"dimg", 1, 2, 3)
        small = Image.open(io.BytesIO(both.thumbnail(heif.file(), 30, 30, format="png").data))
        expected = whole(both, heif.file()).resize(small.size, Image.Resampling.LANCZOS)
        assert difference(small, expected, "RGB") < 5, left


def test_a_grid_may_have_two_depths(both: thumbox.Plugin, scene: Image.Image) -> None:
    samples = np.asarray(scene.crop((64, 0, 128, 64))).astype(np.uint16) << 8
    pillow_heif.options.SAVE_HDR_TO_12_BIT = False
    deep = io.BytesIO()
    pillow_heif.from_bytes("RGB;16", (64, 64), samples.tobytes()).save(deep, quality=95)
    flat = heifs.written(scene.crop((0, 0, 64, 64)), quality=95)
    for order in ([flat, deep.getvalue()], [deep.getvalue(), flat]):
        heif = Heif()
        for number, file in enumerate(order):
            sets, data = heifs.coded(file)
            heif.item(number + 2, b"hvc1", data, box(b"hvcC", sets), extents(64, 64))
        heif.item(1, b"grid", grid(1, 2, 128, 64), extents(128, 64))
        heif.refers(b"dimg", 1, 2, 3)
        expected = Image.new("RGB", (128, 64))
        for number, file in enumerate(order):
            with Image.open(io.BytesIO(file)) as tile:
                expected.paste(tile.convert("RGB"), (64 * number, 0))
        assert difference(whole(both, heif.file()), expected, "RGB") < 1.5
        small = Image.open(io.BytesIO(both.thumbnail(heif.file(), 32, 32, format="png").data))
        assert difference(small, expected.resize(small.size, Image.Resampling.LANCZOS), "RGB") < 1.5


def test_tiles_may_have_more_chroma_than_others_or_none(both: thumbox.Plugin, scene: Image.Image) -> None:
    parts = [scene.crop((64 * number, 0, 64 * number + 64, 64)) for number in range(3)]
    layouts: list[tuple[str, dict[str, Any]]] = [("RGB", {"chroma": 420}), ("RGB", {"chroma": 444}), ("L", {})]
    for first, second, third in itertools.permutations(range(3)):
        if first == 2:
            # All is grey then.
            continue
        heif, expected = Heif(), Image.new("RGB", (192, 64))
        for number, kind in enumerate((first, second, third)):
            mode, options = layouts[kind]
            file = heifs.written(parts[number].convert(mode), quality=95, **options)
            sets, data = heifs.coded(file)
            heif.item(number + 2, b"hvc1", data, box(b"hvcC", sets), extents(64, 64))
            with Image.open(io.BytesIO(file)) as tile:
                expected.paste(tile.convert("RGB"), (64 * number, 0))
        heif.item(1, b"grid", grid(1, 3, 192, 64), extents(192, 64))
        heif.refers(b"dimg", 1, 2, 3, 4)
        for side in (192, 48, 32):
            shown = Image.open(io.BytesIO(both.thumbnail(heif.file(), side, side, format="png").data))
            resized = expected.resize(shown.size, Image.Resampling.LANCZOS)
            assert difference(shown, resized, "RGB") < 2, (first, second, side)


def test_alpha_that_does_not_say_its_size_is_as_large_as_the_picture(both: thumbox.Plugin, scene: Image.Image) -> None:
    shown = []
    for size in ([extents(64, 64)], []):
        heif = Heif()
        sets, data = heifs.coded(heifs.written(scene.crop((0, 0, 64, 64)), quality=90))
        heif.item(1, b"hvc1", data, box(b"hvcC", sets), extents(64, 64))
        sets, data = heifs.coded(heifs.written(scene.crop((64, 0, 128, 64)).convert("L"), quality=90))
        auxiliary = versioned(b"auxC", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")
        heif.item(2, b"hvc1", data, box(b"hvcC", sets), *size, auxiliary)
        heif.refers(b"auxl", 2, 1)
        assert both.probe(heif.file()).alpha
        shown.append(whole(both, heif.file()).tobytes())
    assert shown[0] == shown[1]


def test_a_grid_is_shown_whole_or_exceeds_the_memory(testing_artifacts: Path, scene: Image.Image) -> None:
    heif = tiles(scene, 1, (64, 64))
    heif.item(1, b"grid", grid(8, 8, 512, 512), extents(512, 512))
    heif.refers(b"dimg", 1, *[2] * 64)
    codes, shown = [], set()
    # Between these the first tile fits, and not the next, which are decoded beside the thumbnail.
    for quarters in range(4, 33, 2):
        with thumbox.load(
            "wasm", path=testing_artifacts / "thumbox.wasm", max_memory=quarters << 18, formats=("heic",)
        ) as plugin:
            try:
                shown.add(bytes(plugin.thumbnail(heif.file(), 400, 400, format="png").data))
                codes.append(0)
            except thumbox.PluginError as error:
                codes.append(error.code)
    assert codes == sorted(codes, reverse=True)
    assert set(codes) == {301, 0}
    assert len(shown) == 1


def test_a_file_that_names_no_primary_picture_shows_its_first(both: thumbox.Plugin, scene: Image.Image) -> None:
    heif = tiles(scene, 2, (64, 64))
    assert whole(both, heif.file(0)).tobytes() == whole(both, heif.file(2)).tobytes()


def test_tiles_that_lie_are_refused(both: thumbox.Plugin, scene: Image.Image) -> None:
    for rows, columns, width, height, listed in [
        (256, 256, 1 << 15, 1 << 15, [2]),
        (1, 2, 128, 64, [2]),
        (1, 2, 128, 64, [2, 1]),
        (1, 2, 128, 64, [2, 9]),
        (1, 2, 0xFFFFFFFF, 64, [2, 3]),
        (1, 2, 0, 64, [2, 3]),
        (1, 2, 300, 64, [2, 3]),
    ]:
        heif = tiles(scene, 2, (64, 64))
        heif.item(1, b"grid", grid(rows, columns, width, height), extents(width & 0xFFFFFF, height))
        heif.refers(b"dimg", 1, *listed)
        code, message = refused(both, heif.file())
        assert code in (200, 201, 300), (message, columns, width, listed)
    # A tile of another size: the property of the first one holds, and another cannot be smaller.
    heif = tiles(scene, 1, (128, 128))
    sets, data = heifs.coded(heifs.written(scene.crop((0, 0, 64, 64))))
    heif.item(3, b"hvc1", data, box(b"hvcC", sets), extents(128, 128))
    heif.item(1, b"grid", grid(1, 2, 256, 128), extents(256, 128))
    heif.refers(b"dimg", 1, 2, 3)
    assert refused(both, heif.file(), refuse_truncated=True)[0] in (201, 202)


def test_boxes_that_lie_end_with_an_error(both: thumbox.Plugin, scene: Image.Image) -> None:
    sets, data = heifs.coded(heifs.written(scene, quality=50))
    picture = (box(b"hvcC", sets), extents(*scene.size))
    loop = Heif()
    loop.item(1, b"grid", grid(1, 1, 64, 64), extents(64, 64))
    loop.refers(b"dimg", 1, 1)
    alone = Heif()
    alone.item(1, b"hvc1", data, *picture, length=0xFFFFFFF0)
    other_alpha = Heif()
    other_alpha.item(1, b"hvc1", data, *picture)
    tiny_sets, tiny = heifs.coded(heifs.written(scene.crop((0, 0, 16, 16)).convert("L")))
    auxiliary = versioned(b"auxC", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")
    other_alpha.item(2, b"hvc1", tiny, box(b"hvcC", tiny_sets), extents(16, 16), auxiliary)
    other_alpha.refers(b"auxl", 2, 1)
    nested = b""
    for _ in range(2000):
        nested = box(b"meta", bytes(4), nested)
    items = [box(b"infe", bytes(12))] * 10**6
    head = box(b"ftyp", b"heic", bytes(4), b"mif1")
    for name, file in {
        "an item of itself": loop.file(),
        "no such item": alone.file(7),
        "boxes in boxes": head + nested,
        "no box": head,
        "2^63 bytes": head + struct.pack(">I4sQ", 1, b"meta", 1 << 63) + bytes(40),
        "a million items": head + versioned(b"meta", versioned(b"iinf", b"\xff\xff", *items)),
    }.items():
        code, message = refused(both, file)
        assert code in (200, 201, 202, 301), (name, message)
    # Data that claims to be longer than the file is what there is of it.
    assert both.thumbnail(alone.file(), 32, 32).width == 32
    # As libheif does: alpha of another size is none.
    assert not both.probe(other_alpha.file()).alpha


def test_what_is_cut_off_or_damaged_is_an_error_or_a_picture(both: thumbox.Plugin, scene: Image.Image) -> None:
    file = heifs.written(scene.resize((48, 32)), quality=50)
    codes = set()
    for end in range(len(file)):
        try:
            both.thumbnail(file[:end], 16, 16)
        except thumbox.PluginError as error:
            codes.add(error.code)
    assert codes <= {200, 201, 202}
    assert 202 in codes
    chance = random.Random(7)
    for _ in range(400):
        damaged = bytearray(file)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(12, len(file))] = chance.randrange(256)
        try:
            thumbnail = both.thumbnail(damaged, 16, 16)
        except thumbox.PluginError as error:
            assert error.code in (200, 201, 202, 204, 300, 301, 303), error  # noqa: PT017 -- both are right
        else:
            assert thumbnail.width <= 16


def test_a_call_is_one_call(testing_artifacts: Path, scene: Image.Image) -> None:
    file = heifs.written(scene)
    with thumbox.load("wasm", path=testing_artifacts / "thumbox.wasm", max_concurrent=1, max_wait=0) as plugin:
        thumbnail = plugin.thumbnail(file, 64, 64)
        stats = plugin.stats()
        assert (stats.calls, stats.errors, stats.running) == (1, 0, 0)
        with pytest.raises(thumbox.ImageError):
            plugin.thumbnail(file[:500], 64, 64)
        stats = plugin.stats()
        assert (stats.calls, stats.errors, stats.running) == (2, 1, 0)
        header = thumbox.wire.ThumbnailRequestHeader.create(64, 64, 0, 85, len(file))
        borrowed = plugin.call_raw(thumbox.MSG_THUMBNAIL_CREATE, header, file, borrow=True)
        assert plugin.stats().running == 1
        with pytest.raises(thumbox.PluginError, match="max_concurrent = 1"):
            plugin.probe(file)
        assert bytes(borrowed[20:]) == bytes(thumbnail.data)
        del borrowed
        assert plugin.stats().running == 0
        small, large = plugin.thumbnails(file, [(16, 16), (64, 64)])
        assert (small.width, large.width) == (16, 64)
        reply = plugin.call("image.probe", {"image": base64.b64encode(file).decode()})
        assert isinstance(reply, dict)
        assert reply["format"] == "heic"
    with pytest.raises(thumbox.PluginError) as caught:
        plugin.probe(file)
    assert caught.value.code == 1


def test_limits_are_those_of_the_plugin(testing_artifacts: Path, scene: Image.Image) -> None:
    file = heifs.written(scene)
    options: Any
    for options, code in [
        ({"formats": ("jpeg", "png")}, 203),
        ({"max_pixels": 1000}, 300),
        ({"max_memory": 1000}, 301),
        ({"max_reply": 40}, 302),
    ]:
        with thumbox.load("wasm", path=testing_artifacts / "thumbox.wasm", **options) as plugin:
            assert refused(plugin, file)[0] == code, options
    with thumbox.load("wasm", path=testing_artifacts / "thumbox.wasm", formats=("heic",)) as plugin:
        assert plugin.probe(file).format == "heic"


def test_without_the_add_on_a_heic_is_refused_by_name(variant: str, testing_artifacts: Path, tmp_path: Path) -> None:
    file = box(b"ftyp", b"heic", bytes(4), b"mif1")
    path = None
    if variant == "wasm":
        path = tmp_path / "thumbox.wasm"
        path.write_bytes((testing_artifacts / "thumbox.wasm").read_bytes())
    with thumbox.load(variant, path=path) as plugin:
        code, message = refused(plugin, file)
        assert (code, "thumbox-heic" in message) == (204, True)
    if path is not None:
        (tmp_path / "thumbox-heic.wasm").write_bytes(b"no component")
        with thumbox.load(variant, path=path) as plugin:
            code, message = refused(plugin, file)
            assert (code, "thumbox-heic.wasm cannot be loaded" in message) == (2, True)
            assert plugin.call_raw(thumbox.MSG_ECHO, b"x") == b"x"
            assert plugin.stats().running == 0
