"""How guests end, as the errors of their calls. Each was the guest's last word: it is not called again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmtime import Trap, TrapCode

from thumbox._errors import INIT_FAILED, INTERNAL, MEMORY, TIMEOUT, PluginError, ended

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["failed", "lied", "not_started", "trapped"]


def lied(what: str) -> PluginError:
    """The guest gave an invalid answer: `what` follows "answered with"."""
    return ended("trap", INTERNAL, f"the sandbox answered with {what}; it was stopped and replaced")


def not_started(why: Trap | str) -> PluginError:
    """The instance could not be made: it trapped, or Wasmtime refused it with a text."""
    if isinstance(why, Trap):
        if why.trap_code is TrapCode.INTERRUPT:
            return _late()
        why = _first_line(why)
    return ended("trap", INIT_FAILED, f"the sandbox cannot start: {why}")


def failed(text: str) -> PluginError:
    """Wasmtime gave up on a call, with this text."""
    return ended("trap", INTERNAL, f"the sandbox failed: {text}")


def trapped(trap: Trap, panic_text: Callable[[], str], used: int, limit: int) -> PluginError:
    """A call ended with a trap. `panic_text` reads the guest's last text; `used` and `limit` are bytes of memory."""
    kind = trap.trap_code
    if kind is TrapCode.INTERRUPT:
        return _late()
    panic = panic_text()
    if panic:
        return ended("trap", INTERNAL, f"the sandbox panicked: {panic}")
    if kind is TrapCode.UNREACHABLE:
        # A panic has a text; what ends without one is an allocation that failed.
        text = f"the sandbox ran out of memory; memory_limit is {limit} bytes, of which {used} were in use"
        return ended("trap", MEMORY, text)
    name = kind.name.lower().replace("_", " ") if kind else _first_line(trap)
    return ended("trap", INTERNAL, f"the sandbox stopped with a trap: {name}")


def _late() -> PluginError:
    return ended("timeout", TIMEOUT, "the call ran past its deadline and was stopped")


def _first_line(trap: Trap) -> str:
    return trap.message.splitlines()[0]
