"""One instance of the component's core module, driven through the canonical ABI. All ctypes of this variant is here.

Wasmtime's typed component interface for Python converts each byte by itself and needs a second for a
megabyte. So this module calls the core module's functions directly, and only with Wasmtime's own raw entries,
which release the GIL: a runaway guest cannot keep the thread that is to stop it from running.

What the guest returns is not trusted: every address and length is held against the memory's size.
"""

from __future__ import annotations

import ctypes
import signal
import struct
import sys
from typing import TYPE_CHECKING

import wasmtime
from wasmtime import _ffi as ffi

from thumbox._errors import INIT_FAILED, INTERNAL, MEMORY, TIMEOUT, PluginError, error_for

if TYPE_CHECKING:
    from thumbox._buffers import Parts
    from thumbox._clock import Clock
    from thumbox._program import Program

__all__ = ["NO_DEADLINE", "Guest", "Handlers", "check_layout"]

NO_DEADLINE = 1 << 62
"""Ticks that nobody lives to see."""

_REPLY_AREA = struct.Struct("<B3xIII")
_MAX_PANIC_TEXT = 1020

# A copy without the GIL takes longer to begin than this takes to copy.
_SHORT = 16 << 10

_TABLE_ELEMENTS = 100_000


def check_layout() -> None:
    """PluginError where wasmtime's structures are not those that this module passes on."""
    sizes = {"wasmtime_val_raw": 16, "wasmtime_func_t": 16, "wasmtime_memory_t": 24}
    for name, size in sizes.items():
        found = ctypes.sizeof(getattr(ffi, name, ctypes.c_uint8))
        if found != size:
            raise PluginError(INIT_FAILED, f"wasmtime's {name} has {found} bytes; this release of thumbox knows {size}")


def _raw(name: str, result: type | None, *arguments: type) -> ctypes._FuncPointer:
    """A function object of our own: it has our types, and wasmtime-py's own stay as they are."""
    function = ffi.dll[name]
    function.argtypes, function.restype = arguments, result
    return function


_pointer, _size = ctypes.c_void_p, ctypes.c_size_t
_call = _raw("wasmtime_func_call_unchecked", _pointer, _pointer, _pointer, _pointer, _size, _pointer)
_memory_size = _raw("wasmtime_memory_data_size", _size, _pointer, _pointer)
_set_deadline = _raw("wasmtime_context_set_epoch_deadline", None, _pointer, ctypes.c_uint64)


class _Function:
    """A function of the guest, with room for its arguments and its result, and a call that is ready to be made."""

    __slots__ = ("_function", "call", "values")

    def __init__(self, function: wasmtime.Func, count: int, context: int, trap: ctypes.c_void_p) -> None:
        self._function = function
        # A wasmtime_val_raw has 16 bytes: slot k is the u64 with number 2k. The result comes into slot 0.
        self.values = (ctypes.c_uint64 * (2 * count))()
        self.call = (
            ctypes.c_void_p(context),
            ctypes.c_void_p(ctypes.addressof(function._func)),  # noqa: SLF001 -- the raw entry wants it
            ctypes.c_void_p(ctypes.addressof(self.values)),
            ctypes.c_size_t(count),
            ctypes.c_void_p(ctypes.addressof(trap)),
        )


