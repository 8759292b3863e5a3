"""PyPI's `rustbridge`, unmodified, loads the native library and the one with the sandbox inside."""

from __future__ import annotations

import base64
import ctypes
import json
import threading
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import rustbridge
from rustbridge import LifecycleState, LogLevel, NativePluginLoader, PluginConfig, PluginException
from test_golden import CASES

import thumbox
from thumbox import wire
from thumbox._locate import artifact

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Peer: TypeAlias = Any
"""The package carries no types."""


@pytest.fixture(params=["native", "sandbox"])
def library(request: pytest.FixtureRequest) -> Path:
    """Each library that has the ABI."""
    if request.param == "sandbox":
        found: Path = request.getfixturevalue("sandbox_library")
        return found
    from pathlib import Path

    return Path(artifact("native", None))


def load(library: Path, config: Peer = None, on_log: Callable[[LogLevel, str, str], None] | None = None) -> Peer:
    return NativePluginLoader.load_with_config(library, config or PluginConfig.defaults(), on_log)


def test_it_is_the_release_that_was_read() -> None:
    from importlib.metadata import version

    assert version("rustbridge") == "1.0.1"
    assert rustbridge.NativePluginLoader is NativePluginLoader


def test_the_golden_set_by_call_raw_bytes(library: Path) -> None:
    with load(library) as plugin:
        assert plugin.has_binary_transport
        # The sandbox library has further components, which read what the base answers with 204.
        for case in (case for case in CASES if case.code != 204):
            code, answer = 0, b""
            try:
                answer = plugin.call_raw_bytes(case.message_id, case.request)
            except PluginException as error:
                code, answer = error.error_code, error.message.encode()
            assert (code, answer) == (case.code, case.answer), case.name


def test_call_makes_thumbnails(library: Path, photo: bytes) -> None:
    with load(library) as plugin, thumbox.load("native") as ours:
        image = base64.b64encode(photo).decode()
        request = {"image": image, "width": 120, "format": "webp", "quality": 70}
        reply = plugin.call_typed("thumbnail.create", request)
        assert base64.b64decode(reply["data"]) == ours.thumbnail(photo, 120, format="webp", quality=70).data
        probed = json.loads(plugin.call("image.probe", json.dumps({"image": image})))
        assert (probed["format"], probed["width"], probed["height"]) == ("jpeg", 640, 427)
        assert plugin.call_typed("plugin.info", None)["version"] == thumbox.__version__
        assert plugin.call("echo", '{"a": [1, "\\u00e4"]}') == '{"a": [1, "\\u00e4"]}'


PIXEL = base64.b64decode("R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=")
"""A GIF of one pixel."""


class _Request(ctypes.Structure):
    """A request whose structure has its image in it."""

    _layout_ = "ms"
    _pack_ = 1
    _fields_ = (("header", wire.ProbeRequestHeader), ("image", ctypes.c_uint8 * len(PIXEL)))


def test_call_raw_takes_structures(library: Path) -> None:
    image = (ctypes.c_uint8 * len(PIXEL))(*PIXEL)
    request = _Request(wire.ProbeRequestHeader.create(len(PIXEL)), image)
    with load(library) as plugin:
        response = plugin.call_raw(thumbox.MSG_IMAGE_PROBE, request, wire.ProbeResponse)
        assert (response.version, response.upright_width, response.format) == (1, 1, 3)
        assert bytes(plugin.call_raw(thumbox.MSG_ECHO, request, _Request)) == bytes(request)
        with pytest.raises(PluginException, match="version is 0") as caught:
            plugin.call_raw(thumbox.MSG_IMAGE_PROBE, _Request(), wire.ProbeResponse)
        assert caught.value.error_code == 100


def test_errors_have_their_code_and_their_words(library: Path) -> None:
    with load(library) as plugin:
        for message_id, request, code, words in (
            (77, b"a", 6, "77"),
            (1, b"", 100, "1 byte or more"),
            (100, b"\x04", 100, "version is 4"),
            (100, bytes(wire.ThumbnailRequestHeader.create(5, 5, 9, 80, 0)), 101, "output_format is 9"),
            (100, bytes(wire.ThumbnailRequestHeader.create(5, 5, 0, 80, 4)) + b"text", 200, "text"),
        ):
            with pytest.raises(PluginException) as caught:
                plugin.call_raw_bytes(message_id, request)
            assert caught.value.error_code == code
            # Not a byte more than the text: hosts that count a NUL show one.
            assert words in caught.value.message
            assert "\0" not in caught.value.message
        for tag, text, code, words in (
            ("thumbnail.make", "{}", 6, "thumbnail.create"),
            ("thumbnail.create", "{", 5, "JSON"),
            ("thumbnail.create", '{"image": "", "quality": 0}', 101, "quality is 0"),
            ("image.probe", '{"image": ""}', 202, "0 bytes"),
        ):
            with pytest.raises(PluginException) as caught:
                plugin.call(tag, text)
            assert caught.value.error_code == code
            # This host shows the whole envelope as the message.
            envelope = json.loads(caught.value.message)
            assert (envelope["status"], envelope["error_code"]) == ("error", code)
            assert words in envelope["error_message"]


