"""`call_raw`: every kind of buffer in, views that live as long as somebody holds them out."""

from __future__ import annotations

import array
import ctypes
import gc
import mmap
import tempfile
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import thumbox
from thumbox import _buffers

if TYPE_CHECKING:
    from collections.abc import Callable

ECHO = thumbox.MSG_ECHO


def mapped(data: bytes, access: int) -> mmap.mmap:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return mmap.mmap(file.fileno(), len(data), access=access)


BUFFERS: dict[str, Callable[[], Any]] = {
    "bytes": lambda: b"abcdefgh",
    "a subclass of bytes": lambda: type("B", (bytes,), {})(b"abcdefgh"),
    "bytearray": lambda: bytearray(b"abcdefgh"),
    "memoryview": lambda: memoryview(b"--abcdefgh--")[2:-2],
    "writable memoryview": lambda: memoryview(bytearray(b"abcdefgh")),
    "mmap": lambda: mapped(b"abcdefgh", mmap.ACCESS_WRITE),
    "read-only mmap": lambda: mapped(b"abcdefgh", mmap.ACCESS_READ),
    "array": lambda: array.array("H", b"abcdefgh"),
    "ctypes": lambda: (ctypes.c_uint32 * 2).from_buffer_copy(b"abcdefgh"),
    "numpy bytes": lambda: np.frombuffer(b"abcdefgh", np.uint8),
    "numpy floats": lambda: np.frombuffer(bytearray(b"abcdefgh"), "<f8"),
    "numpy in two dimensions": lambda: np.frombuffer(b"abcdefgh", "<u2").reshape(2, 2),
    "numpy without dimensions": lambda: np.frombuffer(b"abcdefgh", "<u8").reshape(()),
}


@pytest.mark.parametrize("kind", BUFFERS)
def test_any_contiguous_buffer_goes_in(plugin: thumbox.Plugin, kind: str) -> None:
    buffer = BUFFERS[kind]()
    assert plugin.call_raw(ECHO, buffer) == b"abcdefgh"
    assert plugin.call_raw(ECHO, buffer, b"", buffer) == b"abcdefghabcdefgh"
    if isinstance(buffer, mmap.mmap):
        buffer.close()  # it would refuse while anybody held it


@pytest.mark.parametrize("length", [1, 100, 20_000, 300_000, 3_000_000])
def test_parts_are_joined_in_order(plugin: thumbox.Plugin, length: int) -> None:
    whole = np.random.default_rng(length).bytes(length)
    cut = length // 3
    parts = (whole[:cut], bytearray(whole[cut : 2 * cut]), memoryview(whole)[2 * cut :])
    assert plugin.call_raw(ECHO, *parts) == whole
    assert plugin.call_raw(ECHO, whole) == whole


def test_a_buffer_is_let_go_also_after_an_error(plugin: thumbox.Plugin) -> None:
    buffer = bytearray(b"abc")
    plugin.call_raw(ECHO, buffer)
    with pytest.raises(thumbox.PluginError):
        plugin.call_raw(99, buffer)
    with pytest.raises(TypeError):
        plugin.call_raw(ECHO, buffer, "text")  # type: ignore[arg-type]
    buffer += b"d"  # BufferError while anybody holds it


@pytest.mark.parametrize(
    "buffer",
    [np.zeros((4, 4), np.uint8)[:, ::2], np.asfortranarray(np.zeros((2, 3))), memoryview(b"abcdef")[::2]],
)
def test_a_buffer_with_gaps_is_refused_with_advice(plugin: thumbox.Plugin, buffer: memoryview) -> None:
    with pytest.raises(ValueError, match=r"part 1 of the request, a (ndarray|memoryview), is not C-contiguous.*copy"):
        plugin.call_raw(ECHO, b"x", buffer)
    assert plugin.call_raw(ECHO, bytes(buffer)) == bytes(buffer)


