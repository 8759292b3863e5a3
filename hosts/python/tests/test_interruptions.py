"""The exception of a signal handler may come between any two steps: nothing is lost by it for ever."""

from __future__ import annotations

import gc
import linecache
import random
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hostile
import pytest

import thumbox
from thumbox._slots import Slot, Slots
from thumbox.sandbox.clock import Clock
from thumbox.sandbox.wasm import WasmPlugin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

MIB = 1 << 20
OURS = str(Path(thumbox.__file__).parent)


class SoftTimeoutError(Exception):
    """What a signal handler raises."""


class Injected:
    """Raises a SoftTimeoutError before the instruction of this number that Python runs in this package.

    Not in a line that takes a lock or gives it back, nor where an exception is passed on: there Python itself does not
    look for signals.
    """

    def __init__(self, number: int, event: str = "opcode") -> None:
        """`event`: "line" counts lines instead, also of what starts a thread."""
        self.left = number
        self._event = event

    def __enter__(self) -> None:
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        code = frame.f_code
        is_start = code is threading.Thread.start.__code__ or code is threading.Event.wait.__code__
        if not (code.co_filename.startswith(OURS) or (self._event == "line" and is_start)) or code.co_name == "__del__":
            return None
        frame.f_trace_opcodes = self._event == "opcode"
        line: int | None = frame.f_lineno
        if event == self._event and line is not None and not is_of_a_lock(code.co_filename, line):
            self.left -= 1
            if self.left < 0:
                sys.settrace(None)
                raise SoftTimeoutError
        return self._trace


def is_of_a_lock(file: str, line: int) -> bool:
    return linecache.getline(file, line).strip().startswith(("with self._", "with _"))


@pytest.fixture(scope="module")
def harmful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.file(tmp_path_factory.mktemp("hostile"))


def quick(plugin: thumbox.Plugin) -> None:
    assert plugin.call_raw(1, b"a few ", bytearray(b"bytes")) == b"a few bytes"


def large(plugin: thumbox.Plugin) -> None:
    part = bytearray(300_000)
    try:
        assert len(plugin.call_raw(1, part, b"x")) == 300_001
    finally:
        part_again = part
        sys.settrace(None)
    part_again.append(0)  # which an export that was lost would not allow


def lent(plugin: thumbox.Plugin) -> None:
    view = plugin.call_raw(1, bytes(1000), borrow=True)
    assert len(view) == 1000


def refused(plugin: thumbox.Plugin) -> None:
    with suppress(thumbox.PluginError):
        plugin.call_raw(hostile.ERROR_THAT_IS_NO_TEXT, b"x")


def trapped(plugin: thumbox.Plugin) -> None:
    with suppress(thumbox.PluginError):
        plugin.call_raw(hostile.DIVIDE_BY_ZERO, b"x")


def in_json(plugin: thumbox.Plugin) -> None:
    with suppress(thumbox.PluginError):
        plugin.call("echo", [1])


def everywhere(plugin: thumbox.Plugin, work: Callable[[thumbox.Plugin], None]) -> int:
    """Does it again and again, each time with an exception one instruction later, until none came any more."""
    number = 0
    while True:
        injected = Injected(number)
        came = False
        with injected:
            try:
                work(plugin)
            except SoftTimeoutError:
                came = True
        stats = plugin.stats()
        assert (stats.running, stats.waiting) == (0, 0), (number, came)
        if injected.left >= 0:
            return number
        if not came:  # it was in what nobody can pass on
            assert injected.left < 0
        number += 1


@contextmanager
def nothing_said() -> Iterator[None]:
    """Python tells of an exception that came as an object ended, and goes on: nobody can pass it on."""
    before, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        yield
    finally:
        sys.unraisablehook = before


@pytest.mark.parametrize(
    ("work", "isolation"),
    [
        *((work, isolation) for work in (quick, lent) for isolation in ("call", "pool")),
        *((large, "pool"), (refused, "call"), (trapped, "call"), (in_json, "pool")),
    ],
)
def test_an_exception_anywhere_in_a_call_loses_nothing(
    harmful: Path, isolation: Any, work: Callable[[thumbox.Plugin], None]
) -> None:
    with (
        thumbox.load("wasm", path=harmful, isolation=isolation, max_concurrent=1, max_wait=0) as plugin,
        nothing_said(),
    ):
        assert isinstance(plugin, WasmPlugin)
        for _ in range(2):
            work(plugin)
        gc.collect()
        before = hostile.mappings()
        assert everywhere(plugin, work) > 200
        work(plugin)
        gc.collect()
        assert hostile.mappings() <= before + 5
        loaded = plugin._pool._loaded
        assert loaded
        assert not loaded.engine.clock._needs
        assert plugin.call_raw(1, b"x") == b"x"