def test_the_log_and_the_states(library: Path) -> None:
    said: list[tuple[LogLevel, str, str]] = []
    config = PluginConfig.defaults().log_level(LogLevel.TRACE)
    plugin = load(library, config, lambda *message: said.append(message))
    assert plugin.state == LifecycleState.ACTIVE
    assert said[0][0] == LogLevel.INFO
    assert "started" in said[0][2]
    thread = threading.Thread(target=plugin.call_raw_bytes, args=(1, b"from another thread"))
    thread.start()
    thread.join()
    assert [level for level, _, _ in said[1:]] == [LogLevel.TRACE, LogLevel.DEBUG]
    assert {target for _, target, _ in said} == {"thumbox"}
    assert all("\0" not in message and message for _, _, message in said)
    plugin.set_log_level(LogLevel.OFF)
    plugin.call("echo", "1")
    assert len(said) == 3
    plugin.set_log_level(LogLevel.INFO)
    assert plugin.shutdown()
    assert len(said) == 4
    assert "stopped" in said[-1][2]
    assert plugin.state == LifecycleState.STOPPED


def test_too_many_calls_are_refused_and_counted_on_both_transports(library: Path) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def hold(level: LogLevel, _target: str, _message: str) -> None:
        if level == LogLevel.TRACE:
            begun.set()
            may_end.wait(60)

    config = PluginConfig.defaults().log_level(LogLevel.TRACE).max_concurrent_ops(1)
    with load(library, config, hold) as plugin:
        answers: list[bytes] = []
        thread = threading.Thread(target=lambda: answers.append(plugin.call_raw_bytes(1, b"held")))
        thread.start()
        assert begun.wait(60)
        refused: tuple[Callable[[], object], ...] = (
            lambda: plugin.call_raw_bytes(1, b"a"),
            lambda: plugin.call_raw(1, ctypes.c_uint8(1), ctypes.c_uint8),
            lambda: plugin.call("echo", "1"),
        )
        for number, call in enumerate(refused, start=1):
            with pytest.raises(PluginException, match="max_concurrent_ops = 1") as caught:
                call()
            assert caught.value.error_code == 13
            assert plugin.rejected_request_count == number
        may_end.set()
        thread.join()
        assert answers == [b"held"]
        assert plugin.call_raw_bytes(1, b"again") == b"again"
        assert plugin.rejected_request_count == 3


def test_a_shutdown_waits_for_the_calls_that_run(library: Path) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def hold(level: LogLevel, _target: str, _message: str) -> None:
        if level == LogLevel.TRACE:
            begun.set()
            may_end.wait(60)

    plugin = load(library, PluginConfig.defaults().log_level(LogLevel.TRACE).shutdown_timeout_ms(60_000), hold)
    answers: list[bytes] = []
    caller = threading.Thread(target=lambda: answers.append(plugin.call_raw_bytes(1, b"held")))
    caller.start()
    assert begun.wait(60)
    ended: list[bool] = []
    handle, symbols = plugin._handle, plugin._library
    stopper = threading.Thread(target=lambda: ended.append(plugin.shutdown()))
    stopper.start()
    while symbols.plugin_get_state(handle) != LifecycleState.STOPPING:
        assert stopper.is_alive()
    assert not ended
    may_end.set()
    stopper.join()
    caller.join()
    assert (answers, ended) == ([b"held"], [True])
    assert symbols.plugin_get_state(handle) == 255


def test_what_is_closed_answers_no_more(library: Path) -> None:
    plugin = load(library)
    other = load(library)
    handle, symbols = plugin._handle, plugin._library
    assert plugin.shutdown()
    with pytest.raises(PluginException, match="closed"):
        plugin.call("echo", "1")
    with pytest.raises(PluginException, match="closed"):
        plugin.call_raw_bytes(1, b"a")
    # Past the host's own check, as a host without one would.
    buffer = symbols.plugin_call(handle, "echo", b"1")
    assert buffer.error_code == 1
    symbols.plugin_free_buffer(buffer)
    assert not symbols.plugin_shutdown(handle)
    assert symbols.plugin_get_state(handle) == 255
    assert other.call_raw_bytes(1, b"on") == b"on"
    assert other.shutdown()


def test_a_configuration_that_would_not_hold_is_refused(library: Path) -> None:
    said: list[str] = []
    config = PluginConfig.defaults().set("max_memroy", 5)
    with pytest.raises(PluginException, match="null handle"):
        load(library, config, lambda _level, _target, message: said.append(message))
    assert len(said) == 1
    assert "max_memroy" in said[0]
    limited = PluginConfig.defaults().set("max_reply", 10).worker_threads(4).init_param("any", "thing")
    with load(library, limited) as plugin:
        assert plugin.call_raw_bytes(1, bytes(10)) == bytes(10)
        with pytest.raises(PluginException) as caught:
            plugin.call_raw_bytes(1, bytes(11))
        assert caught.value.error_code == 302


def test_both_libraries_and_our_own_host_in_one_process(sandbox_library: Path, photo: bytes) -> None:
    native = load(artifact("native", None))  # type: ignore[arg-type]
    sandbox = load(sandbox_library)
    with thumbox.load("native") as ours, thumbox.load("wasm") as wasm:
        expected = ours.thumbnail(photo, 90).data
        request = wire.create_request(90, 0, wire.OutputFormat.JPEG, 85, photo)
        assert len({native._handle, sandbox._handle, ours._handle}) == 3  # type: ignore[attr-defined]
        for plugin in (native, sandbox):
            assert plugin.call_raw_bytes(100, request)[20:] == expected
        assert sandbox.shutdown()
        assert native.call_raw_bytes(100, request)[20:] == expected
        assert native.shutdown()
        assert wasm.thumbnail(photo, 90).data == ours.thumbnail(photo, 90).data == expected
