"""Calls share instances or have their own, wait their turn, borrow replies, and are counted."""

from __future__ import annotations

import asyncio
import gc
import mmap
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hostile
import numpy as np
import pytest

import thumbox
from thumbox import _options
from thumbox._layouts import MAX_REPLY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

ECHO = thumbox.MSG_ECHO
MIB = 1 << 20


@pytest.fixture(scope="module")
def harmful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.file(tmp_path_factory.mktemp("hostile"))


def calls_so_far(plugin: thumbox.Plugin) -> int:
    """How many calls the instance has answered that answers this one."""
    return int.from_bytes(plugin.call_raw(hostile.COUNT_CALLS, b"x"), "little")


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


class Runaways:
    """Threads whose calls run until their deadline."""

    def __init__(self, plugin: thumbox.Plugin, count: int) -> None:
        self.codes: list[int] = []
        self._plugin = plugin
        self._threads = [threading.Thread(target=self._run) for _ in range(count)]

    def _run(self) -> None:
        try:
            self._plugin.call_raw(hostile.LOOP, b"x")
        except thumbox.PluginError as error:
            self.codes.append(error.code)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        until(lambda: self._plugin.stats().running == len(self._threads))
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()
        assert self.codes == [10] * len(self._threads)


def test_with_isolation_of_calls_nothing_is_left_of_the_last_one(harmful: Path) -> None:
    with thumbox.load("wasm", path=harmful, isolation="call", max_concurrent=16) as plugin:
        assert [calls_so_far(plugin) for _ in range(3)] == [1, 1, 1]
        made = plugin.stats().instances_made
        plugin.call_raw(ECHO, b"x")
        assert plugin.stats().instances_made == made + 1
        assert plugin.stats().instances == 0
    with thumbox.load("wasm", path=harmful, isolation="pool", max_concurrent=16) as plugin:
        assert [calls_so_far(plugin) for _ in range(3)] == [1, 2, 3]
        assert plugin.stats().instances_made == 1


@pytest.mark.parametrize("isolation", ["call", "pool"])
def test_what_one_call_writes_another_cannot_read(harmful: Path, isolation: Any) -> None:
    with thumbox.load("wasm", path=harmful, isolation=isolation, timeout=5, max_concurrent=16) as plugin:
        assert plugin.call_raw(hostile.KEEP_A_SECRET, b"secret") == b"kept"
        found = plugin.call_raw(hostile.TELL_THE_SECRET, b"x")
        assert found == (b"secret" if isolation == "pool" else bytes(6))  # a pool is for guests that do not do this


def advice_for(address: int) -> set[str]:
    """The flags of the mapping that has this address."""
    within = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        first, _, rest = line.partition(" ")
        if "-" in first:
            start, end = (int(one, 16) for one in first.split("-"))
            within = start <= address < end
        elif within and first == "VmFlags:":
            return set(rest.split())
    raise LookupError(hex(address))


def large_pages_are_known() -> bool:
    """Whether a mapping that is to lie in large pages says so: not where the kernel was built without them."""
    with mmap.mmap(-1, 4 * MIB, flags=mmap.MAP_PRIVATE) as mapping:
        try:
            mapping.madvise(mmap.MADV_HUGEPAGE)
        except OSError:
            return False
        return "hg" in advice_for(np.frombuffer(mapping, np.uint8).ctypes.data)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is the system's own choice")
@pytest.mark.parametrize("isolation", ["call", "pool"])
def test_a_large_request_may_lie_in_large_pages(isolation: Any) -> None:
    request = bytes(4 * MIB)
    with thumbox.load("wasm", isolation=isolation) as plugin:
        reply = plugin.call_raw(ECHO, request, borrow=True)
        assert reply == request
        end = np.frombuffer(reply, np.uint8).ctypes.data + len(reply) - 1
        assert ("hg" in advice_for(end)) == large_pages_are_known()


