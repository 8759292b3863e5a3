"""The sandbox: whatever a guest does, the host gets an error and the next call works."""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING, Any

import hostile
import pytest
from conftest import WORKSPACE
from wasmtime import _ffi as ffi

import thumbox
from thumbox.sandbox import runtime
from thumbox.sandbox.wasm import WasmPlugin

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20
PANIC = 2**32 - 1


@pytest.fixture(scope="module")
def harmful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.file(tmp_path_factory.mktemp("hostile"))


def load(file: Path, timeout: float | None = 0.3, memory_limit: int = 32 * MIB) -> thumbox.Plugin:
    return thumbox.load(
        "wasm", path=file, isolation="pool", timeout=timeout, memory_limit=memory_limit, max_concurrent=16
    )


def test_the_numbers_of_harms_are_those_of_the_text() -> None:
    told = re.findall(
        r"^;;   (\w+) = (\d+)$", (WORKSPACE / "testdata/hostile.wat").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(told) > 20
    assert {name: int(number) for name, number in told} == {
        name: value for name, value in vars(hostile).items() if isinstance(value, int)
    }


HARMS = [
    (hostile.REPLY_OUT_OF_MEMORY, thumbox.InternalError, 11, "8 bytes at address 262140 of a memory of 262144"),
    (hostile.REPLY_TOO_LONG, thumbox.InternalError, 11, "4294967295 bytes at address 8 of a memory of 262144"),
    (hostile.RESULT_OUT_OF_MEMORY, thumbox.InternalError, 11, "16 bytes at address 4294967288"),
    (hostile.DIE_SILENTLY, thumbox.LimitError, 301, "ran out of memory; memory_limit is 33554432 bytes"),
    (hostile.PANIC, thumbox.InternalError, 11, "the sandbox panicked: said by the guest"),
    (hostile.PANIC_WITH_A_LONG_TEXT, thumbox.InternalError, 11, "said by the guest"),
    (hostile.OVERFLOW_THE_STACK, thumbox.InternalError, 11, "stopped with a trap: stack overflow"),
    (hostile.READ_OUT_OF_MEMORY, thumbox.InternalError, 11, "stopped with a trap: memory out of bounds"),
    (hostile.EAT_MEMORY, thumbox.LimitError, 301, "memory_limit is 33554432 bytes, of which 3"),
    (hostile.RESULT_OF_NO_KIND, thumbox.InternalError, 11, "a result of kind 2"),
    (hostile.ERROR_THAT_IS_NO_TEXT, thumbox.ImageError, 201, "\ufffd\ufffd not text"),
    (hostile.DIVIDE_BY_ZERO, thumbox.InternalError, 11, "stopped with a trap: integer division by zero"),
    (hostile.LOOP, thumbox.PluginError, 10, "the call ran past its timeout of 0.3 s and was stopped"),
    (hostile.REPLY_OF_4_GIB, thumbox.InternalError, 11, "4294967295 bytes at address 0 of a memory of 262144"),
    (hostile.REPLY_AT_A_NEGATIVE_ADDRESS, thumbox.InternalError, 11, "8 bytes at address 4294967280"),
    (hostile.ADDRESS_AND_LENGTH_WRAP, thumbox.InternalError, 11, "12 bytes at address 4294967292"),
    (hostile.NO_REPLY_AREA, thumbox.InternalError, 11, "16 bytes at address 4294967295"),
    (hostile.CORRUPT_ITS_HEAP, thumbox.InternalError, 11, "a result of kind 165"),
    (hostile.A_VERY_LONG_MESSAGE, thumbox.InternalError, 11, "a message of 65537 bytes"),
    (hostile.ERROR_ELSEWHERE, thumbox.InternalError, 11, "100 bytes at address 4294967288"),
]

SHORT_WAY = """
(global (export "thumbox_short") i32 (i32.const 8192))
(func (export "thumbox_short_call") (param i32 i32)
  (memory.copy
    (i32.const 8192) (call 3 (local.get 0) (i32.const 8208) (local.get 1)) (i32.const 16)))
"""


def check_harm(plugin: thumbox.Plugin, message_id: int, kind: type[thumbox.PluginError], code: int, words: str) -> None:
    for _ in range(2):
        with pytest.raises(thumbox.PluginError) as caught:
            plugin.call_raw(message_id, b"x")
        assert (type(caught.value), caught.value.code) == (kind, code)
        assert words in caught.value.message
        assert plugin.call_raw(1, b"still", b" here") == b"still here"


@pytest.mark.parametrize(("message_id", "kind", "code", "words"), HARMS)
@pytest.mark.parametrize("isolation", ["call", "pool"])
def test_each_harm_is_an_error_and_the_next_call_works(
    harmful: Path, isolation: Any, message_id: int, kind: type[thumbox.PluginError], code: int, words: str
) -> None:
    with thumbox.load("wasm", path=harmful, isolation=isolation, timeout=0.3, memory_limit=32 * MIB) as plugin:
        check_harm(plugin, message_id, kind, code, words)


@pytest.mark.parametrize(("message_id", "kind", "code", "words"), HARMS)
def test_each_harm_of_a_short_call_is_an_error_and_the_next_call_works(
    tmp_path: Path, message_id: int, kind: type[thumbox.PluginError], code: int, words: str
) -> None:
    if message_id in (hostile.RESULT_OUT_OF_MEMORY, hostile.NO_REPLY_AREA):
        words = "memory out of bounds"  # of the guest's own copy
    file = hostile.file(tmp_path, hostile.module(more=SHORT_WAY))
    with thumbox.load("wasm", path=file, isolation="pool", timeout=0.3, memory_limit=32 * MIB) as plugin:
        check_harm(plugin, message_id, kind, code, words)


@pytest.mark.parametrize("address", [0xFFFF_FFFF, 262_144, 262_144 - 1023])
def test_a_place_for_short_calls_that_is_elsewhere_is_not_written_to(tmp_path: Path, address: int) -> None:
    file = hostile.file(tmp_path, hostile.module(more=SHORT_WAY.replace("i32.const 8192", f"i32.const {address}", 1)))
    with pytest.raises(thumbox.InternalError, match=f"1024 bytes at address {address} of a memory of 262144"):
        load(file)


@pytest.mark.parametrize("isolation", ["call", "pool"])
def test_short_requests_and_longer_ones_are_answered_alike(isolation: Any) -> None:
    with thumbox.load("wasm", isolation=isolation, max_concurrent=16) as plugin:
        # Without these every request would go the long way, unseen.
        assert isinstance(plugin, WasmPlugin)
        assert plugin._pool._loaded
        assert {"short", "short_call"} <= plugin._pool._loaded.program.exports.keys()
        kept = []
        for length in (1, 2, 1007, 1008, 1009, 100):
            request = bytes(number % 251 for number in range(length))
            half = length // 2
            assert plugin.call_raw(1, request) == request
            assert plugin.call_raw(1, memoryview(request)[:half], bytearray(request[half:])) == request
            kept.append((plugin.call_raw(1, request, borrow=True), request))
            with pytest.raises(thumbox.PluginError, match="message id 99 is unknown"):
                plugin.call_raw(99, request)
        assert all(reply == request for reply, request in kept)


def test_a_reply_that_overlaps_other_things_is_a_reply(harmful: Path) -> None:
    with load(harmful) as plugin:
        # The result itself, and all of the memory: the guest's own bytes, and no more than those.
        overlap = plugin.call_raw(hostile.REPLY_OVERLAPS_RESULT, b"x")
        assert overlap == bytes(8) + (12).to_bytes(4, "little")
        assert len(plugin.call_raw(hostile.REPLY_IS_ALL_MEMORY, b"x")) == 262_144
        assert plugin.call_raw(1, b"x") == b"x"
        # To the last byte of a memory that has grown for it.
        assert plugin.call_raw(hostile.TELL_20_MIB, b"x") == bytes(20 * MIB)


def test_a_reply_above_max_reply_is_refused(harmful: Path) -> None:
    with thumbox.load("wasm", path=harmful, max_reply=262_143) as plugin:
        with pytest.raises(thumbox.LimitError, match="262144 bytes; max_reply allows 262143") as caught:
            plugin.call_raw(hostile.REPLY_IS_ALL_MEMORY, b"x")
        assert caught.value.code == 302
        assert plugin.call_raw(1, b"x") == b"x"
    with thumbox.load("wasm", path=harmful, max_reply=262_144) as plugin:
        assert len(plugin.call_raw(hostile.REPLY_IS_ALL_MEMORY, b"x")) == 262_144


LOOP = "(loop $for_ever (br $for_ever))"
DEEP = "(drop (call $deep (i32.const 0)))"


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (f"(func $start {LOOP}) (start $start)", 10, "the call ran past its timeout of 0.2 s"),
        ("(func $start unreachable) (start $start)", 2, "the sandbox cannot start: "),
        (f"(func $start {DEEP}) (start $start)", 2, "the sandbox cannot start: "),
        ('(data (i32.const 0x7fffffff) "x")', 2, "the sandbox cannot start: "),
        ("(table 1000000 funcref)", 2, "the sandbox cannot start: "),
        ("(memory 1)", 2, "the sandbox cannot start: "),
        (f"(table {2**32 - 1} funcref)", 2, "the sandbox cannot start: "),
    ],
)
def test_a_component_that_does_harm_when_it_starts(tmp_path: Path, more: str, code: int, words: str) -> None:
    file = hostile.file(tmp_path, hostile.module(more=more))
    for isolation in ("call", "pool"):
        start = time.monotonic()
        with pytest.raises(thumbox.PluginError, match=words) as caught:
            thumbox.load("wasm", path=file, isolation=isolation, timeout=0.2)
        assert caught.value.code == code
        assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("configure", "code"), [(LOOP, 10), ("unreachable", 301), (DEEP, 11), ("(return (i32.const -1))", 11)]
)
def test_a_component_that_does_harm_when_it_is_configured(tmp_path: Path, configure: str, code: int) -> None:
    file = hostile.file(tmp_path, hostile.module(configure=configure))
    with pytest.raises(thumbox.PluginError) as caught:
        thumbox.load("wasm", path=file, timeout=0.2, max_pixels=100)
    assert caught.value.code == code
    with thumbox.load("wasm", path=file, timeout=0.2) as plugin:  # nothing to configure
        assert plugin.call_raw(1, b"x") == b"x"


