"""Instances of the component for the calls of many threads: taken, watched, reused or replaced."""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from thumbox._engine import Loaded, load
from thumbox._errors import TIMEOUT, PluginError, closed_error
from thumbox._guest import Guest, Limits
from thumbox._stack import look
from thumbox._stats import Counter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from thumbox._places import Places
    from thumbox._stats import Stats

__all__ = ["Pool"]

# An instance's memory never shrinks: one that has grown past this is not kept for the next call.
_KEEP_UP_TO = 64 << 20

_First = TypeVar("_First")
_Second = TypeVar("_Second")


class Pool:
    """One instance for each call that runs. With `reuse`, one that a call has left in order serves another."""

    def __init__(
        self,
        module: bytes,
        folder: Path | None,
        *,
        limits: Limits,
        timeout: float | None,
        config: bytes,
        reuse: bool,
        places: Places,
    ) -> None:
        self._module = module
        self._folder = folder
        self._limits = limits
        self._timeout = timeout
        self._config = config
        self._reuse = reuse
        self._places = places
        self._most_idle = os.cpu_count() or 1
        self._idle: deque[Guest] = deque()
        self._lock = threading.Lock()
        self.counter = Counter()
        self._loaded: Loaded | None = load(module, folder)

    def start(self) -> None:
        """Makes the first instance, so that a component or a limit that does not work is known at once."""
        loaded = self._ready()
        clock, user = loaded.engine.clock, object()
        try:
            guest = self._new(loaded, clock.start(user))
            guest.settle()
        except PluginError as error:
            raise self._named(error) from None
        finally:
            clock.stop(user)
        if self._reuse:
            self._give_back(guest)

    def run(
        self,
        work: Callable[[Guest, _First, _Second], tuple[int, int]],
        first: _First,
        second: _Second,
        *,
        borrow: bool = False,
    ) -> memoryview:
        """The reply to what an instance is made to do, alone and within its time."""
        loaded, give_back = self._begin()
        guest = None
        try:
            clock, user = loaded.engine.clock, object()
            late = clock.start(user)
            try:
                guest = self._take(loaded, late)
                place = work(guest, first, second)
                if borrow:
                    memory = guest.measured()
                    reply = guest.borrowed(place, self._let_go(give_back))
                    give_back, guest = _nothing, None
                else:
                    reply = memoryview(guest.copied(place))
                    if self._reuse:
                        guest.settle()
                        memory = guest.memory_size
                    else:
                        memory = guest.measured()
            finally:
                clock.stop(user)
            self.counter.call(memory)
            return reply
        except PluginError as error:
            self.counter.error(error, guest.memory_size if guest else 0)
            raise self._named(error) from None
        finally:
            if guest is not None and self._reuse:
                self._give_back(guest)
            give_back(None)

    def _begin(self) -> tuple[Loaded, Callable[[None], None]]:
        """What runs the call, and how to give its place back."""
        places = self._places
        try:
            places.take()
        except PluginError:
            self._ready()  # who waited for a plugin that is closed by now is told that
            self.counter.reject()
            raise
        give_back = places.give_back
        try:
            return self._ready(), give_back
        except BaseException:
            give_back(None)
            raise

    def _ready(self) -> Loaded:
        loaded = self._loaded
        if loaded is None:
            self.counter.reject()
            raise closed_error("wasm")
        if not loaded.engine.is_safe(look()):
            with self._lock:
                loaded = load(self._module, self._folder)
                if self._loaded is not None:
                    self._loaded = loaded
                self._idle.clear()
        return loaded

    def _take(self, loaded: Loaded, late: int) -> Guest:
        try:
            guest = self._idle.pop()
        except IndexError:
            return self._new(loaded, late)
        if guest.owes:
            guest.settle_soon()
            if not guest.alive:
                return self._new(loaded, late)
        if guest.exports is not loaded.program.exports:
            return self._new(loaded, late)
        guest.arm(late)
        return guest

    def _new(self, loaded: Loaded, late: int) -> Guest:
        self.counter.instance()
        guest = Guest(loaded.program, self._limits, late)
        if self._config:
            guest.configure(self._config)
        return guest

    def _give_back(self, guest: Guest) -> None:
        """One that ended badly is dropped; the next call gets a new one."""
        if guest.alive:
            self._keep(guest)

    def _keep(self, guest: Guest) -> None:
        """For the next call, unless it has grown large. No lock: this may run wherever a view ends."""
        if guest.memory_size <= _KEEP_UP_TO and len(self._idle) < self._most_idle:
            self._idle.append(guest)
            if self._loaded is None:
                self._idle.clear()

    def _let_go(self, give_back: Callable[[None], None]) -> Callable[[Guest], None]:
        """What happens when a borrowed reply has gone."""

        def let_go(guest: Guest) -> None:
            if self._reuse:
                self._keep(guest)
            give_back(None)

        return let_go

    def _named(self, error: PluginError) -> PluginError:
        if error.end == "timeout":
            text = f"the call ran past its timeout of {self._timeout:g} s and was stopped"
            return PluginError(TIMEOUT, text)
        return error

    def stats(self) -> Stats:
        """What happened so far."""
        running = self._places.taken
        return self.counter.stats(running, self._places.waiting, len(self._idle) + running)

    def after_fork(self) -> None:
        """In the child, where the calls of other threads do not go on."""
        self._lock = threading.Lock()
        self._places.reset()
        self.counter.reset()

    def close(self) -> None:
        """Ends it; calls that are running end as they would, and those that wait find it closed."""
        self._loaded = None
        self._idle.clear()
        self._places.wake()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._loaded is None


def _nothing(_: None) -> None:
    """What is left to do for a place that a view holds."""
