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

_LINGER = 5.0
# After a pause of the whole process, calls get some of their time back instead of all of it being gone.
_MOST_AT_ONCE = 100


def ticks(timeout: float) -> int:
    """A deadline that does not come too early: the tick that is running now counts as nothing."""
    return math.ceil(timeout / TICK) + 1


class Clock:
    """A thread that ticks while anybody needs it. It ends some seconds later, and starts again when it must."""

    def __init__(self, tick: Callable[[], None]) -> None:
        self._tick = tick
        self.reset()

    def reset(self) -> None:
        """As new; also in the child of a fork, where neither the thread nor the other threads' calls live on."""
        self._lock = threading.Lock()
        self._ticking = False
        self._users: set[int] = set()
        self._until = 0.0

    def start(self, user: int) -> None:
        """From now on `user` needs ticks."""
        self._users.add(user)
        # Read after the need is known: the thread looks for needs after it has taken this back.
        if not self._ticking:
            with self._lock:
                if not self._ticking:
                    threading.Thread(target=self._run, name="thumbox-clock", daemon=True).start()
                    self._ticking = True

    def stop(self, user: int) -> None:
        """`user` needs no more ticks for now."""
        self._until = time.monotonic() + _LINGER
        self._users.discard(user)

    def _run(self) -> None:
        ticked = time.monotonic()
        while self._is_needed():
            time.sleep(TICK)
            # By the time that has passed, not by the sleeps: a busy interpreter wakes this thread late.
            due = int((time.monotonic() - ticked) / TICK)
            ticked += due * TICK
            for _ in range(min(due, _MOST_AT_ONCE)):
                self._tick()

    def _is_needed(self) -> bool:
        if self._users or time.monotonic() < self._until:
            return True
        with self._lock:
            self._ticking = False
            self._ticking = bool(self._users)
            return self._ticking
