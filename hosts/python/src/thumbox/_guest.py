"""One instance of the component's core module, driven through the canonical ABI. All ctypes of this variant is here.

Wasmtime's typed component interface for Python converts each byte by itself and needs a second for a
megabyte. So this module calls the core module's functions directly, and only with Wasmtime's own raw entries,
which release the GIL: a runaway guest cannot keep the thread that is to stop it from running.

What the guest returns is not trusted: every address and length is held against the memory's size.
"""

from __future__ import annotations

import ctypes
import re
import signal
import struct
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import wasmtime
from wasmtime import _ffi as ffi

from thumbox._component import TRANSPORT
from thumbox._errors import INIT_FAILED, INTERNAL, MEMORY, TIMEOUT, PluginError, error_for

if TYPE_CHECKING:
    from thumbox._buffers import Parts

__all__ = ["NO_DEADLINE", "Guest", "Handlers", "Program", "check_wasmtime"]

WORKS_WITH = 50
"""The one major version of wasmtime-py whose private layer this module is written for."""

NO_DEADLINE = 1 << 62
"""Ticks that nobody lives to see."""

_REPLY_AREA = struct.Struct("<B3xIII")
_MAX_PANIC_TEXT = 1020
_TABLE_ELEMENTS = 100_000


def check_wasmtime() -> None:
    """PluginError where the installed wasmtime is not the one that this module knows."""
    installed = version("wasmtime")
    if re.match(rf"{WORKS_WITH}\.", installed) and _layout_is_known():
        return
    raise PluginError(
        INIT_FAILED,
        f"wasmtime {installed} is installed; the wasm variant works with {WORKS_WITH}.x: "
        f"pip install 'wasmtime>={WORKS_WITH},<{WORKS_WITH + 1}'",
    )


def _layout_is_known() -> bool:
    sizes = {"wasmtime_val_raw": 16, "wasmtime_func_t": 16, "wasmtime_memory_t": 24}
    return all(ctypes.sizeof(getattr(ffi, name, ctypes.c_uint8)) == size for name, size in sizes.items())


def _raw(name: str, result: type | None, *arguments: type) -> ctypes._FuncPointer:
    """A function object of our own: it has our types, and wasmtime-py's own stay as they are."""
    function = ffi.dll[name]
    function.argtypes, function.restype = arguments, result
    return function


_pointer, _size = ctypes.c_void_p, ctypes.c_size_t
_call = _raw("wasmtime_func_call_unchecked", _pointer, _pointer, _pointer, _pointer, _size, _pointer)
_memory_size = _raw("wasmtime_memory_data_size", _size, _pointer, _pointer)
_set_deadline = _raw("wasmtime_context_set_epoch_deadline", None, _pointer, ctypes.c_uint64)


class Program:
    """A compiled core module, with the names of what it exports."""

    def __init__(self, engine: wasmtime.Engine, module: bytes) -> None:
        try:
            self.module = wasmtime.Module(engine, module)
        except wasmtime.WasmtimeError as error:
            raise ValueError(f"its core module does not compile: {error}") from None
        if self.module.imports:
            raise ValueError(f"its core module imports {self.module.imports[0].name!r}; it must import nothing")
        self.engine = engine
        exports = {export.name for export in self.module.exports}
        call = next((name for name in exports if TRANSPORT.fullmatch(name.encode())), "")
        transport = call.removesuffix("call")
        self.names = {
            "call": call,
            "call-json": f"{transport}call-json",
            "configure": f"{transport}configure",
            "post-call": f"cabi_post_{call}",
            "post-call-json": f"cabi_post_{transport}call-json",
            "post-configure": f"cabi_post_{transport}configure",
            "realloc": "cabi_realloc",
            "memory": "memory",
        }
        missing = [name for name in self.names.values() if name not in exports]
        if missing:
            raise ValueError(f"its core module does not export {missing[0]!r}")


class _Slots:
    """A function of the guest, with room for its arguments and its result."""

    __slots__ = ("_function", "address", "count", "values")

    def __init__(self, function: wasmtime.Func, count: int) -> None:
        self._function = function
        self.count = count
        # A wasmtime_val_raw has 16 bytes: slot k is the u64 with number 2k.
        self.values = (ctypes.c_uint64 * (2 * count))()
        self.address = ctypes.addressof(function._func)  # noqa: SLF001 -- the raw entry wants it


