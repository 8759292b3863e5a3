"""How many calls run at once, and how the others wait for a place."""

from __future__ import annotations

import threading
import time
from queue import Empty, SimpleQueue

from thumbox._errors import TOO_MANY_REQUESTS, PluginError
from thumbox._owned import Reference

__all__ = ["Place", "Places"]

# Seconds after which who waits looks whether a place was lost without being given back.
_LOOK_AGAIN = 0.2


class Place:
    """Of one call. It is taken as long as it lives and is not given back: one that an exception lost on its way, of a
    signal handler for example, is free again by that.
    """

    __slots__ = ("__weakref__",)


class Places:
    """`most` calls at once; who comes when all places are taken waits for one, `max_wait` seconds at the most.

    Free places are in a queue, because a view gives its place back wherever it happens to end, even inside these
    methods, and a queue's `put` is made for that. Those that live are in a set, which a place leaves as it dies, and in
    C: no exception gets in between.
    """

    def __init__(self, most: int, max_wait: float) -> None:
        self._most = most
        self._max_wait = max_wait
        self.reset()

    def reset(self) -> None:
        """As new; also in the child of a fork, where the calls of other threads do not go on."""
        self._lock = threading.Lock()
        self._free: SimpleQueue[Place] = SimpleQueue()
        self._places: set[Reference[Place]] = set()
        self._waiting: set[Reference[Place]] = set()
        self._closed = False
        # Of this queue and no later one: what was taken before a fork is not given back after it.
        self.give_back = self._free.put

    @property
    def taken(self) -> int:
        """Calls that run now, and views that hold an instance."""
        return len(self._places) - self._free.qsize()

    @property
    def waiting(self) -> int:
        """Calls that wait for a place."""
        return len(self._waiting)

    def take(self) -> Place:
        """To be given back. PluginError, code 13, where none comes free in time, or after `close`."""
        try:
            return self._free.get_nowait()
        except Empty:
            return self._another() or self._waited()

    def _another(self) -> Place | None:
        """A new place, where there are not yet as many as there may be."""
        place = Place()
        with self._lock:
            if len(self._places) >= self._most:
                return None
            self._places.add(Reference(place, self._places.discard))
        return place

    def _waited(self) -> Place:
        waiter = Place()
        waiting = Reference(waiter, self._waiting.discard)
        end = time.monotonic() + self._max_wait
        try:
            self._waiting.add(waiting)
            while True:
                left = end - time.monotonic()
                try:
                    return self._free.get(timeout=min(left, _LOOK_AGAIN)) if left > 0 else self._free.get_nowait()
                except Empty:
                    place = self._another()
                    if place is not None:
                        return place
                    if left <= 0 or self._closed:
                        raise self._too_many() from None
        finally:
            self._waiting.discard(waiting)

    def _too_many(self) -> PluginError:
        return PluginError(
            TOO_MANY_REQUESTS,
            f"as many calls are running as max_concurrent allows: {self._most}, and none ended within "
            f"max_wait, {self._max_wait:g} s; call again later, or raise one of them",
        )

    def close(self) -> None:
        """Those who wait get no place any more."""
        self._closed = True
