"""Which instances serve again, for how long, and which do not."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import hostile
import pytest

import thumbox
from thumbox import _options
from thumbox.sandbox import pool
from thumbox.sandbox.component import core_module
from thumbox.sandbox.engine import Engine, Loaded
from thumbox.sandbox.wasm import WasmPlugin

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def harmful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.file(tmp_path_factory.mktemp("hostile"))


def load(file: Path, timeout: float = 5.0, max_pixels: int | None = None) -> WasmPlugin:
    plugin = thumbox.load(
        "wasm", path=file, isolation="pool", timeout=timeout, max_pixels=max_pixels, max_concurrent=64, max_wait=0
    )
    assert isinstance(plugin, WasmPlugin)
    return plugin


def calls_so_far(plugin: thumbox.Plugin) -> int:
    """How many calls the instance has answered that answers this one."""
    return int.from_bytes(plugin.call_raw(hostile.COUNT_CALLS, b"x"), "little")


@pytest.mark.parametrize("max_pixels", [None, 1000])
def test_one_that_ends_in_its_first_call_serves_no_other(harmful: Path, max_pixels: int | None) -> None:
    with load(harmful, max_pixels=max_pixels) as plugin:
        for message_id in (hostile.DIE_SILENTLY, hostile.RESULT_OF_NO_KIND, hostile.DIVIDE_BY_ZERO):
            for _ in range(2):  # the second in an instance that was made for it
                with pytest.raises(thumbox.PluginError):
                    plugin.call_raw(message_id, b"x")
            assert calls_so_far(plugin) == 1
            with pytest.raises(thumbox.PluginError):
                plugin.call_raw(message_id, b"x")


def test_no_more_wait_for_calls_than_there_are_processors(harmful: Path) -> None:
    with load(harmful) as plugin:
        views = [plugin.call_raw(1, b"x", borrow=True) for _ in range(_options.processors() + 3)]
        assert plugin.stats().instances == len(views)
        views.clear()
        assert plugin.stats().instances == _options.processors()


def test_what_a_view_held_does_not_wait_in_a_plugin_that_is_closed(harmful: Path) -> None:
    plugin = load(harmful)
    views = [plugin.call_raw(1, b"x", borrow=True) for _ in range(2)]
    before = hostile.mappings()
    plugin.close()
    assert views == [b"x", b"x"]
    views.clear()
    assert plugin.stats().instances == 0
    assert hostile.mappings() < before


def test_a_reply_that_was_lent_is_freed_in_a_time_of_its_own(harmful: Path) -> None:
    with load(harmful, timeout=60) as plugin:
        plugin.call_raw(hostile.LOOP_IN_POST, b"x", borrow=True)
        start = time.monotonic()
        assert plugin.call_raw(1, b"x") == b"x"
        assert time.monotonic() - start < 10
        plugin.call_raw(1, b"x", borrow=True)
        made = plugin.stats().instances_made
        time.sleep(0.2)
        assert calls_so_far(plugin) > 1  # that time did not begin before
        assert plugin.stats().instances_made == made


@pytest.mark.parametrize("fresh", [False, True])
def test_a_call_has_all_its_time_where_the_clock_is_late(harmful: Path, fresh: bool) -> None:
    timeout = 0.3
    with load(harmful, timeout) as plugin:
        assert plugin._pool._loaded
        clock = plugin._pool._loaded.engine.clock
        gate, real = threading.Event(), clock._tick
        if fresh:
            plugin._pool._idle.clear()
        need = clock.start()

        def tick() -> None:
            gate.wait(20)
            real()

        clock._tick = tick
        try:
            time.sleep(0.5)  # as many ticks are due now, and come as soon as the thread may go on
            threading.Timer(0.05, gate.set).start()
            start = time.monotonic()
            with pytest.raises(thumbox.PluginError, match="timeout"):
                plugin.call_raw(hostile.LOOP, b"x")
            assert time.monotonic() - start >= timeout
        finally:
            gate.set()
            clock._tick = real
        del need


@pytest.mark.parametrize("message_id", [hostile.LOOP_IN_POST, hostile.DIE_IN_POST])
def test_one_that_ends_as_it_frees_what_it_lent_serves_no_other(harmful: Path, message_id: int) -> None:
    with load(harmful) as plugin:
        plugin.call_raw(message_id, b"x", borrow=True)
        assert calls_so_far(plugin) == 1
        assert calls_so_far(plugin) == 2


def test_one_of_an_engine_that_is_no_more_safe_serves_no_other(harmful: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with load(harmful) as plugin:
        view = plugin.call_raw(1, b"x", borrow=True)
        first = plugin._pool._loaded
        assert first
        monkeypatch.setattr(first.engine, "is_safe", lambda _: False)
        engine = Engine(signals=False)
        second = Loaded(engine, engine.program(core_module(harmful.read_bytes()), None))
        monkeypatch.setattr(pool, "load", lambda *_: second)
        assert calls_so_far(plugin) == 1
        plugin._pool._idle.clear()
        del view  # with it comes an instance of the first engine
        assert len(plugin._pool._idle) == 1
        assert calls_so_far(plugin) == 1
        assert plugin._pool._loaded is second
        assert [guest.exports for guest in plugin._pool._idle] == [second.program.exports]
