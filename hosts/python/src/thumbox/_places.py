"""How many calls run at once, and how the others wait for a place."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue

from thumbox._errors import TOO_MANY_REQUESTS, PluginError

__all__ = ["Places"]


class Places:
    """`most` calls at once; who comes when all places are taken waits for one, `max_wait` seconds at the most.

    A place is a token in a queue, because a view's finalizer gives its place back wherever it happens to run,
    even inside these methods, and a queue's `put` is made for that.
    """

    def __init__(self, most: int, max_wait: float) -> None:
        self._most = most
        self._max_wait = max_wait
        self.reset()

    def reset(self) -> None:
        """As new; also in the child of a fork, where the calls of other threads do not go on."""
        self._lock = threading.Lock()
        self._free: SimpleQueue[None] = SimpleQueue()
        self._made = 0
        self.waiting = 0
        # Of this queue and no later one: what was taken before a fork is not given back after it.
        self.give_back = self._free.put

    @property
    def taken(self) -> int:
        """Calls that run now, and views that hold an instance."""
        return self._made - self._free.qsize()

    def take(self) -> None:
        """To be followed by `give_back(None)`; PluginError, code 13, where no place comes free in time."""
        try:
            return self._free.get_nowait()
        except Empty:
            with self._lock:
                if self._made < self._most:
                    self._made += 1
                    return None
                self.waiting += 1
        try:
            return self._free.get(timeout=self._max_wait) if self._max_wait else self._free.get_nowait()
        except Empty:
            raise PluginError(
                TOO_MANY_REQUESTS,
                f"as many calls are running as max_concurrent allows: {self._most}, and none ended within "
                f"max_wait, {self._max_wait:g} s; call again later, or raise one of them",
            ) from None
        finally:
            with self._lock:
                self.waiting -= 1

    def wake(self) -> None:
        """Lets all who wait go on, to find that the plugin is closed."""
        for _ in range(self.waiting):
            self.give_back(None)
