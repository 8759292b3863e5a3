"""What a plugin has done so far."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thumbox._errors import PluginError

__all__ = ["Counter", "Stats"]


@dataclass(frozen=True)
class Stats:
    """A plugin's counts since it was loaded."""

    calls: int
    """Calls that ended with a reply or an error. One that the exception of a signal handler ended is not among them."""
    errors: int
    """Of them, those that ended with an error."""
    traps: int
    """Of these, those whose instance was stopped for a trap, a panic, too much memory, or an invalid answer.
    Natively: panics."""
    timeouts: int
    """Of the errors, those whose instance was stopped at its deadline. Natively 0."""
    rejects: int
    """Calls that were refused before they ran: too long, too many at once, or after `close`."""
    running: int
    """Calls that run now, and borrowed replies that are still held."""
    waiting: int
    """Calls that wait for a slot."""
    instances: int
    """Instances that live now, idle or busy. Natively 1, or 0 once it is closed."""
    instances_made: int
    """Instances that were ever made."""
    memory_high_water: int
    """Bytes of the largest sandbox so far. Natively 0: it is not measured."""


class Counter:
    """Counts for `Stats`; threads share it."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As new; also in the child of a fork, which counts for itself."""
        self._lock = threading.Lock()
        self.calls = self.errors = self.traps = self.timeouts = self.rejects = 0
        self.instances_made = self.memory_high_water = 0

    # Nothing is called under the lock, so that the exception of a signal handler finds all of it done or nothing.

    def call(self, memory: int = 0) -> None:
        """A call that ended with a reply."""
        with self._lock:
            self.calls += 1
            if memory > self.memory_high_water:  # noqa: PLR1730 -- max() takes longer than all the rest
                self.memory_high_water = memory

    def error(self, error: PluginError, memory: int = 0) -> None:
        """A call that ended with an error."""
        with self._lock:
            self.calls += 1
            self.errors += 1
            self.traps += error.end == "trap"
            self.timeouts += error.end == "timeout"
            if memory > self.memory_high_water:  # noqa: PLR1730 -- as above
                self.memory_high_water = memory

    def reject(self) -> None:
        """A call that did not run."""
        with self._lock:
            self.rejects += 1

    def instance(self) -> None:
        """An instance that was made."""
        with self._lock:
            self.instances_made += 1

    def stats(self, running: int, waiting: int, instances: int) -> Stats:
        """All of it at once."""
        with self._lock:
            return Stats(
                calls=self.calls,
                errors=self.errors,
                traps=self.traps,
                timeouts=self.timeouts,
                rejects=self.rejects,
                running=running,
                waiting=waiting,
                instances=instances,
                instances_made=self.instances_made,
                memory_high_water=self.memory_high_water,
            )
