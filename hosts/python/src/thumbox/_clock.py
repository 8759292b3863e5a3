"""Advances an engine's epoch while calls run, so that their deadlines come."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TICK", "Clock", "ticks"]

TICK = 0.01
"""Seconds: how exact a deadline is."""

_IDLE_TICKS = 500
# After a pause of the whole process, calls get some of their time back instead of all of it being gone.
_MOST_AT_ONCE = 100


def ticks(timeout: float) -> int:
    """A deadline that does not come too early: the tick that is running now counts as nothing."""
    return math.ceil(timeout / TICK) + 1


class Clock:
    """A thread that ticks while calls run. It ends after some seconds without any, and the next call starts it."""

    def __init__(self, tick: Callable[[], None]) -> None:
        self._tick = tick
        self.reset()

    def reset(self) -> None:
        """As new; also in the child of a fork, where neither the thread nor the calls of others live on."""
        self._lock = threading.Lock()
        self._calls = 0
        self._thread: threading.Thread | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._calls += 1
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="thumbox-clock", daemon=True)
                thread.start()
                self._thread = thread

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._calls -= 1

    def _run(self) -> None:
        idle = 0
        ticked = time.monotonic()
        while True:
            time.sleep(TICK)
            # By the time that has passed, not by the sleeps: a busy interpreter wakes this thread late.
            due = int((time.monotonic() - ticked) / TICK)
            ticked += due * TICK
            for _ in range(min(due, _MOST_AT_ONCE)):
                self._tick()
            with self._lock:
                idle = 0 if self._calls else idle + 1
                if idle > _IDLE_TICKS:
                    self._thread = None
                    return