@pytest.mark.parametrize("isolation", ["call", "pool"])
def test_both_isolations_give_the_same_thumbnail(
    photo: bytes, isolation: Any, plugins: dict[str, thumbox.Plugin]
) -> None:
    with thumbox.load("wasm", isolation=isolation) as plugin:
        for _ in range(3):
            assert plugin.thumbnail(photo, 64, 64).data == plugins["native"].thumbnail(photo, 64, 64).data


@pytest.mark.parametrize("isolation", ["call", "pool"])
def test_limits_hold_for_every_instance(photo: bytes, isolation: Any) -> None:
    with thumbox.load("wasm", isolation=isolation, max_pixels=1000) as plugin:
        for _ in range(3):
            with pytest.raises(thumbox.LimitError, match="1000") as caught:
                plugin.thumbnail(photo)
            assert caught.value.code == 300


def test_a_call_waits_for_a_slot(harmful: Path) -> None:
    with thumbox.load("wasm", path=harmful, timeout=0.4, max_concurrent=2, max_wait=20) as plugin:
        with Runaways(plugin, 2):
            assert plugin.call_raw(ECHO, b"waited") == b"waited"
        assert plugin.stats().rejects == 0


def test_as_many_at_once_as_processors(harmful: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 <= _options.processors() <= (os.cpu_count() or 1)
    assert _options.CommonOptions().concurrent == _options.processors()
    assert _options.CommonOptions(max_concurrent=77).concurrent == 77
    for count in (1, 3):
        monkeypatch.setattr(os, "process_cpu_count", lambda: None, raising=False)
        assert _options.processors() == 1
        monkeypatch.setattr(os, "process_cpu_count", lambda: count, raising=False)  # noqa: B023 -- used at once
        with thumbox.load("wasm", path=harmful, max_wait=0) as plugin:
            views = [plugin.call_raw(ECHO, b"x", borrow=True) for _ in range(count)]
            with pytest.raises(thumbox.PluginError, match=rf"max_concurrent = {count}\); no slot") as caught:
                plugin.call_raw(ECHO, b"x")
            assert caught.value.code == 13
            assert views
    monkeypatch.delattr(os, "process_cpu_count")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    assert _options.processors() == 2
    monkeypatch.delattr(os, "sched_getaffinity")
    assert _options.processors() == os.cpu_count()
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert _options.processors() == 1


def test_who_waits_too_long_gets_code_13(harmful: Path) -> None:
    with thumbox.load("wasm", path=harmful, timeout=1.5, max_concurrent=1, max_wait=0.1) as plugin:
        with Runaways(plugin, 1):
            start = time.monotonic()
            with pytest.raises(thumbox.PluginError, match=r"no slot freed within max_wait, 0\.1 s") as caught:
                plugin.call_raw(ECHO, b"x")
            assert caught.value.code == 13
            assert time.monotonic() - start >= 0.1
            with pytest.raises(thumbox.PluginError, match="max_concurrent"):
                plugin.call("echo", 1)
        assert plugin.stats().rejects == 2
        assert plugin.call_raw(ECHO, b"x") == b"x"


def test_natively_calls_wait_too(plugins: dict[str, thumbox.Plugin]) -> None:
    image = np.zeros((3000, 3000, 3), np.uint8)
    bmp = b"BM" + (54 + image.nbytes).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    bmp += (40).to_bytes(4, "little") + 2 * (3000).to_bytes(4, "little") + b"\1\0\x18\0" + bytes(24) + image.tobytes()
    want = plugins["native"].thumbnail(bmp, 50, 50).data
    with thumbox.load("native", max_concurrent=1, max_wait=60) as plugin:
        seen: list[int] = []
        good: list[bool] = []

        def work() -> None:
            good.append(plugin.thumbnail(bmp, 50, 50).data == want)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            seen.append(plugin.stats().running)
        assert good == [True] * 6
        assert max(seen) == 1
        assert plugin.stats().rejects == 0


def test_many_threads_share_few_slots(variant: str) -> None:
    errors: list[str] = []
    with thumbox.load(variant, max_concurrent=2, max_wait=60) as plugin:

        def work(number: int) -> None:
            for round_ in range(200):
                text = f"{number} {round_}".encode()
                if plugin.call_raw(ECHO, text) != text:
                    errors.append("another echo")
                if plugin.stats().running > 2:
                    errors.append("too many at once")

        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        stats = plugin.stats()
        assert (stats.calls, stats.rejects, stats.running, stats.waiting) == (3200, 0, 0, 0)


def test_closing_wakes_those_who_wait(harmful: Path) -> None:
    plugin = thumbox.load("wasm", path=harmful, timeout=None, max_concurrent=1, max_wait=600)
    view = plugin.call_raw(ECHO, b"held", borrow=True)
    codes: list[int] = []

    def work() -> None:
        with pytest.raises(thumbox.PluginError) as caught:
            plugin.call_raw(ECHO, b"x")
        codes.append(caught.value.code)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: plugin.stats().waiting == 3)
    plugin.close()
    for thread in threads:
        thread.join(20)
    assert codes == [1, 1, 1]
    assert view == b"held"