class Guest:
    """An instance with a store of its own, and `ticks` of its clock for each call. One thread at a time.

    `late`: ticks that will come during the next call but belong to the time before it.
    `alive` is false while a call runs, and stays so if it does not end as it should: a guest that has
    trapped is in no known state and must not be called again.
    """

    def __init__(self, program: Program, clock: Clock, memory_limit: int, ticks: int) -> None:
        self.program = program
        self.clock = clock
        self._store = wasmtime.Store(program.engine)
        self._store.set_limits(memory_limit, _TABLE_ELEMENTS, 1, 10, 1)
        self._store.set_epoch_deadline(NO_DEADLINE)
        self._memory_limit = memory_limit
        try:
            instance = wasmtime.Instance(self._store, program.module, [])
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            raise error_for(INIT_FAILED, f"the sandbox cannot start: {error}") from None
        exports = instance.exports(self._store)
        context = self._store._context()  # noqa: SLF001 -- the raw entry wants it
        self._context = ctypes.cast(context, ctypes.c_void_p).value or 0
        self._trap = ctypes.c_void_p()

        def function(key: str) -> _Function:
            found = exports[program.names[key]]
            assert isinstance(found, wasmtime.Func)  # noqa: S101 -- the program's types were checked
            return _Function(found, program.arguments[key], self._context, self._trap)

        self._realloc = function("realloc")
        self._call = function("call")
        self._call_json = function("call_json")
        self._configure = function("configure")
        self._post_call = function("post_call")
        self._post_call_json = function("post_call_json")
        self._post_configure = function("post_configure")
        self._panic_text = exports.get("thumbox_panic_text")
        memory = exports["memory"]
        assert isinstance(memory, wasmtime.Memory)  # noqa: S101 -- as above
        self._memory = memory._memory  # noqa: SLF001 -- the raw entry wants it
        self._memory_size = (ctypes.c_void_p(self._context), ctypes.c_void_p(ctypes.addressof(self._memory)))
        self._ticks = ticks
        self._deadline = (ctypes.c_void_p(self._context), ctypes.c_uint64(ticks))
        self.late = 0
        # Memory does not move (see the engine's configuration) and only grows: the address is for ever, and what
        # the view shows stays there.
        base = ffi.wasmtime_memory_data(context, self._memory)
        self._base = ctypes.cast(base, ctypes.c_void_p).value or 0
        self._view = memoryview(b"")
        self.memory_size = 0
        self._see_all()
        self.alive = True

    def call(self, message_id: int, request: Parts) -> bytes:
        """A binary request's reply; PluginError for the guest's own errors, and for its end."""
        self._begin()
        values = self._call.values
        values[2] = self._copy_in(request.places, request.lengths, request.total)
        values[0], values[4] = message_id, request.total
        return self._take(self._enter(self._call), self._post_call)

    def call_json(self, tag: bytes, request: bytes) -> bytes:
        """A JSON request's reply, in the same way."""
        self._begin()
        values = self._call_json.values
        values[0], values[2] = self._copy_in([tag], [len(tag)], len(tag)), len(tag)
        values[4], values[6] = self._copy_in([request], [len(request)], len(request)), len(request)
        return self._take(self._enter(self._call_json), self._post_call_json)

    def configure(self, config: bytes) -> None:
        """Sets the core's limits."""
        self._begin()
        values = self._configure.values
        values[0], values[2] = self._copy_in([config], [len(config)], len(config)), len(config)
        self._take(self._enter(self._configure), self._post_configure, has_value=False)

    def _begin(self) -> None:
        self.alive = False
        if self.late:
            _set_deadline(self._context, self._ticks + self.late)
        else:
            _set_deadline(*self._deadline)

    def _copy_in(self, places: list[bytes | int], lengths: list[int], total: int) -> int:
        """Puts a request into memory that the guest allocates for it."""
        if total == 0:
            return 1
        values = self._realloc.values
        values[0], values[2], values[4], values[6] = 0, 0, 1, total  # a new allocation, of alignment 1
        start = end = self._enter(self._realloc)
        self._check(start, total)
        for source, length in zip(places, lengths, strict=True):
            begin, end = end, end + length
            if length <= _SHORT and type(source) is bytes:
                self._view[begin:end] = source
            else:
                ctypes.memmove(self._base + begin, source, length)  # without the GIL
        return start

    def _take(self, area: int, post: _Function, *, has_value: bool = True) -> bytes:
        """Copies a result out of the guest, and lets the guest free it."""
        self._check(area, _REPLY_AREA.size)
        is_error, first, second, third = _REPLY_AREA.unpack_from(self._view, area)
        if is_error > 1:
            raise self._lied(f"a result of kind {is_error}")
        address, length = (second, third) if is_error else (first, second)
        data = b""
        if is_error or has_value:
            self._check(address, length)
            data = self._view[address : address + length].tobytes()
        # A guest that ends only now has answered all the same; it stays dead.
        try:
            post.values[0] = area
            self._enter(post)
            self.alive = True
        except PluginError:
            pass
        self.memory_size = _memory_size(*self._memory_size)
        if is_error:
            raise error_for(first, data.decode(errors="replace"))
        return data

    def _enter(self, function: _Function) -> int:
        error = _call(*function.call)
        if error or self._trap.value:
            raise self._ended(error)
        return function.values[0] & 0xFFFF_FFFF

    def _check(self, address: int, length: int) -> None:
        """Refuses what the guest says is in its memory, if it is not."""
        if address + length > len(self._view):
            self._see_all()
            if address + length > len(self._view):
                raise self._lied(f"{length} bytes at address {address} of a memory of {len(self._view)}")

    def _see_all(self) -> None:
        self.memory_size = _memory_size(*self._memory_size)
        self._view = memoryview((ctypes.c_uint8 * self.memory_size).from_address(self._base)).cast("B")

    def _lied(self, what: str) -> PluginError:
        return error_for(INTERNAL, f"the sandbox answered with {what}; it was stopped and replaced")

    def _ended(self, error: int | None) -> PluginError:
        """What a trap means. It was the guest's last word: the instance is not called again."""
        trap, self._trap.value = self._trap.value, None
        if error:
            failure = ctypes.cast(error, ctypes.POINTER(ffi.wasmtime_error_t))
            text = str(wasmtime.WasmtimeError._from_ptr(failure))  # noqa: SLF001 -- owns and frees it
            return error_for(INTERNAL, f"the sandbox failed: {text}")
        pointer = ctypes.cast(ctypes.c_void_p(trap), ctypes.POINTER(ffi.wasm_trap_t))
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
                f"of which {_memory_size(*self._memory_size)} were in use",
            )
        name = kind.name.lower().replace("_", " ") if kind else ended.message.splitlines()[0]
        return error_for(INTERNAL, f"the sandbox stopped with a trap: {name}")

    def _read_panic_text(self) -> str:
        """From where the guest keeps it, without running the guest."""
        if not isinstance(self._panic_text, wasmtime.Global):
            return ""
        start = (self._panic_text.value(self._store) & 0xFFFF_FFFF) + 4
        self._see_all()
        length = int.from_bytes(self._view[start - 4 : start], "little")
        return self._view[start : start + min(length, _MAX_PANIC_TEXT)].tobytes().decode(errors="replace")


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
        # Windows chains its handlers, and on macOS Wasmtime gets exceptions before they become signals.
        self._matters = sys.platform not in ("win32", "darwin")
        if not self._matters:
            return
        # Room for every POSIX system's `struct sigaction`, in which the handler always comes first.
        self._action = (ctypes.c_size_t * 32)()
        process = ctypes.CDLL(None)
        self._sigaction = process["sigaction"]
        self._sigaction.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
        dladdr = process["dladdr"]
        dladdr.argtypes = [ctypes.c_void_p, ctypes.POINTER(_DlInfo)]
        wasmtime_library, handler_library = _DlInfo(), _DlInfo()
        dladdr(ctypes.cast(ffi.dll["wasm_engine_new"], ctypes.c_void_p), wasmtime_library)
        # Whoever wants to know of crashes handles this one among others, so one is enough to look at.
        address = ctypes.c_void_p(ctypes.addressof(self._action))
        self._question = (ctypes.c_int(signal.SIGSEGV), ctypes.c_void_p(), address)
        self._sigaction(*self._question)
        self._expected = self._action[0]
        dladdr(self._expected, handler_library)
        self._ours = handler_library.file_base == wasmtime_library.file_base

    def in_place(self) -> bool:
        """Whether a guest may end by a signal now."""
        if not self._matters:
            return True
        self._sigaction(*self._question)
        return self._ours and self._action[0] == self._expected
