"""The bounded queue between Zenoh's threads and the readers: the oldest item is dropped first (keep last)."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import zenoh

__all__ = ["MOST_BYTES", "ReceiveQueue", "deadline", "time_left"]

T = TypeVar("T", bound="zenoh.Sample | zenoh.Query")

MOST_BYTES = 256 << 20
"""Payload bytes that may wait in one queue."""


class ReceiveQueue(Generic[T]):
    """Holds the last `depth` items, and at most 256 MiB of payload. Drops the oldest item first, and counts it.

    `put` never waits: Zenoh's own thread calls it, and all that the session receives would wait with it. The queue
    inside is a SimpleQueue, which wakes a waiting reader from C.
    """

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._queue: SimpleQueue[tuple[T, int] | None] = SimpleQueue()
        self._bytes = 0
        self._lock = threading.Lock()
        self._waiters: set[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = set()
        self._ending = False
        self.received = 0
        self.dropped = 0
        self.closed = False
        self.on_arrival: Callable[[], object] | None = None
        """Called in the putting thread for every item that displaced no other."""

    def put(self, item: T) -> None:
        """Adds an item; may drop the oldest."""
        with self._lock:
            if self._ending:
                return
            self.received += 1
            entry = (item, self._size(item))
            self._queue.put(entry)
            fits = self._drop(entry)
        self._tell(fits)

    def offer(self, item: T) -> bool:
        """Adds an item if there is room for it; returns whether there was."""
        with self._lock:
            size = self._size(item)
            if self._ending or self._queue.qsize() >= self._depth or self._bytes > MOST_BYTES:
                self._bytes -= size
                return False
            self.received += 1
            self._queue.put((item, size))
        self._tell(True)
        return True

    def _size(self, item: T) -> int:
        """The bytes that count for an item: none while the queue is empty, so that one item may have any size."""
        if not self._queue.qsize():
            return 0
        size = len(item.payload or b"")
        self._bytes += size
        return size

    def _drop(self, newest: tuple[T, int]) -> bool:
        """Drops items until the queue is within its limits; returns whether none had to go.

        Runs after the newest item was added, so that a reader that was told of an item finds one, or a newer one.
        """
        before = self.dropped
        while (waiting := self._queue.qsize()) > 1 and (waiting > self._depth or self._bytes > MOST_BYTES):
            with suppress(Empty):
                old = self._queue.get_nowait()
                if old is newest:
                    # Readers have taken all the others in the meantime.
                    self._queue.put(old)
                    return True
                self._bytes -= old[1] if old else 0
                self.dropped += 1
        return self.dropped == before

    def _tell(self, fits: bool) -> None:
        if self._waiters:
            self._wake()
        if self.on_arrival is not None and fits:
            self.on_arrival()

    def take(self, timeout: float | None = None) -> T | None:
        """The oldest item; None if none came within `timeout` seconds (None: no limit), or after close()."""
        try:
            entry = self._queue.get_nowait() if timeout == 0 else self._queue.get(timeout=timeout)
        except Empty:
            return None
        if entry is None:
            self.closed = True
            # Other waiting readers have to see it, too.
            self._queue.put(None)
            return None
        item, size = entry
        if size:
            with self._lock:
                self._bytes -= size
        return item

    async def take_async(self) -> T | None:
        """The oldest item, as soon as there is one; None after close()."""
        loop = asyncio.get_running_loop()
        while not self.closed:
            future: asyncio.Future[None] = loop.create_future()
            with self._lock:
                self._waiters.add((loop, future))
            try:
                item = self.take(0)
                if item is not None:
                    return item
                if not self.closed:
                    await future
            finally:
                # Without the lock: a coroutine that nobody finished ends in a garbage collection, which may happen
                # while this thread holds the lock.
                self._waiters.discard((loop, future))
        return None

    def __len__(self) -> int:
        return 0 if self.closed else self._queue.qsize()

    def close_when_empty(self) -> None:
        """Accepts no more items; readers get what is left, and then None."""
        with self._lock:
            self._ending = True
            self._queue.put(None)
        self._wake()

    def close(self) -> None:
        """Discards what is left and wakes all waiting readers."""
        with self._lock:
            self._ending = self.closed = True
            with suppress(Empty):
                while True:
                    self._queue.get_nowait()
            self._queue.put(None)
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            waiters, self._waiters = self._waiters, set()
        for loop, future in waiters:
            # Nobody waits in a closed loop.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_done, future)


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def deadline(timeout: float | None) -> float | None:
    """The monotonic time at which `timeout` seconds are over; None for no limit."""
    return None if timeout is None else time.monotonic() + timeout


def time_left(end: float | None) -> float | None:
    """The seconds left until `end`, at least 0; None for no limit."""
    return None if end is None else max(0.0, end - time.monotonic())
