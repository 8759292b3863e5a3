"""Advances an engine's epoch while calls run, so that their deadlines come."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Clock", "ticks"]

_PER_SECOND = 100
"""Ticks: how exact a deadline is."""

# Ticks without a call before the thread ends.
_LINGER = 500
# After a pause of the whole process, calls get some of their time back instead of all of it being gone.
_MOST_AT_ONCE = 100


def ticks(timeout: float) -> int:
    """A deadline that does not come too early: what is left of the tick that is running counts as nothing."""
    return math.ceil(timeout * _PER_SECOND) + 1


class Clock:
    """A thread that ticks while anybody needs it. It ends some seconds later, and starts again when it must."""

    def __init__(self, tick: Callable[[], None]) -> None:
        self._tick = tick
        self.reset()

    def reset(self) -> None:
        """As new; also in the child of a fork, where neither the thread nor the other threads' calls live on."""
        self._lock = threading.Lock()
        self._ticking = False
        self._users: set[object] = set()
        self._idle = 0
        self._ticked = 0.0

    def start(self, user: object) -> int:
        """From now on `user` needs ticks. Returns those that are due already, and will come without counting."""
        self._users.add(user)
        # Read after the need is known: the thread looks for needs after it has taken this back.
        if not self._ticking:
            with self._lock:
                if not self._ticking:
                    self._ticked = time.monotonic()
                    threading.Thread(target=self._run, name="thumbox-clock", daemon=True).start()
                    self._ticking = True
        due = int((time.monotonic() - self._ticked) * _PER_SECOND)
        return min(due, _MOST_AT_ONCE)

    def stop(self, user: object) -> None:
        """`user` needs no more ticks for now."""
        self._idle = 0
        self._users.discard(user)

    def _run(self) -> None:
        while self._is_needed():
            time.sleep(1 / _PER_SECOND)
            # By the time that has passed, not by the sleeps: a busy interpreter wakes this thread late.
            due = int((time.monotonic() - self._ticked) * _PER_SECOND)
            for _ in range(min(due, _MOST_AT_ONCE)):
                self._tick()
            # Only now: who starts in between is told of too many, and none is told of too few.
            self._ticked += due / _PER_SECOND

    def _is_needed(self) -> bool:
        self._idle += 1
        if self._users or self._idle < _LINGER:
            return True
        with self._lock:
            self._ticking = False
            self._ticking = bool(self._users)
            return self._ticking