def test_a_component_whose_memory_is_above_the_limit(harmful: Path) -> None:
    with pytest.raises(thumbox.PluginError, match="the sandbox cannot start") as caught:
        load(harmful, memory_limit=MIB // 8)
    assert caught.value.code == 2


FILLED = "(memory.fill (i32.const 0x10000) (i32.const 0x78) (i32.const 0x20000))"


@pytest.mark.parametrize(
    "json",
    [
        "(call $answer (i32.const 0) (i32.const 4096) (i32.const 11) (i32.const 0))",
        "(call $answer (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))",
        f"{FILLED} (call $answer (i32.const 0) (i32.const 0x10000) (i32.const 0x20000) (i32.const 0))",
    ],
)
def test_json_that_is_none_is_an_error_of_ours(tmp_path: Path, json: str) -> None:
    with load(hostile.file(tmp_path, hostile.module(json=json))) as plugin:
        with pytest.raises(thumbox.InternalError, match="is not JSON; it starts with") as caught:
            plugin.call("echo", 1)
        assert caught.value.code == 900
        assert plugin.call_raw(1, b"x") == b"x"


def test_a_guest_that_was_stopped_is_not_called_again(harmful: Path) -> None:
    with load(harmful) as plugin:
        for count in (1, 2, 3):
            assert int.from_bytes(plugin.call_raw(hostile.COUNT_CALLS, b"x"), "little") == count
        with pytest.raises(thumbox.LimitError):
            plugin.call_raw(hostile.DIE_SILENTLY, b"x")
        assert int.from_bytes(plugin.call_raw(hostile.COUNT_CALLS, b"x"), "little") == 1


def test_a_guest_that_has_grown_large_is_replaced(harmful: Path) -> None:
    with load(harmful, memory_limit=100 * MIB) as plugin:
        assert plugin.call_raw(hostile.GROW_TO_80_MIB, b"x") == b"x"
        assert int.from_bytes(plugin.call_raw(hostile.COUNT_CALLS, b"x"), "little") == 1


@pytest.mark.parametrize("message_id", [hostile.LOOP_IN_POST, hostile.DIE_IN_POST])
def test_harm_after_the_answer_does_not_take_it_back(harmful: Path, message_id: int) -> None:
    with load(harmful) as plugin:
        assert plugin.call_raw(message_id, b"answer") == b"answer"
        assert int.from_bytes(plugin.call_raw(hostile.COUNT_CALLS, b"x"), "little") == 1


def test_memory_that_is_allocated_elsewhere_is_not_written_to(harmful: Path) -> None:
    with load(harmful) as plugin:
        with pytest.raises(thumbox.InternalError, match="77777 bytes at address 4294967280 of a memory of"):
            plugin.call_raw(1, bytes(hostile.MAGIC_REALLOC_LENGTH))
        with pytest.raises(thumbox.PluginError, match="timeout"):
            plugin.call_raw(1, bytes(hostile.NEVER_ENDING_REALLOC_LENGTH))
        assert plugin.call_raw(1, b"x") == b"x"


@pytest.mark.parametrize("address", [0xFFFF_FFFF, 262_144, 262_142, 262_140, 262_136])
def test_a_panic_text_that_is_elsewhere_is_not_read(tmp_path: Path, address: int) -> None:
    file = tmp_path / "hostile.wasm"
    file.write_bytes(hostile.component(hostile.module(panic_text=address)))
    with load(file) as plugin:
        with pytest.raises(thumbox.PluginError):
            plugin.call_raw(hostile.DIE_SILENTLY, b"x")
        assert plugin.call_raw(1, b"x") == b"x"


def test_a_panic_text_is_cut_at_its_limit(tmp_path: Path) -> None:
    text = "".join(chr(97 + number % 26) for number in range(1500))
    for length, shown in ((0, 0), (1, 1), (1020, 1020), (1021, 1020), (1500, 1020), (2**32 - 1, 1020)):
        number = "".join(f"\\{byte:02x}" for byte in length.to_bytes(4, "little"))
        more = f'(data (i32.const 1024) "{number}{text}")'
        with load(hostile.file(tmp_path, hostile.module(more=more))) as plugin:
            with pytest.raises(thumbox.PluginError) as caught:
                plugin.call_raw(hostile.DIE_SILENTLY, b"x")
            if shown:
                assert caught.value.message == f"the sandbox panicked: {text[:shown]}"
            else:
                assert caught.value.code == 301  # without a text it is memory that ran out


def test_replies_that_are_none_are_errors_of_ours(harmful: Path) -> None:
    with load(harmful) as plugin:  # it echoes: a request is no reply
        for call in (
            lambda: plugin.thumbnail(b""),
            lambda: plugin.thumbnail(bytes(100), 7, 7),
            lambda: plugin.thumbnails(bytes(100), [(5, 5)]),
            lambda: plugin.thumbnails(bytes(100), [(5, 5)] * 5),
            lambda: plugin.probe(bytes(100)),
            lambda: plugin.probe(b""),
        ):
            with pytest.raises(
                thumbox.InternalError, match=r"reply of \d+ bytes is malformed; it starts with"
            ) as caught:
                call()
            assert caught.value.code == 900


def test_json_goes_through_the_same_door(harmful: Path) -> None:
    with load(harmful) as plugin:
        with pytest.raises(thumbox.LimitError, match="ran out of memory"):
            plugin.call("echo", 1)
        assert plugin.call_raw(1, b"x") == b"x"


def test_the_real_component_keeps_its_panic_s_text(testing_plugin: thumbox.Plugin) -> None:
    for _ in range(3):
        with pytest.raises(thumbox.InternalError, match="a panic that a test asked for") as caught:
            testing_plugin.call_raw(PANIC, b"x")
        assert caught.value.code == 11
        assert testing_plugin.call_raw(1, b"x") == b"x"


def test_the_real_component_under_a_tight_memory_limit(png: bytes) -> None:
    with thumbox.load("wasm", memory_limit=9 * MIB) as plugin:
        with pytest.raises(thumbox.LimitError, match="memory_limit is 9437184 bytes") as caught:
            plugin.thumbnail(png, 2000, 2000, enlarge=True)
        assert caught.value.code == 301
        with pytest.raises(thumbox.LimitError, match="10000000 bytes; memory_limit is 9437184 bytes for all of a call"):
            plugin.call_raw(1, bytes(10_000_000))
        with pytest.raises(thumbox.LimitError, match="ran out of memory"):
            plugin.call_raw(1, bytes(9_000_000))
        assert plugin.call_raw(1, b"x") == b"x"


def test_a_request_may_be_as_long_as_memory_limit_and_no_longer() -> None:
    limit = 9 * MIB
    with thumbox.load("wasm", memory_limit=limit, max_request=limit + 1) as plugin:
        with pytest.raises(thumbox.LimitError, match="ran out of memory"):
            plugin.call_raw(1, bytes(limit))
        with pytest.raises(thumbox.LimitError, match=f"the request has {limit + 1} bytes; memory_limit is {limit}"):
            plugin.call_raw(1, bytes(limit + 1))
        with pytest.raises(thumbox.RequestError, match=f"max_request allows {limit + 1}"):
            plugin.call_raw(1, bytes(limit + 2))


def test_a_large_request_lies_in_the_memory_that_an_instance_begins_with() -> None:
    with thumbox.load("wasm") as plugin:
        plugin.call_raw(1, bytes(10 * MIB))
        assert plugin.stats().memory_high_water < 13 * MIB  # 8 more where it lies behind that


def test_a_limit_below_what_the_component_needs_to_start() -> None:
    with pytest.raises(thumbox.PluginError, match="the sandbox cannot start") as caught:
        thumbox.load("wasm", memory_limit=8 * MIB)
    assert caught.value.code == 2


@pytest.mark.parametrize("installed", ["49.0.0", "51.0.1", "500.0"])
def test_another_wasmtime_is_refused_plainly(monkeypatch: pytest.MonkeyPatch, installed: str) -> None:
    monkeypatch.setattr(runtime, "wasmtime_version", lambda: installed)
    with pytest.raises(
        thumbox.PluginError, match=f"wasmtime {installed} is installed; the wasm variant works with 50.x: pip"
    ):
        thumbox.load("wasm")


def test_another_layout_is_refused_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffi, "wasmtime_val_raw", ffi.wasmtime_func_t)
    monkeypatch.setattr(ffi, "wasmtime_func_t", ffi.wasmtime_memory_t)
    with pytest.raises(
        thumbox.PluginError, match="wasmtime's wasmtime_func_t has 24 bytes; this release of thumbox knows 16"
    ):
        thumbox.load("wasm")


def test_without_the_global_lock_it_is_refused_plainly(variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    with pytest.raises(thumbox.PluginError, match=r"without its global lock.*set PYTHON_GIL=1") as caught:
        thumbox.load(variant)
    assert caught.value.code == 2
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: True, raising=False)
    thumbox.load(variant).close()


def test_memory_of_instances_that_ended_is_given_back(harmful: Path) -> None:
    with load(harmful, memory_limit=64 * MIB) as plugin:
        before = 0
        for round_ in range(300):
            with pytest.raises(thumbox.LimitError):
                plugin.call_raw(hostile.EAT_MEMORY, b"x")
            if round_ == 50:
                before = hostile.mappings()
        assert hostile.mappings() <= before + 5
