"""The engines and compiled programs that all plugins of a process share."""

from __future__ import annotations

import atexit
import functools
import os
import threading
from contextlib import suppress
from typing import NamedTuple

import wasmtime

from thumbox._clock import Clock
from thumbox._guest import Handlers
from thumbox._program import Program

__all__ = ["Engine", "Loaded", "load"]


class Engine:
    """A Wasmtime engine, its clock, what it has compiled, and whether a guest that ends in it ends alone.

    `signals`: whether compiled code ends a guest by a signal, which is about an eighth faster. Where another
    library has put its own handlers on top, that would end the process, so there is a second engine without.
    """

    def __init__(self, *, signals: bool) -> None:
        config = wasmtime.Config()
        config.signals_based_traps = signals
        config.epoch_interruption = True
        # The base address of a guest's memory is looked up once.
        config.memory_may_move = False
        # Every machine must get the same bytes.
        config.wasm_relaxed_simd = False
        # A fork leaves the threads behind that would help.
        config.parallel_compilation = not _of_the_parent
        # Without a home folder to keep it in, every process compiles.
        with suppress(wasmtime.WasmtimeError):
            config.cache = True
        self._engine = wasmtime.Engine(config)
        self.clock = Clock(self._engine.increment_epoch)
        self.is_safe = Handlers().in_place if signals else _always
        self.program = functools.lru_cache(maxsize=4)(functools.partial(Program, self._engine))


def _always() -> bool:
    return True


_lock = threading.Lock()
_engines: dict[bool, Engine] = {}
_of_the_parent: list[Engine] = []


def _engine(*, signals: bool) -> Engine:
    with _lock:
        if signals not in _engines:
            _engines[signals] = Engine(signals=signals)
        return _engines[signals]


class Loaded(NamedTuple):
    """A compiled program and the engine that runs it."""

    engine: Engine
    program: Program


def load(module: bytes) -> Loaded:
    """The core module, compiled, for the fastest engine that is safe in this process now; ValueError if it is none."""
    engine = _engine(signals=True)
    if not engine.is_safe():
        engine = _engine(signals=False)
    return Loaded(engine, engine.program(module))


def _after_fork() -> None:
    """What the parent has compiled goes on running here; to compile takes an engine that needs no other thread."""
    global _lock  # noqa: PLW0603 -- another thread of the parent may have held it
    _lock = threading.Lock()
    _of_the_parent.extend(_engines.values())
    _engines.clear()
    for engine in _of_the_parent:
        engine.clock.reset()


def _at_exit() -> None:
    """Wasmtime's objects must go while its module is still whole."""
    for engine in (*_engines.values(), *_of_the_parent):
        engine.program.cache_clear()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