def test_a_borrowed_reply_is_where_it_was_made(harmful: Path) -> None:
    with thumbox.load("wasm", path=harmful, isolation="pool", timeout=0.2, max_concurrent=16) as plugin:
        view = plugin.call_raw(ECHO, b"borrowed", borrow=True)
        assert (view.readonly, view.format, view.ndim, bytes(view)) == (True, "B", 1, b"borrowed")
        with pytest.raises(TypeError):
            view[0] = 1
        assert plugin.stats().running == 1
        assert calls_so_far(plugin) == 1  # another instance: this one is kept
        del view
        assert plugin.stats().running == 0


def test_a_borrowed_instance_serves_again(harmful: Path) -> None:
    with thumbox.load("wasm", path=harmful, isolation="pool", max_concurrent=16) as plugin:
        for _ in range(10):
            with plugin.call_raw(ECHO, b"x", borrow=True) as view:
                assert view == b"x"
        assert plugin.stats().instances_made == 1
        assert calls_so_far(plugin) == 11


@pytest.mark.parametrize("message_id", [hostile.LOOP_IN_POST, hostile.DIE_IN_POST])
def test_harm_after_a_borrowed_reply_costs_the_next_call_nothing(harmful: Path, message_id: int) -> None:
    with thumbox.load("wasm", path=harmful, isolation="pool", timeout=0.1, max_concurrent=16) as plugin:
        for _ in range(5):
            with plugin.call_raw(message_id, b"answer", borrow=True) as view:
                assert view == b"answer"
            assert plugin.call_raw(ECHO, b"x") == b"x"
        assert plugin.stats().errors == 0


Held = tuple[object, "Callable[[], bytes]"]


def slices(view: memoryview) -> Held:
    piece = view[1000:2000][10:]
    view.release()
    return piece, lambda: bytes(piece)


def arrays(view: memoryview) -> Held:
    array = np.frombuffer(view, np.uint8)[1010:2000]
    return array, array.tobytes


def casts(view: memoryview) -> Held:
    piece = view[:4096].cast("H").cast("B")[1010:2000]
    return piece, piece.tobytes


@pytest.mark.parametrize("hold", [slices, arrays, casts])
def test_a_borrowed_view_cannot_dangle(hold: Callable[[memoryview], Held], harmful: Path) -> None:
    request = np.random.default_rng(3).bytes(300_000)
    plugin = thumbox.load("wasm", path=harmful, timeout=0.1, max_concurrent=4)
    held, read = hold(plugin.call_raw(ECHO, request, borrow=True))
    gc.collect()
    for message_id in (hostile.LOOP, hostile.EAT_MEMORY, hostile.DIE_SILENTLY):  # past its deadline, and in use
        with pytest.raises(thumbox.PluginError):
            plugin.call_raw(message_id, b"x")
    for _ in range(20):
        assert plugin.call_raw(ECHO, bytes(300_000)) == bytes(300_000)
    assert plugin.stats().running == 1
    plugin.close()
    del plugin
    gc.collect()
    found: list[bytes] = []
    thread = threading.Thread(target=lambda read: found.append(read()), args=(read,))
    thread.start()
    thread.join()
    assert found == [request[1010:2000]]
    del held, read


