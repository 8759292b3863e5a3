"""One instance of the component's core module, driven through the canonical ABI.

Wasmtime's typed component interface for Python converts each byte by itself and needs a second for a
megabyte. So this module calls the core module's functions directly, and only with Wasmtime's own raw entries,
which release the GIL: a runaway guest cannot keep the thread that is to stop it from running.

What the guest returns is not trusted: every address and length is held against the memory's size.
"""

from __future__ import annotations

import ctypes
import functools
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

import wasmtime
from wasmtime import _ffi as ffi

from thumbox._buffers import Parts, end_with
from thumbox._errors import INIT_FAILED, INTERNAL, MEMORY, REPLY_SIZE, TIMEOUT, PluginError, ended, error_for
from thumbox.sandbox.pages import LARGE, advise_large, advise_soon

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

    from thumbox.sandbox.program import Program

__all__ = ["NO_DEADLINE", "Export", "Guest", "Limits", "address", "check_layout", "deserialized"]

NO_DEADLINE = 1 << 62
"""Ticks that nobody lives to see."""


class Limits(NamedTuple):
    """What a guest may use."""

    memory: int
    """Bytes of its memory."""
    reply: int
    """Bytes of a reply."""
    ticks: int
    """Of the engine's clock, for one call."""


_REPLY_AREA = struct.Struct("<B3xIII")
# Behind the answer of a short call is room for its request.
_SHORT_REQUEST = 1008
_MAX_PANIC_TEXT = 1020
_LONGEST_MESSAGE = 64 << 10

# Ticks to free a reply in.
_SOON = 3

# A copy without the GIL takes longer to begin than this takes to copy.
_QUICK_COPY = 16 << 10

_TABLE_ELEMENTS = 100_000


def check_layout() -> None:
    """PluginError where wasmtime's structures are not those that this module passes on."""
    sizes = {
        "wasmtime_val_raw": 16,
        "wasmtime_func_t": 16,
        "wasmtime_memory_t": 24,
        "wasmtime_instance_t": 16,
        "wasmtime_extern_t": 32,
        "wasmtime_val_t": 32,
    }
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
_i64, _u64 = ctypes.c_int64, ctypes.c_uint64


class _Store(ctypes.c_void_p):
    """A store, which ends with this: with all that is in it."""


_store_new = _raw("wasmtime_store_new", _Store, _pointer, _pointer, _pointer)
_store_context = _raw("wasmtime_store_context", _pointer, _pointer)
_store_limiter = _raw("wasmtime_store_limiter", None, _pointer, _i64, _i64, _i64, _i64, _i64)
end_with(_Store, _raw("wasmtime_store_delete", None, _pointer))
_instance_new = _raw("wasmtime_instance_new", _pointer, _pointer, _pointer, _pointer, _size, _pointer, _pointer)
_export_get = _raw("wasmtime_instance_export_get", ctypes.c_bool, _pointer, _pointer, ctypes.c_char_p, _size, _pointer)
_global_get = _raw("wasmtime_global_get", None, _pointer, _pointer, _pointer)
_call = _raw("wasmtime_func_call_unchecked", _pointer, _pointer, _pointer, _pointer, _size, _pointer)
_memory_data = _raw("wasmtime_memory_data", _pointer, _pointer, _pointer)
_memory_size = _raw("wasmtime_memory_data_size", _size, _pointer, _pointer)
_set_deadline = _raw("wasmtime_context_set_epoch_deadline", None, _pointer, _u64)


def address(owner: object) -> int:
    """Where the C object is that one of wasmtime's Python objects owns."""
    return ctypes.cast(owner.ptr(), _pointer).value or 0  # type: ignore[attr-defined]


def deserialized(engine: wasmtime.Engine, code: Buffer) -> wasmtime.Module:
    """A module from its compiled code, which is run as it is; WasmtimeError for that of another engine. Without the
    copy that wasmtime-py makes.
    """
    held = Parts((code,))
    module = ctypes.POINTER(ffi.wasmtime_module_t)()
    try:
        place: Any = held.pointers[0]
        start = ctypes.cast(place, ctypes.POINTER(ctypes.c_uint8))
        error = ffi.wasmtime_module_deserialize(engine.ptr(), start, held.total, ctypes.byref(module))
    finally:
        held.release()
    if error:
        raise wasmtime.WasmtimeError._from_ptr(error)  # noqa: SLF001 -- owns and frees it
    return wasmtime.Module._from_ptr(module)  # noqa: SLF001 -- as above


