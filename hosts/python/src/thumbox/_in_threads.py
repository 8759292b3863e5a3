"""Calls for programs on asyncio: each runs in a thread, and its caller waits without blocking the loop."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from thumbox._errors import PluginError

__all__ = ["Threads"]

Result = TypeVar("Result")


class Threads:
    """As many threads as there are slots, made when calls come. A call that no thread is free for waits in order.

    A caller that is cancelled is free at once: a call that waited is never made, and one that runs ends by itself.
    """

    def __init__(self, most: int, max_wait: float, too_many: Callable[[], PluginError]) -> None:
        self._most = most
        self._max_wait = max_wait
        self._too_many = too_many
        self._executor: ThreadPoolExecutor | None = None
        self._process = 0

    async def run(self, call: Callable[[], Result]) -> Result:
        """What the call returns or raises. Code 13 if it did not begin within `max_wait`."""
        # Slow to load, and who does not await needs none of it.
        import asyncio  # noqa: PLC0415

        future = self._threads().submit(call)
        late = False

        def give_up() -> None:
            nonlocal late
            late = future.cancel()

        timer = asyncio.get_running_loop().call_later(self._max_wait, give_up)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            if late:
                raise self._too_many() from None
            raise
        finally:
            timer.cancel()

    def _threads(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 -- as above

        # A fork's child has none of the threads.
        if self._executor is None or self._process != os.getpid():
            self._executor = ThreadPoolExecutor(self._most, thread_name_prefix="thumbox")
            self._process = os.getpid()
        return self._executor

    def close(self) -> None:
        """Ends the threads after their calls."""
        if self._executor is not None:
            self._executor.shutdown(wait=False)
            self._executor = None