class Guest:
    """An instance with a store of its own. One thread at a time.

    `alive` is false while a call runs, and stays so if it does not end as it should: a guest that has
    trapped is in no known state and must not be called again.
    """

    def __init__(self, program: Program, memory_limit: int) -> None:
        self.program = program
        self._store = wasmtime.Store(program.engine)
        self._store.set_limits(memory_limit, _TABLE_ELEMENTS, 1, 10, 1)
        self._store.set_epoch_deadline(NO_DEADLINE)
        self._memory_limit = memory_limit
        try:
            instance = wasmtime.Instance(self._store, program.module, [])
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            raise error_for(INIT_FAILED, f"the sandbox cannot start: {error}") from None
        exports = instance.exports(self._store)
        names = program.names
        self._functions = {
            "realloc": _Slots(exports[names["realloc"]], 4),
            "call": _Slots(exports[names["call"]], 3),
            "call-json": _Slots(exports[names["call-json"]], 4),
            "configure": _Slots(exports[names["configure"]], 2),
            "post-call": _Slots(exports[names["post-call"]], 1),
            "post-call-json": _Slots(exports[names["post-call-json"]], 1),
            "post-configure": _Slots(exports[names["post-configure"]], 1),
        }
        self._panic_text = exports["thumbox_panic_text"] if "thumbox_panic_text" in exports else None
        self._memory = exports[names["memory"]]._memory  # noqa: SLF001 -- the raw entry wants it
        self._memory_address = ctypes.addressof(self._memory)
        context = self._store._context()  # noqa: SLF001 -- the raw entry wants it
        self._context = ctypes.cast(context, ctypes.c_void_p).value
        self._trap = ctypes.c_void_p()
        self._trap_address = ctypes.addressof(self._trap)
        # Memory does not move (see the engine's configuration) and only grows: the base is for ever, the
        # size is a lower bound.
        self._base = ctypes.cast(ffi.wasmtime_memory_data(context, self._memory), ctypes.c_void_p).value or 0
        self.memory_size = _memory_size(self._context, self._memory_address)
        self.alive = True

    def call(self, message_id: int, request: Parts, ticks: int) -> bytes:
        """A binary request's reply; PluginError for the guest's own errors, and for its end."""
        self.alive = False
        _set_deadline(self._context, ticks)
        address = self._copy_in(request.places, request.lengths, request.total)
        area = self._enter("call", message_id, address, request.total)
        return self._take(area, "post-call", ticks)

    def call_json(self, tag: bytes, request: bytes, ticks: int) -> bytes:
        """A JSON request's reply, in the same way."""
        self.alive = False
        _set_deadline(self._context, ticks)
        arguments = []
        for text in (tag, request):
            arguments += (self._copy_in([text], [len(text)], len(text)), len(text))
        area = self._enter("call-json", *arguments)
        return self._take(area, "post-call-json", ticks)

    def configure(self, config: bytes) -> None:
        """Sets the core's limits."""
        self.alive = False
        address = self._copy_in([config], [len(config)], len(config))
        area = self._enter("configure", address, len(config))
        self._take(area, "post-configure", NO_DEADLINE, has_value=False)

    def _copy_in(self, places: list[bytes | int], lengths: list[int], total: int) -> int:
        """Puts a request into memory that the guest allocates for it."""
        if total == 0:
            return 1
        address = self._enter("realloc", 0, 0, 1, total)
        place = self._checked(address, total)
        for source, length in zip(places, lengths, strict=True):
            ctypes.memmove(place, source, length)
            place += length
        return address

    def _take(self, area: int, post: str, ticks: int, *, has_value: bool = True) -> bytes:
        """Copies a result out of the guest and lets the guest free it."""
        is_error, first, second, third = _REPLY_AREA.unpack(
            ctypes.string_at(self._checked(area, _REPLY_AREA.size), _REPLY_AREA.size)
        )
        if is_error > 1:
            raise self._lied(f"a result of kind {is_error}")
        code, address, length = (first, second, third) if is_error else (0, first, second)
        data = b""
        if is_error or has_value:
            data = ctypes.string_at(self._checked(address, length), length)
        _set_deadline(self._context, ticks)
        self._enter(post, area)
        self.memory_size = _memory_size(self._context, self._memory_address)
        self.alive = True
        if is_error:
            raise error_for(code, data.decode(errors="replace"))
        return data

    def _enter(self, name: str, *arguments: int) -> int:
        function = self._functions[name]
        values = function.values
        slot = 0
        for argument in arguments:
            values[slot] = argument
            slot += 2
        error = _call(self._context, function.address, values, function.count, self._trap_address)
        if error or self._trap.value:
            raise self._ended(error)
        return values[0] & 0xFFFF_FFFF

    def _checked(self, address: int, length: int) -> int:
        """Where in this process the guest's address is, if all of it is in the guest's memory."""
        if address + length > self.memory_size:
            self.memory_size = _memory_size(self._context, self._memory_address)
            if address + length > self.memory_size:
                raise self._lied(f"{length} bytes at address {address} of a memory of {self.memory_size}")
        return self._base + address

    def _lied(self, what: str) -> PluginError:
        return error_for(INTERNAL, f"the sandbox answered with {what}; it was stopped and replaced")

    def _ended(self, error: int | None) -> PluginError:
        """What a trap means. It was the guest's last word: the instance is not called again."""
        trap, self._trap.value = self._trap.value, None
        if error:
            pointer = ctypes.cast(error, ctypes.POINTER(ffi.wasmtime_error_t))
            text = str(wasmtime.WasmtimeError._from_ptr(pointer))  # noqa: SLF001 -- owns and frees it
            return error_for(INTERNAL, f"the sandbox failed: {text}")
        pointer = ctypes.cast(trap, ctypes.POINTER(ffi.wasm_trap_t))
        ended = wasmtime.Trap._from_ptr(pointer)  # noqa: SLF001 -- owns and frees it
        kind = ended.trap_code
        if kind is wasmtime.TrapCode.INTERRUPT:
            return error_for(TIMEOUT, "the call ran past its deadline and was stopped")
        panic = self._read_panic_text()
        if panic:
            return error_for(INTERNAL, f"the sandbox panicked: {panic}")
        if kind is wasmtime.TrapCode.UNREACHABLE:
            # A panic has a text; what ends without one is an allocation that failed.
            return error_for(
                MEMORY,
                f"the sandbox ran out of memory; memory_limit is {self._memory_limit} bytes, "
                f"of which {_memory_size(self._context, self._memory_address)} were in use",
            )
        name = kind.name.lower().replace("_", " ") if kind else ended.message.splitlines()[0]
        return error_for(INTERNAL, f"the sandbox stopped with a trap: {name}")

    def _read_panic_text(self) -> str:
        """From where the guest keeps it, without running the guest."""
        if not isinstance(self._panic_text, wasmtime.Global):
            return ""
        address = self._panic_text.value(self._store) & 0xFFFF_FFFF
        self.memory_size = _memory_size(self._context, self._memory_address)
        if address + 4 > self.memory_size:
            return ""
        length = int.from_bytes(ctypes.string_at(self._base + address, 4), "little")
        length = min(length, _MAX_PANIC_TEXT, self.memory_size - address - 4)
        return ctypes.string_at(self._base + address + 4, length).decode(errors="replace")


