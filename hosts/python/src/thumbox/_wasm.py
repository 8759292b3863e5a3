"""The sandboxed variant: the component, in as many instances as there are calls at once."""

from __future__ import annotations

import atexit
import json
import os
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from thumbox._buffers import Parts
from thumbox._clock import ticks
from thumbox._component import core_module
from thumbox._engine import Loaded, load
from thumbox._errors import INIT_FAILED, MEMORY, TIMEOUT, TOO_MANY_REQUESTS, LimitError, PluginError
from thumbox._guest import NO_DEADLINE, Guest, check_layout
from thumbox._locate import artifact
from thumbox._options import CommonOptions, integer, seconds
from thumbox._plugin import Plugin

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

__all__ = ["WasmPlugin"]

_PAGE = 64 << 10
_MOST_MEMORY = 4 << 30
_LONGEST_TIMEOUT = 1e6

# An instance's memory never shrinks: one that has grown past this is not kept for the next call.
_KEEP_UP_TO = 64 << 20

_First = TypeVar("_First")
_Second = TypeVar("_Second")


class WasmPlugin(Plugin):
    """The plugin in a sandbox: for images from strangers."""

    variant = "wasm"

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        memory_limit: int = 512 << 20,
        timeout: float | None = 10.0,
        **common: int,
    ) -> None:
        """`memory_limit`: bytes of one call's sandbox; `timeout`: seconds for one call, or None."""
        options = CommonOptions(**common)
        self._memory_limit = integer("memory_limit", memory_limit, _PAGE, _MOST_MEMORY)
        self._timeout = seconds("timeout", timeout, _LONGEST_TIMEOUT)
        super().__init__(options.max_request)
        self._longest = min(self._longest, self._memory_limit)
        check_layout()
        file = artifact("wasm", path)
        try:
            self._module = core_module(Path(file).read_bytes())
            self._loaded: Loaded | None = load(self._module)
        except (OSError, ValueError) as error:
            raise PluginError(INIT_FAILED, f"{file} cannot be loaded: {error}") from None
        self._ticks = NO_DEADLINE if self._timeout is None else ticks(self._timeout)
        self._config = options.config()
        self._max_concurrent = options.max_concurrent
        self._most_idle = os.cpu_count() or 1
        self._reset_calls()
        self._idle = [self._new_guest(self._loaded)]
        _plugins.add(self)

    def _reset_calls(self) -> None:
        """As new; also in the child of a fork, where the calls of other threads do not go on."""
        self._lock = threading.Lock()
        self._running = 0

    def call_raw(self, message_id: int, /, *parts: Buffer) -> memoryview:
        """The reply to a request that may come in several parts, each copied once into the sandbox."""
        message_id = self._checked_id(message_id)
        request = Parts(parts)
        try:
            self._check_length(request.total)
            return memoryview(self._run(Guest.call, message_id, request))
        finally:
            request.release()

    def _call_json(self, tag: str, request: str) -> object:
        name, text = tag.encode(), request.encode()
        self._check_length(len(text))
        return json.loads(self._run(Guest.call_json, name, text))

    def _too_long(self, total: int) -> PluginError:
        if total <= self._max_request:
            allowed = f"memory_limit is {self._memory_limit} bytes for all of a call"
            return LimitError(MEMORY, f"the request has {total} bytes; {allowed}")
        return super()._too_long(total)

    def _run(self, work: Callable[[Guest, _First, _Second], bytes], first: _First, second: _Second) -> bytes:
        """Has an instance do some work, alone and within its time."""
        guest = self._take()
        clock, user = guest.clock, id(guest)
        try:
            guest.late = clock.start(user)
            return work(guest, first, second)
        except PluginError as error:
            if error.code == TIMEOUT:
                raise PluginError(
                    TIMEOUT, f"the call ran past its timeout of {self._timeout:g} s and was stopped"
                ) from None
            raise
        finally:
            clock.stop(user)
            self._give_back(guest)

    def _take(self) -> Guest:
        with self._lock:
            loaded = self._loaded
            if loaded is None:
                raise self._closed_error()
            if not loaded.engine.is_safe():
                self._loaded = loaded = load(self._module)
                self._idle.clear()
            if self._running >= self._max_concurrent:
                raise PluginError(
                    TOO_MANY_REQUESTS,
                    f"as many calls are running as max_concurrent allows: {self._max_concurrent}; "
                    "call again when one has ended, or raise it",
                )
            self._running += 1
            if self._idle:
                return self._idle.pop()
        try:
            return self._new_guest(loaded)
        except BaseException:
            with self._lock:
                self._running -= 1
            raise

    def _give_back(self, guest: Guest) -> None:
        """One that ended badly, or has grown large, is dropped; the next call gets a new one."""
        with self._lock:
            self._running -= 1
            loaded = self._loaded
            if (
                guest.alive
                and loaded is not None
                and guest.program is loaded.program
                and guest.memory_size <= _KEEP_UP_TO
                and len(self._idle) < self._most_idle
            ):
                self._idle.append(guest)

    def _new_guest(self, loaded: Loaded) -> Guest:
        guest = Guest(loaded.program, loaded.engine.clock, self._memory_limit, self._ticks)
        if self._config:
            guest.configure(self._config)
        return guest

    def close(self) -> None:
        """Ends the plugin; calls that are running end as they would."""
        with self._lock:
            self._loaded = None
            self._idle.clear()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._loaded is None


_plugins: weakref.WeakSet[WasmPlugin] = weakref.WeakSet()


def _after_fork() -> None:
    for plugin in _plugins:
        plugin._reset_calls()  # noqa: SLF001 -- this module's own class


def _at_exit() -> None:
    """Wasmtime's objects must go while its module is still whole."""
    for plugin in list(_plugins):
        plugin.close()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
