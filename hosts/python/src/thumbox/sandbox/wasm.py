"""The sandboxed variant: the component, in as many instances as there are calls at once."""

from __future__ import annotations

import atexit
import os
import weakref
from typing import TYPE_CHECKING, Any

from thumbox._buffers import Parts
from thumbox._errors import MEMORY, LimitError, PluginError
from thumbox._json import parse_json
from thumbox._layouts import MEMORY_LIMIT, TIMEOUT
from thumbox._locate import component
from thumbox._options import ISOLATION, LONGEST_TIMEOUT, MOST_MEMORY, PAGE, CommonOptions, choice, integer, seconds
from thumbox._plugin import Plugin
from thumbox._private_folder import cache_folder
from thumbox.sandbox.capi import check_layout
from thumbox.sandbox.clock import NO_DEADLINE, ticks
from thumbox.sandbox.guest import Guest, Limits
from thumbox.sandbox.pool import Pool, Terms

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from thumbox._locate import Component
    from thumbox._stats import Stats

__all__ = ["WasmPlugin"]


class WasmPlugin(Plugin):
    """The plugin in a sandbox: for images from strangers."""

    variant = "wasm"

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        library: Component | None = None,
        isolation: str = "call",
        memory_limit: int = MEMORY_LIMIT,
        timeout: float | None = TIMEOUT,
        cache: str | os.PathLike[str] | bool = True,
        **common: Any,
    ) -> None:
        """`library`: a component that was read already; `isolation`: "call" or "pool"; `memory_limit`: bytes of one
        call's sandbox; `timeout`: seconds for one call, or None; `cache`: a folder for compiled code, True for the
        user's own, False for none.
        """
        options = CommonOptions(**common)
        choice("isolation", isolation, ISOLATION)
        self._memory_limit = integer("memory_limit", memory_limit, PAGE, MOST_MEMORY)
        timeout = seconds("timeout", timeout, LONGEST_TIMEOUT)
        folder = cache_folder(cache)
        super().__init__(options)
        self._longest = min(self._longest, self._memory_limit)
        check_layout()
        library = library or component(path)
        limits = Limits(
            memory=self._memory_limit,
            reply=options.reply_limit,
            ticks=NO_DEADLINE if timeout is None else ticks(timeout),
        )
        terms = Terms(
            folder=folder,
            limits=limits,
            timeout=timeout,
            config=options.config(),
            reuse=isolation == "pool",
            slots=self._slots,
            counter=self._counter,
        )
        self._pool = Pool(library, terms)
        self._pool.start()
        _plugins.add(self)

    def call_raw(self, message_id: int, /, *parts: Buffer, borrow: bool = False) -> memoryview:
        """The reply to a request that may come in several parts, each copied once into the sandbox.

        `borrow` shows the reply where it lies in the sandbox instead of copying it out. The instance then lives as
        long as the last view or slice of the reply, is no more used for other calls, and keeps one of the slots
        that `max_concurrent` counts: for large replies that are soon let go.
        """
        message_id = self._checked_id(message_id)
        request = Parts(parts)
        try:
            self._check_length(request.total)
            return self._pool.run(Guest.call, message_id, request, borrow=borrow)
        finally:
            request.release()

    def _call_json(self, tag: str, request: str) -> object:
        name, text = tag.encode(), request.encode()
        self._check_length(len(text))
        return parse_json(self._pool.run(Guest.call_json, name, text))

    def _too_long(self, total: int) -> PluginError:
        if total <= self._max_request:
            allowed = f"memory_limit is {self._memory_limit} bytes for all of a call"
            return LimitError(MEMORY, f"the request has {total} bytes; {allowed}")
        return super()._too_long(total)

    def stats(self) -> Stats:
        """What the plugin has done so far."""
        return self._pool.stats()

    def close(self) -> None:
        """Ends the plugin; calls that are running end as they would, and borrowed replies stay."""
        self._pool.close()
        self._threads.close()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._pool.closed

    def _after_fork(self) -> None:
        self._pool.after_fork()


_plugins: weakref.WeakSet[WasmPlugin] = weakref.WeakSet()


def _after_fork() -> None:
    for plugin in _plugins:
        plugin._after_fork()  # noqa: SLF001 -- this module's own class


def _at_exit() -> None:
    """Wasmtime's objects must go while its module is still whole."""
    for plugin in list(_plugins):
        plugin.close()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