@pytest.mark.parametrize("what", ["text", 5, None, [1, 2]])
def test_what_is_no_buffer_is_a_type_error(plugin: thumbox.Plugin, what: object) -> None:
    with pytest.raises(TypeError, match=rf"part 0 of the request is a {type(what).__name__}; allowed are buffers"):
        plugin.call_raw(ECHO, what)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message_id", "kind", "words"),
    [
        (-1, ValueError, "message_id is -1; 0 to 4294967295 is allowed"),
        (1 << 32, ValueError, "message_id is 4294967296"),
        ("1", TypeError, "message_id is a str"),
        (1.0, TypeError, "message_id is a float"),
        (True, TypeError, "message_id is True"),
    ],
)
def test_a_wrong_message_id_is_said_so(
    plugin: thumbox.Plugin, message_id: int, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        plugin.call_raw(message_id, b"x")
    assert plugin.call_raw(np.uint32(1), b"x") == b"x"


@pytest.mark.parametrize("length", [16, 100_000, 2_000_000])
def test_a_reply_is_read_only_bytes(plugin: thumbox.Plugin, length: int) -> None:
    reply = plugin.call_raw(ECHO, bytes(length))
    assert (reply.readonly, reply.format, reply.ndim, reply.nbytes) == (True, "B", 1, length)
    with pytest.raises(TypeError):
        reply[0] = 1


@pytest.mark.parametrize("length", [16, 2_000_000])
def test_a_reply_lives_as_long_as_any_view_of_it(variant: str, length: int) -> None:
    request = np.random.default_rng(1).bytes(length)
    plugin = thumbox.load(variant)
    reply = plugin.call_raw(ECHO, request)
    piece = reply[4:12]
    numbers = np.frombuffer(reply, np.uint8)
    del reply
    gc.collect()
    for _ in range(50):  # others reuse what is free
        plugin.call_raw(ECHO, bytes(length))
    plugin.close()
    del plugin
    gc.collect()
    assert piece == request[4:12]
    assert numbers.tobytes() == request
    part = numbers[100:]
    del piece, numbers
    gc.collect()
    assert part.tobytes() == request[100:]


def test_a_view_that_was_released_does_not_take_its_slices_with_it(plugin: thumbox.Plugin) -> None:
    request = bytes(range(256)) * 4000
    reply = plugin.call_raw(ECHO, request)
    piece = reply[1000:2000]
    copy = memoryview(reply)
    del copy
    gc.collect()
    assert piece == request[1000:2000]


def test_eight_threads_share_a_plugin(plugin: thumbox.Plugin, photo: bytes) -> None:
    alone = [bytes(plugin.thumbnail(photo, 40 + number, 0).data) for number in range(8)]
    errors: list[str] = []

    def work(number: int) -> None:
        for round_ in range(10):
            if bytes(plugin.thumbnail(photo, 40 + number, 0).data) != alone[number]:
                errors.append(f"thread {number}, round {round_}: another thumbnail")
            text = f"{number} {round_}".encode() * 1000
            if plugin.call_raw(ECHO, text) != text:
                errors.append(f"thread {number}, round {round_}: another echo")
            try:
                plugin.call_raw(ECHO)
            except thumbox.RequestError:
                continue
            errors.append("no error")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_closing_while_threads_call_ends_them_with_code_1(variant: str) -> None:
    plugin = thumbox.load(variant)
    codes: list[int] = []
    begun = threading.Barrier(5)

    def work() -> None:
        begun.wait()
        try:
            while True:
                plugin.call_raw(ECHO, b"x" * 1000)
        except thumbox.PluginError as error:
            codes.append(error.code)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    begun.wait()
    plugin.close()
    for thread in threads:
        thread.join()
    assert codes == [1] * 4


def test_a_request_above_max_request_is_refused_before_it_is_copied(variant: str) -> None:
    with thumbox.load(variant, max_request=1000) as plugin:
        assert len(plugin.call_raw(ECHO, bytes(500), bytes(500))) == 1000
        with pytest.raises(thumbox.RequestError, match="the request has 1001 bytes; max_request allows 1000") as caught:
            plugin.call_raw(ECHO, bytes(1000), b"x")
        assert caught.value.code == 100
        with pytest.raises(thumbox.RequestError, match="max_request allows 1000"):
            plugin.thumbnail(bytes(1001))
        with pytest.raises(thumbox.RequestError, match="max_request allows 1000"):
            plugin.call("echo", "x" * 1000)
        assert plugin.call_raw(ECHO, b"x") == b"x"


def test_a_native_reply_is_copied_up_to_256_kib() -> None:
    with thumbox.load("native") as plugin:
        for length, copied in ((1, True), (256 << 10, True), ((256 << 10) + 1, False)):
            reply = plugin.call_raw(ECHO, bytes(length))
            assert (type(reply.obj) is bytes, len(reply)) == (copied, length)


def test_a_part_that_cannot_be_had_lets_go_of_those_before_it() -> None:
    buffer = bytearray(b"abc")
    with pytest.raises(TypeError):
        _buffers.Parts((buffer, 5))  # type: ignore[arg-type]
    buffer += b"d"
