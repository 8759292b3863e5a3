"""Bad input: a code, a message that names value and range, and the next call works. On both variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pictures
import pytest
from conftest import PHOTOS

import thumbox
from thumbox import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADER, PARAMETER = 100, 101


def v1(image: bytes = b"", **changed: int) -> bytes:
    """A request of version 1, with some fields as they should not be."""
    header = wire.ThumbnailRequestHeader.create(64, 64, 0, 85, len(image))
    return changed_header(header, changed) + image


def v2(image: bytes = b"", **changed: int) -> bytes:
    header = wire.ThumbnailRequestHeaderV2.create(64, 64, 0, 85, len(image))
    return changed_header(header, changed) + image


def changed_header(
    header: wire.ThumbnailRequestHeader | wire.ThumbnailRequestHeaderV2, changed: dict[str, int]
) -> bytes:
    for name, value in changed.items():
        setattr(header, name, value)
    return bytes(header)


def probe(image: bytes) -> bytes:
    return bytes(wire.ProbeRequestHeader.create(len(image))) + image


def placeholder(image: bytes) -> bytes:
    return bytes(wire.PlaceholderRequestHeader.create(0, len(image))) + image


def a_set(image: bytes, *records: wire.SetRecord) -> bytes:
    return b"".join(map(bytes, (wire.SetRequestHeader.create(len(records), len(image)), *records, image)))


def refused(plugin: thumbox.Plugin, message_id: int, request: bytes) -> thumbox.PluginError:
    """The error that a request gets; after it, a good request gets its answer."""
    with pytest.raises(thumbox.PluginError) as caught:
        plugin.call_raw(message_id, request)
    assert plugin.call_raw(thumbox.MSG_ECHO, b"next") == b"next"
    assert plugin.thumbnail(pictures.jpeg(), 8, 8).width == 8
    return caught.value


@pytest.mark.parametrize("message_id", [1, 100, 101, 102, 103])
def test_an_empty_request(plugin: thumbox.Plugin, message_id: int) -> None:
    for parts in ((), (b"",), (b"", bytearray())):
        with pytest.raises(thumbox.RequestError, match="length is 0") as caught:
            plugin.call_raw(message_id, *parts)
        assert caught.value.code == HEADER
    refused(plugin, message_id, b"")


@pytest.mark.parametrize("message_id", [0, 2, 99, 104, 2**32 - 2])
def test_a_message_that_is_unknown(plugin: thumbox.Plugin, message_id: int) -> None:
    error = refused(plugin, message_id, b"x")
    assert (type(error), error.code) == (thumbox.PluginError, 6)
    assert f"message id {message_id} is unknown; known: 1 (echo), 100" in error.message


def requests() -> Iterator[tuple[int, bytes, int]]:
    """A good request of each kind, and the length of its header."""
    image = pictures.jpeg()
    record = wire.SetRecord.create(8, 8, 0, 85)
    yield 100, v1(image), 24
    yield 100, v2(image), 40
    yield 101, probe(image), 8
    yield 103, placeholder(image), 12
    yield 102, a_set(image, record, record), 12 + 48


@pytest.mark.parametrize("number", range(5))
def test_every_truncation_of_the_header_and_of_the_payload(plugin: thumbox.Plugin, number: int) -> None:
    message_id, request, size = list(requests())[number]
    plugin.call_raw(message_id, request)
    for length in [*range(size), size, size + 1, *range(size + 7, len(request), 97), len(request) - 1]:
        with pytest.raises(thumbox.RequestError) as caught:
            plugin.call_raw(message_id, request[:length])
        assert caught.value.code == HEADER
        if length < size:
            assert "length" in caught.value.message
            assert str(length) in caught.value.message or message_id == 102
        else:
            # The payload is what is there behind the header.
            assert f"payload_size is {len(request) - size}" in caught.value.message
            assert f"{length - size} bytes follow" in caught.value.message
    plugin.call_raw(message_id, request)


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("version", [0, 4, 255])
def test_a_wrong_version(plugin: thumbox.Plugin, number: int, version: int) -> None:
    message_id, request, _ = list(requests())[number]
    error = refused(plugin, message_id, bytes([version]) + request[1:])
    assert (type(error), error.code) == (thumbox.RequestError, HEADER)
    assert f"version is {version}" in error.message
    assert "known" in error.message


@pytest.mark.parametrize(
    ("number", "offset"),
    [
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 3),
        (1, 26),
        (1, 27),
        (1, 36),
        (1, 39),
        (2, 1),
        (2, 3),
        (3, 1),
        (4, 1),
        (4, 12 + 18),
        (4, 36 + 19),
    ],
)
def test_a_reserved_byte_that_is_set(plugin: thumbox.Plugin, number: int, offset: int) -> None:
    message_id, request, _ = list(requests())[number]
    error = refused(plugin, message_id, request[:offset] + b"\x07" + request[offset + 1 :])
    assert (type(error), error.code) == (thumbox.RequestError, HEADER)
    assert "a reserved byte is 7; 0 is allowed" in error.message


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("size", [0, -1, +1, 2**32 - 1])
def test_a_payload_size_that_is_not_what_is_there(plugin: thumbox.Plugin, number: int, size: int) -> None:
    message_id, request, _ = list(requests())[number]
    place = {0: 20, 1: 20, 2: 4, 3: 8, 4: 8}[number]
    there = int.from_bytes(request[place : place + 4], "little")
    wrong = there + size if abs(size) == 1 else size
    error = refused(plugin, message_id, request[:place] + wrong.to_bytes(4, "little") + request[place + 4 :])
    assert (type(error), error.code) == (thumbox.RequestError, HEADER)
    assert f"payload_size is {wrong}; {there} bytes follow" in error.message


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"output_format": 3}, "output_format is 3; 0 (JPEG), 1 (PNG) and 2 (WebP) are allowed"),
        ({"output_format": 7}, "output_format is 7; 0 (JPEG), 1 (PNG) and 2 (WebP) are allowed"),
        ({"quality": 0}, "quality is 0; 1 to 100 is allowed"),
        ({"quality": 101}, "quality is 101; 1 to 100 is allowed"),
        ({"quality": 2**32 - 1}, "quality is 4294967295; 1 to 100 is allowed"),
        ({"fit": 3}, "fit is 3; 0 (inside), 1 (cover) and 2 (stretch) are allowed"),
        ({"fit": 1, "target_height": 0}, "cover, stretch and contain need both sides"),
        ({"flags": 8}, "flags is 0b00001000; bits 0, 1 and 2 are allowed"),
        ({"flags": 255}, "flags is 0b11111111"),
        ({"flags": 2}, "lossless is set for a JPEG; only WebP has that choice"),
    ],
)
def test_a_parameter_out_of_its_range(plugin: thumbox.Plugin, changed: dict[str, int], words: str) -> None:
    kinds = [v1, v2] if changed.keys() <= {"output_format", "quality"} else [v2]
    for request in kinds:
        error = refused(plugin, 100, request(pictures.jpeg(), **changed))
        assert (type(error), error.code) == (thumbox.RequestError, PARAMETER)
        assert words in error.message
    record = wire.SetRecord.create(64, 64, 0, 85)
    for name, value in changed.items():
        setattr(record, name, value)
    error = refused(plugin, 102, a_set(pictures.jpeg(), wire.SetRecord.create(8, 8, 0, 85), record))
    assert error.code == PARAMETER
    assert "set member 1: " in error.message
    assert words in error.message


@pytest.mark.parametrize("count", [0, 33, 2**32 - 1])
def test_a_set_of_too_few_or_too_many(plugin: thumbox.Plugin, count: int) -> None:
    request = bytes(wire.SetRequestHeader.create(count, 0)) + bytes(24 * min(count, 40))
    error = refused(plugin, 102, request)
    assert error.code == PARAMETER
    assert f"count is {count}; 1 to 32 are allowed" in error.message


def test_a_background_that_is_half_transparent(plugin: thumbox.Plugin) -> None:
    request = bytearray(v2(pictures.jpeg()))
    request[28:32] = b"\x01\x02\x03\x80"
    error = refused(plugin, 100, bytes(request))
    assert error.code == PARAMETER
    assert "background is 1, 2, 3, 128; the fourth byte must be 255" in error.message


IMAGES = {
    "nothing": (b"", 200),
    "text": (b"This is a letter and no picture at all.\n" * 20, 200),
    "zeros": (bytes(5000), 200),
    "html": (b"<!DOCTYPE html><title>404 Not Found</title>", 200),
    "a JPEG cut off in its headers": (pictures.jpeg()[:60], 202),
    "a PNG cut off in its header": ((PHOTOS / "coins.png").read_bytes()[:20], 202),
    "a PNG that claims 65535 x 65535": (pictures.png_claiming(65535, 65535), 300),
    "a PNG that claims 2^31 pixels": (pictures.png_claiming(65536, 32768), 300),
    "a PNG that claims 2^31 - 1 columns": (pictures.png_claiming(2**31 - 1, 1), 300),
    "a PNG that claims no rows": (pictures.png_claiming(5, 0), 201),
    "a PNG with a row that is within the pixels but not the memory": (pictures.png_claiming(134_000_000, 2), 301),
}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_that_is_none(plugin: thumbox.Plugin, name: str) -> None:
    image, code = IMAGES[name]
    kind = {2: thumbox.ImageError, 3: thumbox.LimitError}[code // 100]
    calls: list[Callable[[], object]] = [
        lambda: plugin.thumbnail(image, 64, 64),
        lambda: plugin.thumbnail(image, 64, 64, fit="cover"),
        lambda: plugin.thumbnails(image, [(64, 64), (8, 8)]),
    ]
    if code in (200, 202):
        calls.append(lambda: plugin.probe(image))
        calls.append(lambda: plugin.placeholder(image))
    for call in calls:
        with pytest.raises(thumbox.PluginError) as caught:
            call()
        if name == "nothing":
            assert caught.value.code in (200, 202)
        else:
            assert (type(caught.value), caught.value.code) == (kind, code)
        assert len(caught.value.message) > 20
    assert plugin.thumbnail(pictures.jpeg(), 8, 8).width == 8


def test_a_limit_names_the_dimensions_and_what_is_allowed(plugin: thumbox.Plugin) -> None:
    with pytest.raises(thumbox.LimitError) as caught:
        plugin.thumbnail(pictures.png_claiming(65535, 65535))
    assert "65535 x 65535" in caught.value.message
    assert "268435456" in caught.value.message


def test_a_picture_cut_off_in_mid_scan_shows_what_is_there(plugin: thumbox.Plugin, photo: bytes) -> None:
    half = photo[: len(photo) // 2]
    thumbnail = plugin.thumbnail(half, 128, 0)
    assert (thumbnail.width, thumbnail.height) == (128, 85)
    whole = pictures.on(pictures.opened(plugin.thumbnail(photo, 128, 0).data), (0, 0, 0))
    shown = pictures.on(pictures.opened(thumbnail.data), (0, 0, 0))
    assert pictures.psnr(shown[:20], whole[:20]) > 30
    assert pictures.psnr(shown[-20:], whole[-20:]) < 25
    with pytest.raises(thumbox.ImageError, match="truncated") as caught:
        plugin.thumbnail(half, 128, 0, refuse_truncated=True)
    assert caught.value.code == 202
    with pytest.raises(thumbox.ImageError) as caught:
        plugin.thumbnails(half, [(8, 8), {"width": 8, "refuse_truncated": True}])
    assert caught.value.code == 202


@pytest.mark.parametrize(
    "box", [(2**32 - 1, 2**32 - 1), (2**32 - 1, 0), (0, 2**32 - 1), (2**32 - 1, 50), (50, 2**32 - 1)]
)
def test_a_box_of_all_ones_just_does_not_bind(plugin: thumbox.Plugin, photo: bytes, box: tuple[int, int]) -> None:
    thumbnail = plugin.thumbnail(photo, *box)
    assert (thumbnail.width, thumbnail.height) == pictures.fitted(640, 427, box)


def test_an_output_that_its_format_cannot_hold(plugin: thumbox.Plugin, photo: bytes) -> None:
    sides: list[tuple[thumbox.FormatName, int]] = [("jpeg", 65_536), ("webp", 16_384)]
    for format_name, side in sides:
        with pytest.raises(thumbox.LimitError, match=str(side)) as caught:
            plugin.thumbnail(photo, side, 1, format=format_name, fit="stretch", enlarge=True)
        assert caught.value.code == 300
    assert plugin.thumbnail(photo, 16_383, 1, format="webp", fit="stretch", enlarge=True).width == 16_383
