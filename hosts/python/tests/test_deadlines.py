"""Deadlines: a call that runs too long is stopped in time, and takes nobody else's."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import hostile
import pytest

import thumbox

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def harmful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.file(tmp_path_factory.mktemp("hostile"))


def load(file: Path, timeout: float | None) -> thumbox.Plugin:
    return thumbox.load("wasm", path=file, isolation="pool", timeout=timeout, memory_limit=32 << 20, max_concurrent=16)


def test_a_deadline_is_kept_and_not_early(harmful: Path) -> None:
    for timeout in (0.05, 0.4):
        with load(harmful, timeout=timeout) as plugin:
            start = time.monotonic()
            with pytest.raises(thumbox.PluginError, match=f"timeout of {timeout} s") as caught:
                plugin.call_raw(hostile.LOOP, b"x")
            took = time.monotonic() - start
            assert caught.value.code == 10
            assert timeout <= took < timeout + 1


def test_a_busy_interpreter_does_not_stretch_a_deadline(harmful: Path) -> None:
    stop = threading.Event()

    def spin() -> None:
        while not stop.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=spin) for _ in range(6)]
    for thread in threads:
        thread.start()
    try:
        with load(harmful, timeout=0.5) as plugin:
            start = time.monotonic()
            with pytest.raises(thumbox.PluginError, match="timeout"):
                plugin.call_raw(hostile.LOOP, b"x")
            assert time.monotonic() - start < 2
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_runaway_does_not_keep_other_threads_from_running(harmful: Path) -> None:
    with load(harmful, timeout=0.5) as plugin:

        def run_away() -> None:
            with pytest.raises(thumbox.PluginError, match="timeout"):
                plugin.call_raw(hostile.LOOP, b"x")

        runaway = threading.Thread(target=run_away)
        runaway.start()
        calls = 0
        while runaway.is_alive():
            assert plugin.call_raw(1, b"x") == b"x"
            calls += 1
        runaway.join()
        assert calls > 100


def test_without_a_timeout_a_call_may_take_long(harmful: Path) -> None:
    with load(harmful, timeout=None) as patient, load(harmful, timeout=0.1) as other:
        ends: list[str] = []

        def wait() -> None:
            try:
                patient.call_raw(hostile.EAT_MEMORY, b"x")
            except thumbox.LimitError:
                ends.append("memory")

        thread = threading.Thread(target=wait)
        thread.start()
        with pytest.raises(thumbox.PluginError, match="timeout"):
            other.call_raw(hostile.LOOP, b"x")
        thread.join()
        assert ends == ["memory"]


def test_as_many_calls_at_once_as_allowed(harmful: Path) -> None:
    with thumbox.load("wasm", path=harmful, timeout=1.0, max_concurrent=2, max_wait=0) as plugin:
        begun = threading.Barrier(3)

        def run() -> None:
            begun.wait()
            with pytest.raises(thumbox.PluginError, match="timeout"):
                plugin.call_raw(hostile.LOOP, b"x")

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        begun.wait()
        time.sleep(0.3)
        with pytest.raises(
            thumbox.PluginError,
            match=r"max_concurrent = 2\); no slot freed within max_wait, 0 s; call again later",
        ) as caught:
            plugin.call_raw(1, b"x")
        assert caught.value.code == 13
        for thread in threads:
            thread.join()
        assert plugin.call_raw(1, b"x") == b"x"
