"""Where what Zenoh delivers waits for the program: so much and no more."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import zenoh

__all__ = ["Mailbox"]

T = TypeVar("T", bound="zenoh.Sample | zenoh.Query")

MOST_BYTES = 256 << 20


class Mailbox(Generic[T]):
    """The last `depth` items; the oldest are dropped, and counted. So are those beyond 256 MiB of payload in all.

    `put` never waits, because Zenoh's own thread calls it, and with it all that a session receives would wait. The
    queue is the one of C, because whoever waits for it is woken without any Python in between.
    """

    def __init__(self, depth: int) -> None:
        self._depth = depth
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

    def put(self, item: T) -> None:
        """Adds an item."""
        size, fits = 0, True
        with self._lock:
            if self._ending:
                return
            self.received += 1
            # As long as the reader keeps up, this is all. An item on its own is kept whatever its size is.
            if self._queue.qsize():
                size = len(item.payload or b"")
                self._bytes += size
                fits = self._make_room()
            self._queue.put((item, size))
        if self._waiters:
            self._wake()
        if self.on_arrival is not None and fits:
            self.on_arrival()

    def _make_room(self) -> bool:
        """Drops the oldest items until one more has a place; False if any had to go. The lock has to be held."""
        before = self.dropped
        while (waiting := self._queue.qsize()) and (waiting >= self._depth or self._bytes > MOST_BYTES):
            with suppress(Empty):
                old = self._queue.get_nowait()
                self._bytes -= old[1] if old else 0
                self.dropped += 1
        return self.dropped == before

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
        item, size = entry
        if size:
            with self._lock:
                self._bytes -= size
        return item

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
        with self._lock:
            self._ending = True
            self._queue.put(None)
        self._wake()

    def close(self) -> None:
        """Lets go of what is in it and of all who wait."""
        with self._lock:
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