class Export:
    """The name of an export and, for a function, how many slots it needs for arguments and result."""

    __slots__ = ("length", "name", "slots")

    def __init__(self, name: str, slots: int = 0) -> None:
        encoded = name.encode()
        self.name, self.length, self.slots = ctypes.c_char_p(encoded), ctypes.c_size_t(len(encoded)), slots


class _Function:
    """A function of the guest, with room for its arguments and its result, and a call that is ready to be made."""

    __slots__ = ("_extern", "call", "values")

    def __init__(self, extern: ctypes.Structure, slots: int, context: ctypes.c_void_p, trap: ctypes.c_void_p) -> None:
        self._extern = extern
        # A wasmtime_val_raw has 16 bytes: slot k is the u64 with number 2k. The result comes into slot 0.
        self.values = (ctypes.c_uint64 * (2 * slots))()
        self.call = (
            context,
            ctypes.c_void_p(ctypes.addressof(extern) + _IN_EXTERN),
            ctypes.c_void_p(ctypes.addressof(self.values)),
            ctypes.c_size_t(slots),
            ctypes.c_void_p(ctypes.addressof(trap)),
        )


# Where a wasmtime_extern_t keeps what it is.
_IN_EXTERN = ffi.wasmtime_extern_t.of.offset


@functools.lru_cache(maxsize=16)
def _exporter(size: int) -> type[ctypes.Array[ctypes.c_uint8]]:
    """The type of an object that shows a memory and keeps its instance; kept, because to make one takes longer than a
    call.
    """
    return type("Sandbox", (ctypes.c_uint8 * size,), {"held": None, "__del__": _let_go})


def _let_go(exporter: Any) -> None:
    if exporter.held is not None:
        guest, let_go = exporter.held
        let_go(guest)


