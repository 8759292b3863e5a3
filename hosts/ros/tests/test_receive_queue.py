"""What waits for a program: how much of it, and who is told."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from thumbox_ros.endpoints import receive_queue
from thumbox_ros.endpoints.receive_queue import ReceiveQueue

if TYPE_CHECKING:
    import pytest


class Item:
    def __init__(self, payload: bytes = b"") -> None:
        self.payload = payload


def queue_of(depth: int) -> ReceiveQueue[Any]:
    return ReceiveQueue(depth)


def test_a_reader_that_was_told_of_an_item_finds_one() -> None:
    queue = queue_of(1)
    told: list[bool] = []
    left: list[int] = []

    class Watched(SimpleQueue[Any]):
        def get_nowait(self) -> Any:
            # Here a reader may come in between.
            taken = super().get_nowait()
            left.append(self.qsize())
            return taken

    queue._queue = Watched()
    queue.on_arrival = lambda: told.append(True)
    items = [Item() for _ in range(5)]
    for item in items:
        queue.put(item)
    assert (left, queue.received, queue.dropped, len(told)) == ([1, 1, 1, 1], 5, 4, 1)
    assert queue.take(0) is items[-1]
    queue.put(items[0])
    assert len(told) == 2


def test_the_newest_is_kept_where_readers_have_taken_all_the_others() -> None:
    queue = queue_of(1)
    told: list[bool] = []
    taken: list[Any] = []

    class Hasty(SimpleQueue[Any]):
        def get_nowait(self) -> Any:
            if not taken:
                taken.append(super().get_nowait()[0])
            return super().get_nowait()

    queue._queue = Hasty()
    queue.on_arrival = lambda: told.append(True)
    items = [Item(), Item()]
    for item in items:
        queue.put(item)
    assert (taken, queue.dropped, len(told)) == ([items[0]], 0, 2)
    assert queue.take(0) is items[1]


def test_bytes_have_an_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive_queue, "MOST_BYTES", 100)
    queue = queue_of(1000)
    items = [Item(bytes(60)) for _ in range(4)]
    for item in items:
        queue.put(item)
    assert (len(queue), queue.dropped) == (1, 3)
    assert [queue.take(0), queue.take(0)] == [items[3], None]
    # An item on its own may be of any size, and does not count.
    large = Item(bytes(500))
    queue.put(large)
    assert queue.take(0) is large
    assert queue._bytes == 0
    assert [queue.offer(item) for item in items] == [True, True, False, False]
    assert (queue.received, queue.dropped, len(queue)) == (7, 3, 2)
    assert [queue.take(0), queue.take(0), queue._bytes] == [*items[:2], 0]


def test_who_gives_up_waiting_is_forgotten() -> None:
    queue = queue_of(2)

    async def main() -> Any:
        for _ in range(20):
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(queue.take_async(), 0.001)
        assert not queue._waiters
        waiting = asyncio.create_task(queue.take_async())
        await asyncio.sleep(0.01)
        queue.put(Item(b"x"))
        return await waiting

    assert asyncio.run(main()).payload == b"x"
    assert not queue._waiters


def test_a_coroutine_that_was_left_behind_ends_while_an_item_is_put() -> None:
    queue = queue_of(2)
    loop = asyncio.new_event_loop()
    # Such as a loop that is closed with a task in it: it ends with the next garbage collection.
    left = [queue.take_async()]

    async def begin() -> None:
        left[0].send(None)

    loop.run_until_complete(begin())
    loop.close()

    class Collecting(Item):
        @property
        def payload(self) -> bytes:
            left.clear()
            return b""

        @payload.setter
        def payload(self, _: bytes) -> None: ...

    queue.put(Item())
    putting = threading.Thread(target=queue.put, args=(Collecting(),), daemon=True)
    putting.start()
    putting.join(10)
    assert not putting.is_alive()
    assert (left, len(queue)) == ([], 2)
