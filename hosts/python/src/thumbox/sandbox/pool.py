"""Instances of the component for the calls of many threads: taken, watched, reused or replaced."""

from __future__ import annotations

import threading
from collections import deque
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from thumbox._errors import FORMAT_NOT_IN_BUILD, INIT_FAILED, TIMEOUT, PluginError, closed_error
from thumbox._layouts import KEEP_MEMORY
from thumbox._locate import FURTHER, further
from thumbox._options import processors
from thumbox.sandbox.component import core_module
from thumbox.sandbox.engine import Loaded, load
from thumbox.sandbox.guest import Guest, Limits
from thumbox.sandbox.stack import look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from thumbox._locate import Component
    from thumbox._slots import Slot, Slots
    from thumbox._stats import Counter, Stats
    from thumbox.sandbox.clock import Need

__all__ = ["Pool", "Terms"]

_First = TypeVar("_First")
_Second = TypeVar("_Second")


class Terms(NamedTuple):
    """What holds for all calls of a plugin, whichever component they run in."""

    folder: Path | None
    limits: Limits
    timeout: float | None
    config: bytes
    reuse: bool
    slots: Slots
    counter: Counter


class Pool:
    """One instance for each call that runs. With `reuse`, an instance whose last call ended cleanly serves another.

    The pool of the component that a plugin was loaded with has further ones behind it, each made when a picture first
    needs it, for the formats that have a component of their own.
    """

    def __init__(self, library: Component, terms: Terms) -> None:
        self._library = library
        self._terms = terms
        self._most_idle = processors()
        self._idle: deque[Guest] = deque()
        self._lock = threading.Lock()
        self._further: dict[str, Pool | None] = {}
        try:
            self._module = core_module(library.content)
            self._loaded: Loaded | None = load(self._module, terms.folder)
        except (OSError, ValueError) as error:
            raise PluginError(INIT_FAILED, f"{library.name} cannot be loaded: {error}") from None

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
        held = [self._taken()]
        give_back = self._terms.slots.give_back
        refusal: PluginError | None = None
        try:
            for pool in chain((self,), self._others()):
                reply, memory = pool._answer(work, first, second, held, borrow=borrow)  # noqa: SLF001 -- its own class
                if not (isinstance(reply, PluginError) and reply.code == FORMAT_NOT_IN_BUILD):
                    break
                refusal = refusal or reply
            else:
                reply = refusal or reply
            if isinstance(reply, memoryview):
                self._terms.counter.call(memory)
                return reply
            self._terms.counter.error(reply, memory)
        finally:
            if held:
                give_back(held.pop())
        raise reply

    def _answer(
        self,
        work: Callable[[Guest, _First, _Second], tuple[int, int]],
        first: _First,
        second: _Second,
        held: list[Slot],
        *,
        borrow: bool,
    ) -> tuple[memoryview | PluginError, int]:
        """A reply, or the error of one; and how much memory it took. A borrowed reply takes the slot that is held."""
        loaded = self._ready()
        guest: Guest | None = None
        need: Need | None = None
        try:
            need = loaded.engine.clock.start()
            guest = self._take(loaded, need.late)
            found = work(guest, first, second)
            if borrow:
                memory = guest.memory.measured()
                lender, guest = guest, None
                let_go = partial(self._let_go, self._terms.slots.give_back, held.pop())
                return lender.memory.lent(found, lender, let_go), memory
            reply = memoryview(guest.memory.copied(found))
            if self._terms.reuse:
                guest.settle()
                return reply, guest.memory.size
            return reply, guest.memory.measured()
        except PluginError as error:
            # Without the error's traceback, which shows the instance to whoever keeps it.
            return self._named(error).with_traceback(None), guest.memory.size if guest else 0
        finally:
            need = None
            if guest is not None:
                self._give_back(guest)
                guest = None

    def _others(self) -> Iterator[Pool]:
        """The pools of the further components that there are. They are made on demand."""
        for name in FURTHER:
            if name not in self._further:
                library = further(name, self._library)
                made = None if library is None else Pool(library, self._terms)
                self._further.setdefault(name, made)
                if self.closed:
                    self.close()
            pool = self._further[name]
            if pool is not None:
                yield pool

    def _taken(self) -> Slot:
        try:
            return self._terms.slots.take()
        except PluginError:
            self._ready()  # a caller that waited for a plugin that is closed by now gets code 1
            self._terms.counter.reject()
            raise

    def _ready(self) -> Loaded:
        loaded = self._loaded
        if loaded is None:
            self._terms.counter.reject()
            raise closed_error("wasm")
        try:
            blocked = look()
        except PluginError:
            self._terms.counter.reject()
            raise
        if not loaded.engine.is_safe(blocked):
            with self._lock:
                loaded = load(self._module, self._terms.folder)
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
        self._terms.counter.instance()
        guest = Guest(loaded.program, self._terms.limits, late)
        if self._terms.config:
            guest.configure(self._terms.config)
        return guest

    def _give_back(self, guest: Guest) -> None:
        """An instance whose last call ended cleanly may serve the next one; all others end."""
        if not (self._terms.reuse and guest.alive and self._keep(guest)):
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
        if self._terms.reuse:
            self._keep(guest)
        if slot is not None:
            give_back(slot)

    def _named(self, error: PluginError) -> PluginError:
        if error.end == "timeout":
            text = f"the call ran past its timeout of {self._terms.timeout:g} s and was stopped"
            stopped = PluginError(TIMEOUT, text)
            stopped.end = error.end
            return stopped
        return error.with_traceback(None)

    def stats(self) -> Stats:
        """What happened so far."""
        running = self._terms.slots.taken
        idle = sum(len(pool._idle) for pool in self._pools())  # noqa: SLF001 -- its own class
        return self._terms.counter.stats(running, self._terms.slots.waiting, idle + running)

    def after_fork(self) -> None:
        """In the child, where the calls of other threads do not go on."""
        for pool in self._pools():
            pool._lock = threading.Lock()  # noqa: SLF001 -- its own class
        self._terms.slots.reset()
        self._terms.counter.reset()

    def close(self) -> None:
        """Ends it; calls that are running end as they would, and those that wait find it closed."""
        for pool in self._pools():
            pool._loaded = None  # noqa: SLF001 -- its own class
            pool._idle.clear()  # noqa: SLF001 -- as above
        self._terms.slots.close()

    def _pools(self) -> list[Pool]:
        """This one, and those of the further components so far."""
        return [self, *(pool for pool in list(self._further.values()) if pool is not None)]

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._loaded is None
