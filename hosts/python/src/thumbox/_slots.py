"""A semaphore: how many calls run at once, and how the others wait."""

from __future__ import annotations

import threading
import time
from queue import Empty, SimpleQueue

from thumbox._errors import TOO_MANY_REQUESTS, PluginError
from thumbox._reference import Reference

__all__ = ["Slot", "Slots"]

# A waiting call looks this often, in seconds, whether a slot was lost without being given back.
_LOOK_AGAIN = 0.2


class Slot:
    """What one call holds while it runs. A slot that is lost is free again: it lives only as long as somebody holds it,
    so an exception of a signal handler, for example, leaks none.
    """

    __slots__ = ("__weakref__",)


class Slots:
    """`most` calls at once. When all slots are taken, a call waits up to `max_wait` seconds for one.

    Free slots are in a queue, because a view gives its slot back wherever it happens to end, even inside these methods,
    and a queue's `put` is made for that. All live slots are in a set. A slot leaves it as it dies, in C, so that no
    exception gets in between.
    """

    def __init__(self, most: int, max_wait: float) -> None:
        self._most = most
        self._max_wait = max_wait
        self.reset()

    def reset(self) -> None:
        """As new; also in the child of a fork, where the calls of other threads do not go on."""
        self._lock = threading.Lock()
        self._free: SimpleQueue[Slot] = SimpleQueue()
        self._slots: set[Reference[Slot]] = set()
        self._waiting: set[Reference[Slot]] = set()
        self._closed = False
        # Bound to this queue: a slot that was taken before a fork is not given back after it.
        self.give_back = self._free.put

    @property
    def taken(self) -> int:
        """Calls that run now, and views that hold an instance."""
        return len(self._slots) - self._free.qsize()

    @property
    def waiting(self) -> int:
        """Calls that wait for a slot."""
        return len(self._waiting)

    def take(self) -> Slot:
        """A slot, to be given back. PluginError, code 13, if none frees up in time or `close` was called."""
        try:
            return self._free.get_nowait()
        except Empty:
            return self._another() or self._waited()

    def _another(self) -> Slot | None:
        """A new slot, while there are fewer than `most`."""
        slot = Slot()
        with self._lock:
            if len(self._slots) >= self._most:
                return None
            self._slots.add(Reference(slot, self._slots.discard))
        return slot

    def _waited(self) -> Slot:
        waiter = Slot()
        waiting = Reference(waiter, self._waiting.discard)
        end = time.monotonic() + self._max_wait
        try:
            self._waiting.add(waiting)
            while True:
                left = end - time.monotonic()
                try:
                    return self._free.get(timeout=min(left, _LOOK_AGAIN)) if left > 0 else self._free.get_nowait()
                except Empty:
                    slot = self._another()
                    if slot is not None:
                        return slot
                    if left <= 0 or self._closed:
                        raise self.too_many() from None
        finally:
            self._waiting.discard(waiting)

    def too_many(self) -> PluginError:
        """The error of a call that got no slot in time."""
        return PluginError(
            TOO_MANY_REQUESTS,
            f"too many concurrent calls (max_concurrent = {self._most}); no slot freed within "
            f"max_wait, {self._max_wait:g} s; call again later, or raise one of them",
        )

    def close(self) -> None:
        """Calls that wait get no slot any more."""
        self._closed = True
