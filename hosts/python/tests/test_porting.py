"""Another core behind the interface: hosts/examples/template, as a native library and as a component."""

from __future__ import annotations

import ctypes
import json
import random
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
import rustbridge
import wasmtime
from conftest import VARIANTS
from test_hosts import shared_library
from wasmtime import component

import thumbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MSG_CHECKSUM = 1000
HEADER = struct.Struct("<BBHI")
REPLY = struct.Struct("<BBHI")
ALGORITHMS = {0: zlib.crc32, 1: zlib.adler32}
PAYLOADS = [b"", b"a", b"123456789", random.Random(6).randbytes(100_003), b"\xff" * 70_000]


@pytest.fixture(scope="module")
def files(testing_artifacts: Path) -> dict[str, Path]:
    """What `cargo xtask build --testing --template` makes of the template."""
    made = testing_artifacts / "thumbox_template.wasm"
    assert made.is_file(), "`cargo xtask build --testing --template` has not been run"
    return {"native": shared_library(testing_artifacts, "thumbox_template"), "wasm": made}


@pytest.fixture(scope="module")
def templates(files: dict[str, Path]) -> Iterator[dict[str, thumbox.Plugin]]:
    with thumbox.load("native", path=files["native"]) as native, thumbox.load("wasm", path=files["wasm"]) as wasm:
        yield {"native": native, "wasm": wasm}


@pytest.fixture
def template(variant: str, templates: dict[str, thumbox.Plugin]) -> thumbox.Plugin:
    return templates[variant]


def answer(plugin: thumbox.Plugin, message_id: int, *parts: bytes) -> tuple[int, bytes]:
    """The code, and the reply or the error's words."""
    try:
        return 0, bytes(plugin.call_raw(message_id, *parts))
    except thumbox.PluginError as error:
        return error.code, error.message.encode()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("payload", PAYLOADS, ids=len)
def test_both_faces_answer_with_what_zlib_says(template: thumbox.Plugin, algorithm: int, payload: bytes) -> None:
    header = HEADER.pack(1, algorithm, 0, len(payload))
    expected = REPLY.pack(1, algorithm, 0, ALGORITHMS[algorithm](payload))
    assert template.call_raw(MSG_CHECKSUM, header, payload) == expected
    request = header + payload
    for cut in (0, 1, 7, len(request)):
        assert template.call_raw(MSG_CHECKSUM, request[:cut], b"", request[cut:]) == expected


def test_both_faces_answer_anything_with_the_same_bytes(templates: dict[str, thumbox.Plugin]) -> None:
    dice = random.Random(7)
    codes = set()
    for _ in range(2000):
        payload = dice.randbytes(dice.randrange(20))
        size = dice.choice([len(payload), dice.randrange(20), 2**32 - 1])
        request = bytearray(HEADER.pack(1, dice.randrange(2), 0, size) + payload)
        if dice.random() < 0.5:
            request[dice.randrange(8)] = dice.randrange(256)
        if dice.random() < 0.1:
            del request[dice.randrange(8) :]
        message_id = dice.choice([MSG_CHECKSUM, MSG_CHECKSUM, MSG_CHECKSUM, 1, 100])
        native, wasm = (answer(templates[variant], message_id, bytes(request)) for variant in VARIANTS)
        assert native == wasm
        codes.add(native[0])
    assert codes == {0, 6, 100, 101, 300}


def test_json_goes_through_both(template: thumbox.Plugin) -> None:
    told = template.call("checksum", {"algorithm": "adler32", "text": "grün"})
    assert told == {"checksum": zlib.adler32("grün".encode())}
    info = template.call("plugin.info")
    assert isinstance(info, dict)
    assert (info["name"], info["algorithms"]) == ("thumbox-template", ["crc32", "adler32"])
    for tag, request, code in (("checksum", {"algorithm": "md5", "text": ""}, 5), ("echo", 1, 6)):
        with pytest.raises(thumbox.PluginError) as caught:
            template.call(tag, request)
        assert caught.value.code == code


def test_what_only_thumbox_can_do_is_an_unknown_message_there(template: thumbox.Plugin, photo: bytes) -> None:
    with pytest.raises(thumbox.PluginError, match="message id 100 is unknown; known: 1000"):
        template.thumbnail(photo)


def test_rustbridge_loads_it_with_a_limit_and_a_log(files: dict[str, Path]) -> None:
    log: list[tuple[str, str]] = []
    config = rustbridge.PluginConfig.defaults().set("max_payload", 3)
    load = rustbridge.NativePluginLoader.load_with_config
    with load(files["native"], config, lambda _level, target, message: log.append((target, message))) as plugin:
        reply = plugin.call_raw_bytes(MSG_CHECKSUM, HEADER.pack(1, 0, 0, 3) + b"abc")
        assert reply == REPLY.pack(1, 0, 0, zlib.crc32(b"abc"))
        with pytest.raises(rustbridge.PluginException, match="4 bytes; max_payload allows 3") as caught:
            plugin.call_raw_bytes(MSG_CHECKSUM, HEADER.pack(1, 0, 0, 4) + b"abcd")
        assert caught.value.error_code == 300
        assert json.loads(plugin.call("plugin.info", "null"))["name"] == "thumbox-template"
    assert [target for target, _ in log] == ["thumbox-template"] * 2
    assert [message.split()[0::2] for _, message in log] == [
        ["thumbox-template", "started"],
        ["thumbox-template", "stopped"],
    ]


def test_both_libraries_work_side_by_side(
    templates: dict[str, thumbox.Plugin], plugins: dict[str, thumbox.Plugin]
) -> None:
    assert plugins["native"].call_raw(thumbox.MSG_ECHO, b"echo") == b"echo"
    assert answer(templates["native"], thumbox.MSG_ECHO, b"echo")[0] == 6
    # Neither found the other's symbols, which have the same names.
    native = ctypes.CDLL(None)
    assert not hasattr(native, "plugin_create")


def test_the_component_is_configured_as_the_library_is(files: dict[str, Path]) -> None:
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    instance = component.Linker(engine).instantiate(store, component.Component.from_file(engine, files["wasm"]))
    transport = instance.get_export_index(store, "thumbox:plugin/transport@0.1.0")

    def call(name: str, *arguments: object) -> object:
        index = instance.get_export_index(store, name, transport)
        assert index is not None
        function = instance.get_func(store, index)
        assert function is not None
        result = function(store, *arguments)
        function.post_return(store)
        return result

    request = HEADER.pack(1, 0, 0, 4) + b"abcd"
    assert call("call", MSG_CHECKSUM, request) == REPLY.pack(1, 0, 0, zlib.crc32(b"abcd"))
    assert getattr(call("configure", '{"data": {"max_paylod": 3}}'), "code", None) == 4
    assert call("call", MSG_CHECKSUM, request) == REPLY.pack(1, 0, 0, zlib.crc32(b"abcd"))
    assert call("configure", '{"log_level": "off", "data": {"max_payload": 3}}') is None
    assert getattr(call("call", MSG_CHECKSUM, request), "code", None) == 300
