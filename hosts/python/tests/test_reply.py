"""What a guest that was taken over may say of a reply, byte by byte: within the format, or an error of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import thumbox
from thumbox._json import parse_json
from thumbox._layouts import PlaceholderResponseHeader, ProbeResponseV2, SetResponseHeader, ThumbnailResponseHeader
from thumbox._reply import parse_placeholder, parse_probe, parse_set, parse_thumbnail

if TYPE_CHECKING:
    from collections.abc import Callable

PROBE = bytes(
    ProbeResponseV2(
        version=2, orientation=6, stored_width=3, stored_height=4, upright_width=4, upright_height=3, frames=9
    )
)
ONE = ThumbnailResponseHeader(version=1, width=5, height=6, format=2, payload_size=3)
THUMBNAIL = bytes(ONE) + b"abc"
SET = bytes(SetResponseHeader(version=1, count=2)) + bytes(ONE) * 2 + b"abcdef"

HASH = bytes.fromhex("da080e1d986086777088778678687878f6860ff788")
PLACEHOLDER = bytes(PlaceholderResponseHeader(version=1, upright_width=4, upright_height=3, hash_length=21)) + HASH


def changed(reply: bytes, at: int, value: int) -> bytes:
    return reply[:at] + bytes([value]) + reply[at + 1 :]


def read_set(reply: memoryview) -> object:
    return parse_set(reply, 2)


def test_as_they_should_be() -> None:
    info = parse_probe(memoryview(PROBE))
    assert (info.format, info.width, info.orientation, info.frames) == ("jpeg", 4, 6, 9)
    assert parse_probe(memoryview(changed(PROBE, 20, 5))).format == "tiff"
    thumbnail = parse_thumbnail(memoryview(THUMBNAIL))
    assert (thumbnail.format, bytes(thumbnail)) == ("webp", b"abc")
    assert [bytes(one) for one in parse_set(memoryview(SET), 2)] == [b"abc", b"def"]
    placeholder = parse_placeholder(memoryview(PLACEHOLDER))
    assert (placeholder.hash, placeholder.width, placeholder.height) == (HASH, 4, 3)
    assert parse_json(b"9" * 32) == 10**32 - 1


@pytest.mark.parametrize(
    ("parse", "reply"),
    [
        *((parse_probe, one) for one in (b"", PROBE[:-1], PROBE + b"x", changed(PROBE, 0, 1), changed(PROBE, 0, 0))),
        *((parse_probe, changed(PROBE, 20, number)) for number in (8, 15, 255)),
        *((parse_thumbnail, one) for one in (b"", THUMBNAIL[:19], THUMBNAIL[:-1], THUMBNAIL + b"x")),
        *((parse_thumbnail, changed(THUMBNAIL, 0, number)) for number in (0, 2)),
        *((parse_thumbnail, changed(THUMBNAIL, 12, number)) for number in (3, 5, 255)),
        *((parse_thumbnail, changed(THUMBNAIL, 16, number)) for number in (0, 2, 4, 255)),
        *((read_set, one) for one in (b"", SET[:7], SET[:40], SET[:-1], SET + b"x")),
        *((read_set, changed(SET, at, 3)) for at in (0, 4, 8, 20, 28, 40)),
        *((read_set, changed(SET, 4, number)) for number in (0, 1, 3)),
        *((read_set, changed(SET, 24, number)) for number in (0, 2, 4)),
        *((parse_placeholder, one) for one in (b"", PLACEHOLDER[:16], PLACEHOLDER[:-1], PLACEHOLDER + b"x")),
        *((parse_placeholder, changed(PLACEHOLDER, 0, number)) for number in (0, 2)),
        *((parse_placeholder, changed(PLACEHOLDER, 12, number)) for number in (0, 20, 22, 255)),
        # A hash of another length, or of no length at all.
        *((parse_placeholder, changed(PLACEHOLDER, 16 + 2, number)) for number in (0x80, 0xFF)),
        *((parse_placeholder, changed(PLACEHOLDER, 16 + 3, number)) for number in (0, 8, 15)),
        (parse_placeholder, bytes(PlaceholderResponseHeader(version=1, hash_length=4)) + bytes(4)),
    ],
)
def test_what_is_none_is_an_error_of_ours(parse: Callable[[memoryview], object], reply: bytes) -> None:
    with pytest.raises(
        thumbox.InternalError, match=rf"reply of {len(reply)} bytes is malformed; it starts with"
    ) as caught:
        parse(memoryview(reply))
    assert caught.value.code == 900
