"""Advances an engine's epoch while calls run, so that their deadlines come."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

from thumbox._reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NO_DEADLINE", "Clock", "Need", "ticks"]

_PER_SECOND = 100
"""Ticks: how exact a deadline is."""
NO_DEADLINE = 1 << 62
"""Ticks that never come."""

# Ticks without a call before the thread ends.
_LINGER = 500
# After a pause of the whole process, calls get some of their time back instead of all of it being gone.
_MOST_AT_ONCE = 100


def ticks(timeout: float) -> int:
    """A deadline that does not come too early: what is left of the tick that is running counts as nothing."""
    return math.ceil(timeout * _PER_SECOND) + 1


class Need:
    """Somebody's need of ticks, for as long as this lives."""

    __slots__ = ("__weakref__", "late")

    late: int
    """Ticks that were due already when it began, and will come without counting."""


class Clock:
    """A thread that ticks while anybody needs it. It ends some seconds later, and starts again when it must."""

    def __init__(self, tick: Callable[[], None]) -> None:
        self._tick = tick
        self.reset()

    def reset(self) -> None:
        """As new; also in the child of a fork, where neither the thread nor the other threads' calls live on."""
        self._lock = threading.Lock()
        self._thread: object = None
        # A need that an exception lost leaves this set by itself.
        self._needs: set[Reference[Need]] = set()
        self._idle = 0
        self._ticked = 0.0

    def start(self) -> Need:
        """From now on there are ticks, until the caller lets go of what this returns."""
        need = Need()
        self._needs.add(Reference(need, self._needs.discard))
        self._idle = 0
        # Read after the need is known: the thread looks for needs after it has taken this back.
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    thread = object()
                    self._ticked = time.monotonic()
                    threading.Thread(target=self._run, args=(thread,), name="thumbox-clock", daemon=True).start()
                    self._thread = thread
        due = int((time.monotonic() - self._ticked) * _PER_SECOND)
        need.late = min(due, _MOST_AT_ONCE)
        return need

    def _run(self, thread: object) -> None:
        with self._lock:
            if self._thread is not thread:
                return  # an exception came before it was known, and there is another one
        while self._is_needed(thread):
            time.sleep(1 / _PER_SECOND)
            # By the time that has passed, not by the sleeps: a busy interpreter wakes this thread late.
            due = int((time.monotonic() - self._ticked) * _PER_SECOND)
            for _ in range(min(due, _MOST_AT_ONCE)):
                self._tick()
            # Only now: a call that starts in between counts too many late ticks, and never too few.
            self._ticked += due / _PER_SECOND

    def _is_needed(self, thread: object) -> bool:
        self._idle += 1
        if self._needs or self._idle < _LINGER:
            return True
        with self._lock:
            self._thread = None
            if self._needs:  # of a call that did not see that
                self._thread = thread
            return self._thread is thread