class _DlInfo(ctypes.Structure):
    _fields_ = (
        ("file_name", ctypes.c_char_p),
        ("file_base", ctypes.c_void_p),
        ("symbol_name", ctypes.c_char_p),
        ("symbol_address", ctypes.c_void_p),
    )


class Handlers:
    """Whether Wasmtime's signal handlers are where it put them.

    Its compiled code ends a guest by signals such as SIGILL. A handler that another library installs on top,
    as `faulthandler.enable()` does, takes such a signal for a crash, and the process dies of the guest.
    """

    def __init__(self) -> None:
        """To be made after the first engine."""
        self._watched: list[tuple[int, int]] = []
        # Room for every POSIX system's `struct sigaction`, in which the handler always comes first.
        self._action = (ctypes.c_size_t * 32)()
        self._action_address = ctypes.addressof(self._action)
        # Windows chains its handlers, and on macOS Wasmtime gets exceptions before they become signals.
        self._used = sys.platform not in ("win32", "darwin")
        if not self._used:
            return
        this_process = ctypes.CDLL(None)
        self._sigaction = this_process["sigaction"]
        self._sigaction.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
        dladdr = this_process["dladdr"]
        dladdr.argtypes = [ctypes.c_void_p, ctypes.POINTER(_DlInfo)]
        where = _DlInfo()
        dladdr(ctypes.cast(ffi.dll["wasm_engine_new"], ctypes.c_void_p), where)
        wasmtime_base = where.file_base
        for number in map(int, (signal.SIGSEGV, signal.SIGILL, signal.SIGFPE, signal.SIGBUS)):
            handler = self._handler(number)
            if handler and dladdr(handler, where) and where.file_base == wasmtime_base:
                self._watched.append((number, handler))

    def in_place(self) -> bool:
        """Whether a guest may end by a signal now."""
        if not self._used:
            return True
        for number, handler in self._watched:
            self._sigaction(number, None, self._action_address)
            if self._action[0] != handler:
                return False
        return bool(self._watched)

    def _handler(self, number: int) -> int:
        self._sigaction(number, None, self._action_address)
        return self._action[0]
