"""The clock: deadlines do not come early, it ends by itself, and no exception makes it run twice as fast."""

from __future__ import annotations

import gc
import threading
import time
from types import SimpleNamespace

import pytest

from thumbox.sandbox import clock as clocks

TICK = 0.01


class Watch:
    """A time that passes as a test says, and a clock whose thread is the test. Other clocks keep the real time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.at: list[float] = []
        self.clock = clocks.Clock(lambda: self.at.append(self.now))
        self._mine = threading.get_ident()
        self._sleeps: list[float] = []
        monkeypatch.setattr(clocks, "time", SimpleNamespace(monotonic=self._monotonic, sleep=self._sleep))
        monkeypatch.setattr(
            clocks, "threading", SimpleNamespace(Thread=lambda **_: SimpleNamespace(start=lambda: None))
        )
        monkeypatch.setattr(self.clock, "_is_needed", lambda _: bool(self._sleeps))

    def _monotonic(self) -> float:
        return self.now if threading.get_ident() == self._mine else time.monotonic()

    def _sleep(self, seconds: float) -> None:
        if threading.get_ident() == self._mine:
            self.now += self._sleeps.pop(0)
        else:
            time.sleep(seconds)

    def run(self, *sleeps: float) -> None:
        """What the clock's thread does if it sleeps so long each time."""
        self._sleeps = list(sleeps)
        self.clock._run(self.clock._thread)


@pytest.mark.parametrize("timeout", [0.001, 0.01, 0.011, 0.05, 0.3])
@pytest.mark.parametrize("phase", [0.0, 0.0001, 0.5, 0.9999, 1.0001, 7.5, 250.0])
def test_a_deadline_is_not_early_by_a_tick(monkeypatch: pytest.MonkeyPatch, timeout: float, phase: float) -> None:
    watch = Watch(monkeypatch)
    first = watch.clock.start()
    watch.now += phase * TICK  # of the tick that runs, and of those that the thread has not come to
    begun, before = watch.now, len(watch.at)
    need = watch.clock.start()
    deadline = before + clocks.ticks(timeout) + need.late
    # The thread wakes as early as it may, and on time from then on.
    rest = max(0.0, (1 - phase) * TICK) + 1e-9
    watch.run(rest, *([TICK] * 300))
    came = watch.at[deadline - 1] - begun
    assert timeout <= came
    assert came <= timeout + 2 * TICK + max(0.0, phase - 100) * TICK
    del first, need


@pytest.mark.parametrize("late", [0.0, 0.033, 0.5, 1e6])
def test_who_starts_late_is_told_of_what_is_due(monkeypatch: pytest.MonkeyPatch, late: float) -> None:
    watch = Watch(monkeypatch)
    first = watch.clock.start()
    assert first.late == 0
    watch.now += late + 1e-9
    need = watch.clock.start()
    assert need.late == min(100, int(late / TICK + 1e-3))
    before = len(watch.at)
    watch.run(0.0)
    # As many as were told of come at once, and no more: what was longer ago is given to the calls.
    assert len(watch.at) - before == need.late


def test_a_deadline_does_not_come_early_because_the_clock_is_late() -> None:
    fired: list[int] = []
    clock = clocks.Clock(lambda: fired.append(1))
    for lateness in (0.0, 0.033, 0.5, 1e6):
        first = clock.start()
        clock._ticked -= lateness  # as if the thread had been kept from running
        before = len(fired)
        need = clock.start()
        start = time.monotonic()
        while len(fired) - before < clocks.ticks(0.05) + need.late:
            assert time.monotonic() - start < 10
        assert time.monotonic() - start >= 0.05
        del first, need


def test_the_clock_ends_when_nobody_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "_LINGER", 5)
    count: list[int] = []
    clock = clocks.Clock(lambda: count.append(1))
    for _ in range(3):
        need = clock.start()
        deadline = time.monotonic() + 5
        before = len(count)
        while len(count) < before + 10:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert len(clock._needs) == 1
        del need
        assert not clock._needs
        while clock._thread is not None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    ended = len(count)
    time.sleep(0.1)
    assert len(count) == ended


def test_short_needs_keep_it_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "_LINGER", 30)
    clock = clocks.Clock(lambda: None)
    clock.start()
    thread = clock._thread
    for _ in range(100):
        clock.start()  # and lets go of it at once: the thread sees none of them
        time.sleep(TICK)
    assert thread is not None
    assert clock._thread is thread


def test_who_needs_it_as_it_ends_is_not_forgotten() -> None:
    clock = clocks.Clock(lambda: None)
    thread = clock._thread = object()
    clock._idle = 10**6
    assert not clock._is_needed(thread)
    assert clock._thread is None
    clock._thread = thread

    class Late(set[object]):
        """Empty when it is first looked at, and not from then on."""

        looks = 0

        def __bool__(self) -> bool:
            self.looks += 1
            return self.looks > 1

    clock._idle, clock._needs = 10**6, Late()  # type: ignore[assignment]
    assert clock._is_needed(thread)
    assert clock._thread is thread


def test_a_thread_that_was_started_twice_ticks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class SoftError(Exception):
        pass

    threads: list[threading.Thread] = []

    class Thread(threading.Thread):
        def start(self) -> None:
            super().start()
            threads.append(self)
            if len(threads) <= 3:
                raise SoftError  # as a signal handler does, after the thread has begun

    monkeypatch.setattr(clocks, "threading", SimpleNamespace(Thread=Thread, Lock=threading.Lock))
    ticks: list[float] = []
    clock = clocks.Clock(lambda: ticks.append(time.monotonic()))
    for _ in range(3):
        with pytest.raises(SoftError):
            clock.start()
    gc.collect()
    assert not clock._needs
    begun, before = time.monotonic(), len(ticks)
    need = clock.start()
    time.sleep(0.3)
    assert len(ticks) - before <= (time.monotonic() - begun) / TICK + 2
    assert [thread.is_alive() for thread in threads] == [False, False, False, True]
    del need