class Guest:
    """An instance with a store of its own, and `ticks` of its clock for each call. One thread at a time.

    `alive` is false from `arm` until `settle`, and stays so if a call does not end as it should: a guest that has
    trapped is in no known state and must not be called again.
    """

    alive = False
    _advised = False

    def __init__(self, program: Program, limits: Limits, late: int = 0) -> None:
        """`late`: as for `arm`, since an instance may run code of its own when it is made."""
        # Not the program itself: a borrowed view may keep this guest until the process ends.
        self.exports = exports = program.exports
        self._limits = limits
        self._store: _Store | None = _store_new(program.engine_address, None, None)
        _store_limiter(self._store, limits.memory, _TABLE_ELEMENTS, 1, 10, 1)
        self._context = context = ctypes.c_void_p(_store_context(self._store))
        self._deadline = (context, ctypes.c_uint64(limits.ticks))
        self._trap = ctypes.c_void_p()
        self.memory_size = 0
        self.arm(late)
        self._instance = instance = ctypes.byref(ffi.wasmtime_instance_t())
        error = _instance_new(context, program.module_address, None, 0, instance, ctypes.byref(self._trap))
        if error or self._trap.value:
            raise self._not_started(error)
        self._functions: dict[Export, _Function] = {}
        self._owed: tuple[Export, int] | None = None
        self._memory = memory = self._export(exports["memory"])
        place = ctypes.c_void_p(ctypes.addressof(memory) + _IN_EXTERN)
        self._memory_size = (context, place)
        # Memory does not move (see the engine's configuration) and only grows: the address is for ever, and what
        # the view shows stays there.
        self._base = _memory_data(context, place) or 0
        self._view = memoryview(b"")
        self._see_all()
        self._short: tuple[_Function, int] | None = None
        if "short" in exports:
            area = self._global(exports["short"])
            self._check(area, _REPLY_AREA.size + _SHORT_REQUEST)
            self._short = self._function(exports["short_call"]), area

    def end(self) -> None:
        """Gives back all of its memory, now and not when the last error that shows this object is forgotten. No other
        method is to be called from here on.
        """
        self.alive = False
        if self._store is not None and self._trap.value:
            self._take_trap()
        self._store = None

    def _export(self, export: Export) -> ctypes.Structure:
        extern = ffi.wasmtime_extern_t()
        found = _export_get(self._context, self._instance, export.name, export.length, ctypes.byref(extern))
        assert found  # noqa: S101 -- the program's exports were checked
        return extern

    def _function(self, export: Export) -> _Function:
        """Looked up when it is first needed: an instance of one call frees no reply."""
        function = self._functions.get(export)
        if function is None:
            function = _Function(self._export(export), export.slots, self._context, self._trap)
            self._functions[export] = function
        return function

    def _global(self, export: Export) -> int:
        """An address that the module exports."""
        value, extern = ffi.wasmtime_val_t(), self._export(export)
        place = ctypes.c_void_p(ctypes.addressof(extern) + _IN_EXTERN)
        _global_get(self._context, place, ctypes.byref(value))
        address: int = value.of.i32 & 0xFFFF_FFFF
        return address

    def arm(self, late: int) -> None:
        """Begins a call: from now on it has its ticks. `late` more will come that belong to the time before it."""
        self.alive = False
        if late:
            _set_deadline(self._context, self._limits.ticks + late)
        else:
            _set_deadline(*self._deadline)

    def call(self, message_id: int, request: Parts) -> tuple[int, int]:
        """Where the reply to a binary request is; PluginError for the guest's own errors, and for its end."""
        total = request.total
        if total <= _SHORT_REQUEST and self._short is not None:
            # One entry instead of three, of which each takes as long as a short call.
            call, area = self._short
            call.values[0], call.values[2] = message_id, total
            self._put(area + _REPLY_AREA.size, request.pointers, request.lengths)
            self._enter(call)
            return self._value(area, self._limits.reply)
        exports = self.exports
        call = self._function(exports["call"])
        values = call.values
        values[2] = self._copy_in(request.pointers, request.lengths, total)
        values[0], values[4] = message_id, total
        return self._result(self._enter(call), exports["post_call"], self._limits.reply)

    def call_json(self, tag: bytes, request: bytes) -> tuple[int, int]:
        """Where the reply to a JSON request is, in the same way."""
        exports = self.exports
        call = self._function(exports["call_json"])
        values = call.values
        values[0], values[2] = self._copy_in([tag], [len(tag)], len(tag)), len(tag)
        values[4], values[6] = self._copy_in([request], [len(request)], len(request)), len(request)
        return self._result(self._enter(call), exports["post_call_json"], self._limits.reply)

    def configure(self, config: bytes) -> None:
        """Sets the core's limits."""
        exports = self.exports
        call = self._function(exports["configure"])
        values = call.values
        values[0], values[2] = self._copy_in([config], [len(config)], len(config)), len(config)
        self._result(self._enter(call), exports["post_configure"], None)
        self.settle()
        self.alive = False

    def copied(self, place: tuple[int, int]) -> bytes:
        """A reply, copied out."""
        start, length = place
        return self._view[start : start + length].tobytes()

    def borrowed(self, found: tuple[int, int], let_go: Callable[[Guest], object]) -> memoryview:
        """A reply where it is. `let_go(self)` is called when the last view or slice of it has gone. Until then this
        guest is not to be called; it and what `let_go` holds live as long as they do, whatever becomes of the plugin.
        """
        start, length = found
        exporter = _exporter(len(self._view)).from_address(self._base)
        exporter.held = (self, let_go)  # type: ignore[attr-defined]
        return memoryview(exporter).cast("B").toreadonly()[start : start + length]

    @property
    def owes(self) -> bool:
        """Whether the last reply is not yet freed."""
        return self._owed is not None

    def settle_soon(self) -> None:
        """As `settle`, in a call of its own that has no time to speak of: the caller is another one by now."""
        _set_deadline(self._context, _SOON)
        self.settle()

    def settle(self) -> None:
        """Lets the guest free its last reply. One that ends only now has answered all the same; it stays dead."""
        owed, self._owed = self._owed, None
        if owed is not None:
            export, area = owed
            post = self._function(export)
            post.values[0] = area
            try:
                self._enter(post)
            except PluginError:
                return
        self.measured()
        self.alive = True

    def measured(self) -> int:
        """Bytes of its memory, which only grows."""
        self.memory_size = _memory_size(*self._memory_size)
        return self.memory_size

    def _copy_in(self, places: list[bytes | int], lengths: list[int], total: int) -> int:
        """Puts a request into memory that the guest allocates for it."""
        if total == 0:
            return 1
        fresh = total >= LARGE and not self._advised
        if fresh:
            self._advised = True
            advise_large(self._base, self._limits.memory)
        realloc = self._function(self.exports["realloc"])
        values = realloc.values
        # A new allocation, of alignment 1.
        values[0], values[2], values[4], values[6] = 0, 0, 1, total
        start = self._enter(realloc)
        self._check(start, total)
        if fresh:
            advise_soon(self._base + start, total)
        self._put(start, places, lengths)
        return start

    def _put(self, start: int, places: list[bytes | int], lengths: list[int]) -> None:
        """Copies the parts of a request to where there is room for them."""
        end = start
        for source, length in zip(places, lengths):  # noqa: B905 -- they are, and to ask takes time
            begin, end = end, end + length
            if length <= _QUICK_COPY and type(source) is bytes:
                self._view[begin:end] = source
            else:
                ctypes.memmove(self._base + begin, source, length)  # without the GIL

    def _result(self, area: int, post: Export, most: int | None) -> tuple[int, int]:
        """Where the value of a result is, which is freed by `post` when the guest settles."""
        self._check(area, _REPLY_AREA.size)
        self._owed = post, area
        return self._value(area, most)

    def _value(self, area: int, most: int | None) -> tuple[int, int]:
        """Where the value of a result is, of `most` bytes, or of none where it has no value."""
        is_error, first, second, third = _REPLY_AREA.unpack_from(self._view, area)
        if is_error:
            if is_error > 1:
                raise self._lied(f"a result of kind {is_error}")
            raise self._said(first, second, third)
        if most is None:
            return 0, 0
        self._check(first, second)
        if second > most:
            raise ended("trap", REPLY_SIZE, f"the sandbox answered with {second} bytes; max_reply allows {most}")
        return first, second

    def _said(self, code: int, start: int, length: int) -> PluginError:
        """The guest's own error; it may answer the next call."""
        self._check(start, length)
        if length > _LONGEST_MESSAGE:
            raise self._lied(f"a message of {length} bytes")
        message = self.copied((start, length)).decode(errors="replace")
        self.settle()
        return error_for(code, message)

    def _enter(self, function: _Function) -> int:
        error = _call(*function.call)
        if error or self._trap.value:
            raise self._ended(error)
        return function.values[0] & 0xFFFF_FFFF

    def _check(self, start: int, length: int) -> None:
        """Refuses what the guest says is in its memory, if it is not."""
        if start + length > len(self._view):
            self._see_all()
            if start + length > len(self._view):
                raise self._lied(f"{length} bytes at address {start} of a memory of {len(self._view)}")

    def _see_all(self) -> None:
        self.measured()
        self._view = memoryview((ctypes.c_uint8 * self.memory_size).from_address(self._base)).cast("B")

    def _lied(self, what: str) -> PluginError:
        return ended("trap", INTERNAL, f"the sandbox answered with {what}; it was stopped and replaced")

    def _not_started(self, error: int | None) -> PluginError:
        if error:
            return ended("trap", INIT_FAILED, f"the sandbox cannot start: {_text(error)}")
        trap = self._take_trap()
        if trap.trap_code is wasmtime.TrapCode.INTERRUPT:
            return _late()
        return ended("trap", INIT_FAILED, f"the sandbox cannot start: {trap.message.splitlines()[0]}")

    def _ended(self, error: int | None) -> PluginError:
        """What a trap means. It was the guest's last word: the instance is not called again."""
        self.measured()
        if error:
            return ended("trap", INTERNAL, f"the sandbox failed: {_text(error)}")
        trap = self._take_trap()
        kind = trap.trap_code
        if kind is wasmtime.TrapCode.INTERRUPT:
            return _late()
        panic = self._read_panic_text()
        if panic:
            return ended("trap", INTERNAL, f"the sandbox panicked: {panic}")
        if kind is wasmtime.TrapCode.UNREACHABLE:
            # A panic has a text; what ends without one is an allocation that failed.
            return ended(
                "trap",
                MEMORY,
                f"the sandbox ran out of memory; memory_limit is {self._limits.memory} bytes, "
                f"of which {self.memory_size} were in use",
            )
        name = kind.name.lower().replace("_", " ") if kind else trap.message.splitlines()[0]
        return ended("trap", INTERNAL, f"the sandbox stopped with a trap: {name}")

    def _take_trap(self) -> wasmtime.Trap:
        trap, self._trap.value = self._trap.value, None
        pointer = ctypes.cast(ctypes.c_void_p(trap), ctypes.POINTER(ffi.wasm_trap_t))
        return wasmtime.Trap._from_ptr(pointer)  # noqa: SLF001 -- owns and frees it

    def _read_panic_text(self) -> str:
        """From where the guest keeps it, without running the guest."""
        export = self.exports.get("panic_text")
        if export is None:
            return ""
        start = self._global(export) + 4
        self._see_all()
        length = int.from_bytes(self._view[start - 4 : start], "little")
        return self._view[start : start + min(length, _MAX_PANIC_TEXT)].tobytes().decode(errors="replace")


def _late() -> PluginError:
    return ended("timeout", TIMEOUT, "the call ran past its deadline and was stopped")


def _text(error: int) -> str:
    failure = ctypes.cast(error, ctypes.POINTER(ffi.wasmtime_error_t))
    return str(wasmtime.WasmtimeError._from_ptr(failure))  # noqa: SLF001 -- owns and frees it