def test_a_view_may_end_in_another_thread(harmful: Path) -> None:
    with thumbox.load("wasm", path=harmful, max_concurrent=16) as plugin:
        views = [plugin.call_raw(ECHO, bytes(1000), borrow=True) for _ in range(8)]
        assert plugin.stats().running == 8
        threads = [threading.Thread(target=views.pop) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert plugin.stats().running == 0


def test_borrowed_views_count_among_the_calls_at_once(harmful: Path) -> None:
    with thumbox.load("wasm", path=harmful, max_concurrent=2, max_wait=0) as plugin:
        first = plugin.call_raw(ECHO, b"1", borrow=True)
        second = plugin.call_raw(ECHO, b"2", borrow=True)
        with pytest.raises(thumbox.PluginError, match="max_concurrent"):
            plugin.call_raw(ECHO, b"3")
        assert (first, second) == (b"1", b"2")
        del first
        assert plugin.call_raw(ECHO, b"3") == b"3"
        for _ in range(100):  # copied replies take no slot, however long they are kept
            kept = [plugin.call_raw(ECHO, b"4") for _ in range(3)]
        assert kept == [b"4"] * 3


def test_borrowed_memory_is_given_back(harmful: Path) -> None:
    with thumbox.load("wasm", path=harmful, isolation="call", max_concurrent=16) as plugin:
        for round_ in range(300):
            view = plugin.call_raw(ECHO, bytes(100_000), borrow=True)
            assert len(view) == 100_000
            del view
            if round_ == 50:
                before = hostile.mappings()
        assert hostile.mappings() <= before + 5


def test_an_error_borrows_nothing(plugin: thumbox.Plugin) -> None:
    for _ in range(3):
        with pytest.raises(thumbox.PluginError):
            plugin.call_raw(99, b"x", borrow=True)
    assert plugin.stats().running == 0
    assert plugin.call_raw(ECHO, b"x", borrow=True) == b"x"


def test_stats_count_what_happened(harmful: Path) -> None:
    with thumbox.load(
        "wasm", path=harmful, isolation="pool", timeout=0.05, memory_limit=32 * MIB, max_request=100, max_concurrent=16
    ) as plugin:
        new = plugin.stats()
        assert (new.calls, new.instances, new.instances_made) == (0, 1, 1)
        for _ in range(3):
            plugin.call_raw(ECHO, b"x")
        for message_id in (hostile.LOOP, hostile.EAT_MEMORY, hostile.DIE_SILENTLY, hostile.REPLY_OUT_OF_MEMORY):
            with pytest.raises(thumbox.PluginError):
                plugin.call_raw(message_id, b"x")
        with pytest.raises(thumbox.ImageError):
            plugin.call_raw(hostile.ERROR_THAT_IS_NO_TEXT, b"x")
        with pytest.raises(thumbox.RequestError):
            plugin.call_raw(ECHO, bytes(101))
        stats = plugin.stats()
        assert (stats.calls, stats.errors, stats.traps, stats.timeouts, stats.rejects) == (8, 5, 3, 1, 1)
        assert stats.instances_made == 5
        assert 31 * MIB < stats.memory_high_water <= 32 * MIB
    with pytest.raises(thumbox.PluginError):
        plugin.call_raw(ECHO, b"x")
    stats = plugin.stats()
    assert (stats.rejects, stats.calls, stats.running, stats.instances) == (2, 8, 0, 0)


@pytest.mark.parametrize("borrow", [False, True])
@pytest.mark.parametrize("isolation", ["call", "pool"])
def test_the_high_water_is_what_a_call_grew_to(harmful: Path, isolation: Any, borrow: bool) -> None:
    with thumbox.load("wasm", path=harmful, isolation=isolation, max_concurrent=16) as plugin:
        plugin.call_raw(hostile.GROW_TO_80_MIB, b"x", borrow=borrow)
        assert plugin.stats().memory_high_water >= 80 * MIB


def test_native_stats_count_what_happened() -> None:
    with thumbox.load("native", max_request=100) as plugin:
        plugin.call_raw(ECHO, b"x")
        plugin.call("plugin.info")
        with pytest.raises(thumbox.PluginError):
            plugin.call_raw(99, b"x")
        with pytest.raises(thumbox.PluginError):
            plugin.call("no.such")
        with pytest.raises(thumbox.RequestError):
            plugin.call_raw(ECHO, bytes(101))
        stats = plugin.stats()
        assert (stats.calls, stats.errors, stats.traps, stats.timeouts, stats.rejects) == (4, 2, 0, 0, 1)
        assert (stats.instances, stats.instances_made, stats.memory_high_water) == (1, 1, 0)
    with pytest.raises(thumbox.PluginError):
        plugin.call_raw(ECHO, b"x")
    assert (plugin.stats().rejects, plugin.stats().instances) == (2, 0)


def test_panics_are_counted_on_both_variants(testing_plugin: thumbox.Plugin) -> None:
    with pytest.raises(thumbox.InternalError):
        testing_plugin.call_raw(2**32 - 1, b"x")
    assert (testing_plugin.stats().errors, testing_plugin.stats().traps) == (1, 1)


def test_the_limit_on_replies_is_the_core_s(plugins: dict[str, thumbox.Plugin]) -> None:
    info = plugins["wasm"].call("plugin.info")
    assert isinstance(info, dict)
    assert info["limits"]["max_reply"] == MAX_REPLY


@pytest.fixture(params=["call", "pool"])
def isolated(request: pytest.FixtureRequest, harmful: Path) -> Iterator[thumbox.Plugin]:
    with thumbox.load("wasm", path=harmful, timeout=0.5, isolation=request.param, max_concurrent=16) as plugin:
        yield plugin


async def until_running(plugin: thumbox.Plugin, count: int) -> None:
    async def poll() -> None:
        while plugin.stats().running != count:  # noqa: ASYNC110 -- nobody tells of it
            await asyncio.sleep(0.01)

    await asyncio.wait_for(poll(), 20)


def test_under_asyncio_a_runaway_stops_nobody_else(isolated: thumbox.Plugin) -> None:
    async def run_away() -> int:
        try:
            await asyncio.to_thread(isolated.call_raw, hostile.LOOP, b"x")
        except thumbox.PluginError as error:
            return error.code
        return 0

    async def main() -> None:
        runaways = [asyncio.create_task(run_away()) for _ in range(2)]
        turns = 0
        while not all(task.done() for task in runaways):
            assert await asyncio.to_thread(isolated.call_raw, ECHO, b"x") == b"x"
            turns += 1
        assert [task.result() for task in runaways] == [10, 10]
        assert turns > 10

    asyncio.run(main())


def test_under_asyncio_a_call_that_nobody_awaits_any_more_ends_at_its_deadline(isolated: thumbox.Plugin) -> None:
    async def main() -> None:
        task = asyncio.create_task(asyncio.to_thread(isolated.call_raw, hostile.LOOP, b"x"))
        await until_running(isolated, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert isolated.stats().running == 1
        await until_running(isolated, 0)
        assert isolated.stats().timeouts == 1
        assert await asyncio.to_thread(isolated.call_raw, ECHO, b"x") == b"x"

    asyncio.run(main())