@pytest.mark.parametrize("work", [quick, large, lent, refused, in_json])
def test_natively_too(work: Callable[[thumbox.Plugin], None]) -> None:
    with thumbox.load("native", max_concurrent=1, max_wait=0) as plugin, nothing_said():
        work(plugin)
        assert everywhere(plugin, work) > 50
        assert plugin.call_raw(1, b"x") == b"x"


def test_a_native_reply_is_freed_wherever_an_exception_comes() -> None:
    request = bytes(4 * MIB)
    with thumbox.load("native") as plugin:

        def call() -> None:
            plugin.call_raw(1, request)

        call()
        number, most = 0, 0
        while True:
            injected = Injected(number)
            with injected, suppress(SoftTimeoutError):
                call()
            if injected.left >= 0:
                break
            number += 1
            resident = int(Path("/proc/self/statm").read_text().split()[1]) * 4096
            most = max(most, resident)
            if number == 10:
                first = resident
        assert number > 50
        assert most - first < 40 * MIB


def test_an_exception_while_it_waits_loses_nothing() -> None:
    for number in range(10_000):
        slots = Slots(1, 0.0)
        held = slots.take()
        injected = Injected(number)
        with injected, suppress(SoftTimeoutError, thumbox.PluginError):
            slots.take()
        assert (slots.taken, slots.waiting) == (1, 0)
        slots.give_back(held)
        del held
        assert slots.taken == 0
        if injected.left >= 0:
            break
    assert 20 < number < 10_000


def test_a_slot_that_was_lost_is_free_for_who_waits() -> None:
    slots = Slots(1, 10.0)
    lost = [slots.take()]
    got: list[Slot] = []
    thread = threading.Thread(target=lambda: got.append(slots.take()))
    thread.start()
    while not slots.waiting:
        time.sleep(0.001)
    lost.clear()
    thread.join(5)
    assert (len(got), slots.taken, slots.waiting) == (1, 1, 0)


def test_an_exception_as_the_clock_starts_leaves_one_that_ticks_once() -> None:
    number = 0
    while True:
        clock = Clock(lambda: None)
        injected = Injected(number, "line")
        with injected, suppress(SoftTimeoutError):
            clock.start()
        assert not clock._needs
        need = clock.start()
        time.sleep(0.001)
        alive = [one for one in threading.enumerate() if getattr(one, "_target", None) == clock._run]
        # One that was begun and not known ends by itself.
        end = time.monotonic() + 5
        while sum(one.is_alive() for one in alive) > 1 and time.monotonic() < end:
            time.sleep(0.001)
        assert sum(one.is_alive() for one in alive) <= 1
        assert clock._thread is not None
        del need
        clock._idle = 10**6
        if injected.left >= 0:
            break
        number += 1
    assert number > 20


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no such timer there")
@pytest.mark.parametrize("isolation", ["call", "pool"])
def test_thousands_of_interruptions_leave_all_slots(harmful: Path, isolation: Any) -> None:
    armed = False

    def interrupt(*_: object) -> None:
        if armed:
            raise SoftTimeoutError

    before = signal.signal(signal.SIGALRM, interrupt)
    generator, hits = random.Random(1), 0
    end = time.monotonic() + 3
    try:
        with (
            nothing_said(),
            thumbox.load("wasm", path=harmful, isolation=isolation, max_concurrent=2, max_wait=0) as plugin,
        ):
            while time.monotonic() < end:
                signal.setitimer(signal.ITIMER_REAL, generator.uniform(0.00002, 0.0006))
                try:
                    armed = True
                    for _ in range(3):
                        plugin.call_raw(1, b"x")
                    armed = False
                except SoftTimeoutError:
                    armed, hits = False, hits + 1
                armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            stats = plugin.stats()
            assert (stats.running, stats.waiting, stats.rejects) == (0, 0, 0)
            assert hits > 100
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_an_error_that_is_kept_keeps_no_sandbox(harmful: Path) -> None:
    kept: list[BaseException] = []
    with thumbox.load("wasm", path=harmful, timeout=0.05, memory_limit=32 * MIB) as plugin:
        for message_id in (hostile.EAT_MEMORY, hostile.LOOP, hostile.RESULT_OF_NO_KIND, hostile.ERROR_THAT_IS_NO_TEXT):
            before = hostile.mappings()
            for _ in range(5):
                with pytest.raises(thumbox.PluginError) as caught:
                    plugin.call_raw(message_id, b"x")
                kept.append(caught.value)
            del caught
            assert hostile.mappings() <= before + 4
    assert len(kept) == 20
