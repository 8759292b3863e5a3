"""Where what Zenoh delivers waits for the program: so much and no more."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
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

    `put` never waits, because Zenoh's own thread calls it, and with it all that a session receives would wait.
    Each item in the box has a token in a queue of C, which is what a reader waits for.
    """

    def __init__(self, depth: int, most_bytes: int = MOST_BYTES) -> None:
        self._depth = depth
        self._most_bytes = most_bytes
        self._items: deque[tuple[T, int]] = deque()
        self._bytes = 0
        self._tokens: SimpleQueue[None] = SimpleQueue()
        self._lock = threading.Lock()
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self.received = 0
        self.dropped = 0
        self.closed = False
        self.on_arrival: Callable[[], object] | None = None
        """Called for every item that has a place of its own, in the thread that puts it."""
        self._draining = False

    def put(self, item: T, size: int = 0) -> bool:
        """Adds an item of so many bytes; False if another had to go for it."""
        with self._lock:
            if self.closed or self._draining:
                return False
            self.received += 1
            self._items.append((item, size))
            self._bytes += size
            gone = 0
            while len(self._items) > self._depth or (self._bytes > self._most_bytes and len(self._items) > 1):
                _, old = self._items.popleft()
                self._bytes -= old
                gone += 1
            self.dropped += gone
            # As many tokens as items: the new one takes over that of the first that went.
            if not gone:
                self._tokens.put(None)
            for _ in range(gone - 1):
                self._untoken()
            waiters, self._waiters = self._waiters, []
        _wake(waiters)
        if self.on_arrival is not None and not gone:
            self.on_arrival()
        return not gone

    def _untoken(self) -> None:
        with suppress(Empty):
            self._tokens.get_nowait()

    def take(self, timeout: float | None = None) -> T | None:
        """The oldest item; None if none came within `timeout` seconds (None: no limit, 0: at once) or it is closed."""
        end = None if timeout is None else time.monotonic() + timeout
        while not self.closed:
            try:
                if timeout == 0:
                    self._tokens.get_nowait()
                else:
                    self._tokens.get(timeout=None if end is None else max(0.0, end - time.monotonic()))
            except Empty:
                return None
            with self._lock:
                # A token may be left over from an item that was dropped in between.
                if self._items:
                    item, size = self._items.popleft()
                    self._bytes -= size
                    return item
                if self._draining:
                    self.closed = True
        # Whoever waits beside this one is to learn it, too.
        self._tokens.put(None)
        return None

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
            await future
        return None

    def __len__(self) -> int:
        return len(self._items)

    def close_when_empty(self) -> None:
        """Takes no more; readers get what is in it, and then None."""
        with self._lock:
            self._draining = True
        self._tokens.put(None)

    def close(self) -> None:
        """Lets go of what is in it and of all who wait."""
        with self._lock:
            self.closed = True
            self._items.clear()
            waiters, self._waiters = self._waiters, []
        self._tokens.put(None)
        _wake(waiters)


def _wake(waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]]) -> None:
    for loop, future in waiters:
        # A loop that is closed has nobody who waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_done, future)


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
