"""Hostile calls in a row leave memory, threads, descriptors and latency where they were."""

from __future__ import annotations

import gc
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import hostile
import pictures
import pytest

import thumbox

MIB = 1 << 20
RUNAWAYS = 1000
"""One call in so many does not end by itself."""

HARM = (
    hostile.REPLY_OUT_OF_MEMORY,
    hostile.RESULT_OUT_OF_MEMORY,
    hostile.DIE_SILENTLY,
    hostile.PANIC,
    hostile.OVERFLOW_THE_STACK,
    hostile.READ_OUT_OF_MEMORY,
    hostile.EAT_MEMORY,
    hostile.RESULT_OF_NO_KIND,
    hostile.ERROR_THAT_IS_NO_TEXT,
    hostile.DIE_IN_POST,
    hostile.CORRUPT_ITS_HEAP,
    hostile.REPLY_OF_4_GIB,
    hostile.REPLY_IS_ALL_MEMORY,
)


def count(folder: str) -> int:
    return sum(1 for _ in Path(folder).iterdir())


@dataclass
class State:
    """What a process holds, and how quickly it answers."""

    resident: int
    mappings: int
    threads: int
    descriptors: int
    latency: float

    @classmethod
    def now(cls, plugin: thumbox.Plugin) -> State:
        gc.collect()
        times = []
        for _ in range(2000):
            start = time.perf_counter()
            echo(plugin, b"still here")
            times.append(time.perf_counter() - start)
        return cls(
            resident=int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGESIZE"),
            mappings=hostile.mappings(),
            threads=count("/proc/self/task"),
            descriptors=count("/proc/self/fd"),
            latency=min(times),
        )


def do_harm(plugin: thumbox.Plugin, calls: int) -> None:
    for number in range(1, calls + 1):
        message_id = hostile.LOOP if number % RUNAWAYS == 0 else HARM[number % len(HARM)]
        with suppress(thumbox.PluginError):
            plugin.call_raw(message_id, b"x", borrow=number % 7 == 0)
        if number % 97 == 0:
            echo(plugin, b"x")


def echo(plugin: thumbox.Plugin, request: bytes) -> None:
    """The plugin answers; where other programs keep it from its few milliseconds, a little later."""
    for _ in range(20):
        try:
            assert plugin.call_raw(thumbox.MSG_ECHO, request) == request
        except thumbox.PluginError as error:
            if error.code != 10:
                raise
            continue
        return
    pytest.fail("twenty echoes in a row ran past their deadline")


def soak(plugin: thumbox.Plugin, calls: int) -> tuple[State, State]:
    do_harm(plugin, RUNAWAYS)  # caches, pools, the clock's thread
    before = State.now(plugin)
    done = plugin.stats()
    do_harm(plugin, calls)
    after = State.now(plugin)
    now = plugin.stats()
    # With pytest -s, and beside a failure: the measurements at the beginning and at the end.
    print(f"\n{plugin.variant}, {calls} hostile calls:\n  before {before}\n  after  {after}\n  {now}")  # noqa: T201
    assert now.timeouts - done.timeouts >= calls // RUNAWAYS
    assert now.traps - done.traps > calls // 2
    assert (now.running, now.waiting) == (0, 0)
    return before, after


def is_where_it_was(before: State, after: State) -> None:
    assert after.resident - before.resident < 6 * MIB
    assert after.mappings - before.mappings < 20
    assert after.threads == before.threads
    assert after.descriptors == before.descriptors
    # The quickest of many, and a wide margin: other programs run, too.
    assert after.latency < 3 * before.latency


@pytest.fixture(params=["call", "pool"])
def harmful(request: pytest.FixtureRequest, tmp_path: Path) -> thumbox.Plugin:
    file = hostile.file(tmp_path)
    return thumbox.load("wasm", path=file, isolation=request.param, timeout=0.02, memory_limit=16 * MIB)


def test_thousands_of_hostile_calls_leave_nothing_behind(harmful: thumbox.Plugin) -> None:
    with harmful:
        is_where_it_was(*soak(harmful, 3000))


@pytest.mark.soak
def test_a_hundred_thousand_hostile_calls_leave_nothing_behind(harmful: thumbox.Plugin) -> None:
    with harmful:
        is_where_it_was(*soak(harmful, 100_000))


def test_hostile_calls_in_many_threads_leave_nothing_behind(harmful: thumbox.Plugin) -> None:
    with harmful:
        do_harm(harmful, 100)
        for _ in range(2):  # the first time for what threads leave in the allocator's arenas
            before = State.now(harmful)
            threads = [threading.Thread(target=do_harm, args=(harmful, 300)) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            after = State.now(harmful)
        assert (after.threads, after.descriptors) == (before.threads, before.descriptors)
        assert after.mappings - before.mappings < 40
        assert after.resident - before.resident < 16 * MIB
        assert harmful.stats().running == 0


def test_the_same_plugin_makes_thumbnails_after_a_runaway(testing_artifacts: Path) -> None:
    image = pictures.jpeg()
    with thumbox.load("wasm", path=testing_artifacts / "thumbox.wasm", timeout=5) as plugin:
        want = plugin.thumbnail(image, 32, 32).data
        for _ in range(20):
            with pytest.raises(thumbox.InternalError):
                plugin.call_raw(2**32 - 1, b"x")
            assert plugin.thumbnail(image, 32, 32).data == want
