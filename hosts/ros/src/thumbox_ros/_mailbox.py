"""Where what Zenoh delivers waits for the program: so much and no more."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Mailbox"]

T = TypeVar("T")

MOST_BYTES = 256 << 20


class Mailbox(Generic[T]):
    """The last `depth` items; the oldest are dropped, and counted. So are those beyond `most_bytes` in all.

    `put` never waits, because Zenoh's own thread calls it, and with it all that a session receives would wait. The
    queue is the one of C, because whoever waits for it is woken without any Python in between.
    """

    def __init__(self, depth: int, most_bytes: int = MOST_BYTES) -> None:
        self._depth = depth
        self._most_bytes = most_bytes
        self._queue: SimpleQueue[tuple[T, int] | None] = SimpleQueue()
        self._bytes = 0
        self._lock = threading.Lock()
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._ending = False
        self.received = 0
        self.dropped = 0
        self.closed = False
        self.on_arrival: Callable[[], object] | None = None
        """Called for every item that has a place of its own, in the thread that puts it."""

    def put(self, item: T, size: int = 0) -> bool:
        """Adds an item of so many bytes; False if another had to go for it."""
        if self._ending:
            return False
        with self._lock:
            self.received += 1
            self._bytes += size
        fits = True
        while (waiting := self._queue.qsize()) and (waiting >= self._depth or self._bytes > self._most_bytes):
            with suppress(Empty):
                old = self._queue.get_nowait()
                if old is None:
                    # It was closed meanwhile.
                    self._queue.put(None)
                    return False
                self._taken(old[1], dropped=1)
                fits = False
        self._queue.put((item, size))
        if self._waiters:
            self._wake()
        if self.on_arrival is not None and fits:
            self.on_arrival()
        return fits

    def _taken(self, size: int, dropped: int = 0) -> None:
        with self._lock:
            self._bytes -= size
            self.dropped += dropped

    def take(self, timeout: float | None = None) -> T | None:
        """The oldest item; None if none came within `timeout` seconds (None: no limit, 0: at once) or it is closed."""
        try:
            entry = self._queue.get_nowait() if timeout == 0 else self._queue.get(timeout=timeout)
        except Empty:
            return None
        if entry is None:
            self.closed = True
            # Whoever waits beside this one is to learn it, too.
            self._queue.put(None)
            return None
        self._taken(entry[1])
        return entry[0]

    async def take_async(self) -> T | None:
        """The oldest item, as soon as there is one; None once it is closed."""
        loop = asyncio.get_running_loop()
        while not self.closed:
            future: asyncio.Future[None] = loop.create_future()
            with self._lock:
                self._waiters.append((loop, future))
            item = self.take(0)
            if item is not None:
                return item
            if not self.closed:
                await future
        return None

    def __len__(self) -> int:
        return 0 if self.closed else self._queue.qsize()

    def close_when_empty(self) -> None:
        """Takes no more; readers get what is in it, and then None."""
        self._ending = True
        self._queue.put(None)
        self._wake()

    def close(self) -> None:
        """Lets go of what is in it and of all who wait."""
        self._ending = self.closed = True
        with suppress(Empty):
            while True:
                self._queue.get_nowait()
        self._queue.put(None)
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            waiters, self._waiters = self._waiters, []
        for loop, future in waiters:
            # A loop that is closed has nobody who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_done, future)


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
