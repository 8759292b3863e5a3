"""Instances of the component for the calls of many threads: taken, watched, reused or replaced."""

from __future__ import annotations

import threading
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from thumbox._errors import TIMEOUT, PluginError, closed_error
from thumbox._layouts import KEEP_MEMORY
from thumbox._options import processors
from thumbox._stats import Counter
from thumbox.sandbox.engine import Loaded, load
from thumbox.sandbox.guest import Guest, Limits
from thumbox.sandbox.stack import look

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from thumbox._slots import Slot, Slots
    from thumbox._stats import Stats
    from thumbox.sandbox.clock import Need

__all__ = ["Pool"]

_First = TypeVar("_First")
_Second = TypeVar("_Second")


class Pool:
    """One instance for each call that runs. With `reuse`, an instance whose last call ended cleanly serves another."""

    def __init__(
        self,
        module: bytes,
        folder: Path | None,
        *,
        limits: Limits,
        timeout: float | None,
        config: bytes,
        reuse: bool,
        slots: Slots,
    ) -> None:
        self._module = module
        self._folder = folder
        self._limits = limits
        self._timeout = timeout
        self._config = config
        self._reuse = reuse
        self._slots = slots
        self._most_idle = processors()
        self._idle: deque[Guest] = deque()
        self._lock = threading.Lock()
        self.counter = Counter()
        self._loaded: Loaded | None = load(module, folder)

    def start(self) -> None:
        """Makes the first instance, so that a component or a limit that does not work is known at once."""
        failure = need = None
        try:
            loaded = self._ready()
            need = loaded.engine.clock.start()
            guest = self._new(loaded, need.late)
            guest.settle()
            self._give_back(guest)
        except PluginError as error:
            failure = self._named(error)
        need = None
        if failure is not None:
            raise failure

    def run(
        self,
        work: Callable[[Guest, _First, _Second], tuple[int, int]],
        first: _First,
        second: _Second,
        *,
        borrow: bool = False,
    ) -> memoryview:
        """The reply to what an instance is made to do, alone and within its time.

        An exception of a signal handler may come between any two steps here. So the slot, the need of ticks and the
        instance are each given back in C when the last reference to them goes; what is below does it sooner.
        """
        slot: Slot | None = self._taken()
        give_back = self._slots.give_back
        guest: Guest | None = None
        need: Need | None = None
        loaded: Loaded | None = None
        try:
            loaded = self._ready()
            need = loaded.engine.clock.start()
            guest = self._take(loaded, need.late)
            found = work(guest, first, second)
            if borrow:
                memory = guest.memory.measured()
                lender, guest = guest, None
                let_go, slot = partial(self._let_go, give_back, slot), None
                reply = lender.memory.lent(found, lender, let_go)
            else:
                reply = memoryview(guest.memory.copied(found))
                if self._reuse:
                    guest.settle()
                    memory = guest.memory.size
                else:
                    memory = guest.memory.measured()
            self.counter.call(memory)
            return reply
        except PluginError as error:
            if loaded is not None:
                self.counter.error(error, guest.memory.size if guest else 0)
            failure = self._named(error)
        finally:
            need = None
            if guest is not None:
                self._give_back(guest)
                guest = None
            if slot is not None:
                give_back(slot)
                slot = None
        # Without the first error's traceback, which shows the instance to whoever keeps it.
        raise failure

    def _taken(self) -> Slot:
        try:
            return self._slots.take()
        except PluginError:
            self._ready()  # a caller that waited for a plugin that is closed by now gets code 1
            self.counter.reject()
            raise

    def _ready(self) -> Loaded:
        loaded = self._loaded
        if loaded is None:
            self.counter.reject()
            raise closed_error("wasm")
        try:
            blocked = look()
        except PluginError:
            self.counter.reject()
            raise
        if not loaded.engine.is_safe(blocked):
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
        """An instance whose last call ended cleanly may serve the next one; all others end."""
        if not (self._reuse and guest.alive and self._keep(guest)):
            guest.end()

    def _keep(self, guest: Guest) -> bool:
        """For the next call, unless it has grown large. No lock: this may run wherever a view ends."""
        # An instance's memory never shrinks.
        if guest.memory.size > KEEP_MEMORY or len(self._idle) >= self._most_idle:
            return False
        self._idle.append(guest)
        if self._loaded is None:
            self._idle.clear()
        return True

    def _let_go(self, give_back: Callable[[Slot], None], slot: Slot | None, guest: Guest) -> None:
        """What happens when a borrowed reply has gone."""
        if self._reuse:
            self._keep(guest)
        if slot is not None:
            give_back(slot)

    def _named(self, error: PluginError) -> PluginError:
        if error.end == "timeout":
            text = f"the call ran past its timeout of {self._timeout:g} s and was stopped"
            return PluginError(TIMEOUT, text)
        return error.with_traceback(None)

    def stats(self) -> Stats:
        """What happened so far."""
        running = self._slots.taken
        return self.counter.stats(running, self._slots.waiting, len(self._idle) + running)

    def after_fork(self) -> None:
        """In the child, where the calls of other threads do not go on."""
        self._lock = threading.Lock()
        self._slots.reset()
        self.counter.reset()

    def close(self) -> None:
        """Ends it; calls that are running end as they would, and those that wait find it closed."""
        self._loaded = None
        self._idle.clear()
        self._slots.close()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._loaded is None
