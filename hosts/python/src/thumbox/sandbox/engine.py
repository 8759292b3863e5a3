"""The engines and compiled programs that all plugins of a process share."""

from __future__ import annotations

import atexit
import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

import wasmtime

from thumbox.sandbox.cache import FOLDER, Cache, entry_name
from thumbox.sandbox.capi import deserialized
from thumbox.sandbox.clock import Clock
from thumbox.sandbox.program import Program
from thumbox.sandbox.signals import Handlers
from thumbox.sandbox.stack import MAX_WASM_STACK, look

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Engine", "Loaded", "keep", "load"]

_MOST_PROGRAMS = 4


class Engine:
    """A Wasmtime engine, its clock, what it has compiled, and whether a guest that ends in it ends alone.

    `signals`: whether compiled code ends a guest by a signal, which is about an eighth faster. Where another
    library has put its own handlers on top, or the thread blocks such a signal, that would end the process, so there is
    a second engine without.
    """

    def __init__(self, *, signals: bool) -> None:
        config = wasmtime.Config()
        config.signals_based_traps = signals
        config.epoch_interruption = True
        # The base address of a guest's memory is looked up once.
        config.memory_may_move = False
        # Of the calling thread, whose stack may be a small one: `stack` asks how small.
        config.max_wasm_stack = MAX_WASM_STACK
        # Every machine must get the same bytes.
        config.wasm_relaxed_simd = False
        # A fork leaves the threads behind that would help.
        config.parallel_compilation = not _of_the_parent
        self._engine = wasmtime.Engine(config)
        self._kind = f"signals={signals}"
        self._lock = threading.Lock()
        self._programs: OrderedDict[bytes, Program] = OrderedDict()
        self.clock = Clock(self._engine.increment_epoch)
        self.is_safe = Handlers().in_place if signals else _always

    def program(self, module: bytes, folder: Path | None) -> Program:
        """The core module, compiled: by this process, or by an earlier one that left it in `folder`."""
        with self._lock:
            program = self._programs.get(module)
            if program is None:
                program = Program(self._engine, self._compiled(module, folder))
                self._programs[module] = program
                if len(self._programs) > _MOST_PROGRAMS:
                    self._programs.popitem(last=False)
            return program

    def _compiled(self, module: bytes, folder: Path | None) -> wasmtime.Module:
        cache = Cache.open(folder, FOLDER)
        if cache is None:
            return self._compile(module)
        with cache:
            name = entry_name(module, self._kind)
            code = cache.read(name)
            if code is not None:
                try:
                    return deserialized(self._engine, code)
                except wasmtime.WasmtimeError:
                    pass  # of a machine with another processor, in a home folder that both share
            compiled = self._compile(module)
            cache.write(name, compiled.serialize())
            return compiled

    def _compile(self, module: bytes) -> wasmtime.Module:
        try:
            return wasmtime.Module(self._engine, module)
        except wasmtime.WasmtimeError as error:
            raise ValueError(f"its core module does not compile: {error}") from None

    def reset(self) -> None:
        """In the child of a fork: another thread may have held the lock, and the clock's thread is not there."""
        self._lock = threading.Lock()
        self.clock.reset()

    def forget(self) -> None:
        """Lets go of what it has compiled."""
        self._programs.clear()


def _always(blocked: int) -> bool:  # noqa: ARG001 -- no signal ends a guest there
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


def load(module: bytes, folder: Path | None) -> Loaded:
    """The core module, compiled for the fastest engine that is safe in this process now; ValueError if not ours."""
    blocked = look()  # first: to compile on a small stack would end the process, too
    engine = _engine(signals=True)
    if not engine.is_safe(blocked):
        engine = _engine(signals=False)
    return Loaded(engine, engine.program(module, folder))


def keep(module: bytes, folder: Path) -> None:
    """Compiles the core module into `folder` for both engines: which one is safe is known only where it is loaded."""
    for signals in (True, False):
        _engine(signals=signals).program(module, folder)


def _after_fork() -> None:
    """What the parent has compiled goes on running here; to compile takes an engine that needs no other thread."""
    global _lock  # noqa: PLW0603 -- another thread of the parent may have held it
    _lock = threading.Lock()
    _of_the_parent.extend(_engines.values())
    _engines.clear()
    for engine in _of_the_parent:
        engine.reset()


def _at_exit() -> None:
    """Wasmtime's objects must go while its module is still whole."""
    for engine in (*_engines.values(), *_of_the_parent):
        engine.forget()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
