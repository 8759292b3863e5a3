"""Wasmtime's C API, as this room calls it.

Wasmtime's typed component interface for Python converts each byte by itself and needs a second for a megabyte. So this
room calls the core module's functions directly, and only with Wasmtime's own raw entries. They release the GIL: a
runaway guest cannot keep the thread that is to stop it from running.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import wasmtime
from wasmtime import _ffi as ffi

from thumbox._buffers import Parts, end_with
from thumbox._errors import INIT_FAILED, PluginError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "Export",
    "Function",
    "Instance",
    "Store",
    "address",
    "call_function",
    "check_layout",
    "deserialized",
    "error_text",
    "in_extern",
    "memory_data",
    "memory_size",
    "set_deadline",
]

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


class _OwnedStore(ctypes.c_void_p):
    """A store, which ends with this: with all that is in it."""


_store_new = _raw("wasmtime_store_new", _OwnedStore, _pointer, _pointer, _pointer)
_store_context = _raw("wasmtime_store_context", _pointer, _pointer)
_store_limiter = _raw("wasmtime_store_limiter", None, _pointer, _i64, _i64, _i64, _i64, _i64)
end_with(_OwnedStore, _raw("wasmtime_store_delete", None, _pointer))
_instance_new = _raw("wasmtime_instance_new", _pointer, _pointer, _pointer, _pointer, _size, _pointer, _pointer)
_export_get = _raw("wasmtime_instance_export_get", ctypes.c_bool, _pointer, _pointer, ctypes.c_char_p, _size, _pointer)
_global_get = _raw("wasmtime_global_get", None, _pointer, _pointer, _pointer)
call_function = _raw("wasmtime_func_call_unchecked", _pointer, _pointer, _pointer, _pointer, _size, _pointer)
memory_data = _raw("wasmtime_memory_data", _pointer, _pointer, _pointer)
memory_size = _raw("wasmtime_memory_data_size", _size, _pointer, _pointer)
set_deadline = _raw("wasmtime_context_set_epoch_deadline", None, _pointer, _u64)


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
        pointer: Any = held.pointers[0]
        start = ctypes.cast(pointer, ctypes.POINTER(ctypes.c_uint8))
        error = ffi.wasmtime_module_deserialize(engine.ptr(), start, held.total, ctypes.byref(module))
    finally:
        held.release()
    if error:
        raise wasmtime.WasmtimeError._from_ptr(error)  # noqa: SLF001 -- owns and frees it
    return wasmtime.Module._from_ptr(module)  # noqa: SLF001 -- as above


def error_text(error: int) -> str:
    """What an error of Wasmtime's says, which is freed."""
    failure = ctypes.cast(error, ctypes.POINTER(ffi.wasmtime_error_t))
    return str(wasmtime.WasmtimeError._from_ptr(failure))  # noqa: SLF001 -- as above


# Where a wasmtime_extern_t keeps what it is.
_IN_EXTERN = ffi.wasmtime_extern_t.of.offset


def in_extern(extern: ctypes.Structure) -> ctypes.c_void_p:
    """A pointer to the function, memory or global that an extern is. It is good for as long as the extern lives."""
    return ctypes.c_void_p(ctypes.addressof(extern) + _IN_EXTERN)


class Store:
    """A store, which ends with this object, or with `end`. `trap` is where a call in it leaves its trap."""

    def __init__(self, engine_address: int, memory: int) -> None:
        """`memory`: bytes that the one memory in it may have."""
        self._owned: _OwnedStore | None = _store_new(engine_address, None, None)
        _store_limiter(self._owned, memory, _TABLE_ELEMENTS, 1, 10, 1)
        self.context = ctypes.c_void_p(_store_context(self._owned))
        self.trap = ctypes.c_void_p()

    def deadline(self, ticks: int) -> tuple[ctypes.c_void_p, ctypes.c_uint64]:
        """What `set_deadline` takes, ready to be used for each call."""
        return self.context, ctypes.c_uint64(ticks)

    def take_trap(self) -> wasmtime.Trap:
        """The trap that a call has left, which is ours from now on."""
        trap, self.trap.value = self.trap.value, None
        pointer = ctypes.cast(ctypes.c_void_p(trap), ctypes.POINTER(ffi.wasm_trap_t))
        return wasmtime.Trap._from_ptr(pointer)  # noqa: SLF001 -- owns and frees it

    def end(self) -> None:
        """Gives back all that is in it, now."""
        if self._owned is not None and self.trap.value:
            self.take_trap()
        self._owned = None


class Export:
    """The name of an export and, for a function, how many slots it needs for arguments and result."""

    __slots__ = ("length", "name", "slots")

    def __init__(self, name: str, slots: int = 0) -> None:
        encoded = name.encode()
        self.name, self.length, self.slots = ctypes.c_char_p(encoded), ctypes.c_size_t(len(encoded)), slots


class Function:
    """A function of the guest, with room for its arguments and its result, and a call that is ready to be made."""

    __slots__ = ("_extern", "call", "values")

    def __init__(self, extern: ctypes.Structure, slots: int, store: Store) -> None:
        self._extern = extern
        # A wasmtime_val_raw has 16 bytes: slot k is the u64 with number 2k. The result comes into slot 0.
        self.values = (ctypes.c_uint64 * (2 * slots))()
        self.call = (
            store.context,
            in_extern(extern),
            ctypes.c_void_p(ctypes.addressof(self.values)),
            ctypes.c_size_t(slots),
            ctypes.c_void_p(ctypes.addressof(store.trap)),
        )


class Instance:
    """An instance in a store, and its exports."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._instance = ctypes.byref(ffi.wasmtime_instance_t())
        self._functions: dict[Export, Function] = {}

    def start(self, module_address: int) -> int | None:
        """Makes the instance, which may run code of its own. Returns an error, or None; it may also leave a trap."""
        store = self._store
        error: int | None = _instance_new(
            store.context, module_address, None, 0, self._instance, ctypes.byref(store.trap)
        )
        return error

    def extern(self, export: Export) -> ctypes.Structure:
        """An export that the module is known to have."""
        extern = ffi.wasmtime_extern_t()
        found = _export_get(self._store.context, self._instance, export.name, export.length, ctypes.byref(extern))
        assert found  # noqa: S101 -- the program's exports were checked
        return extern

    def function(self, export: Export) -> Function:
        """Looked up when it is first needed: an instance of one call frees no reply."""
        function = self._functions.get(export)
        if function is None:
            function = Function(self.extern(export), export.slots, self._store)
            self._functions[export] = function
        return function

    def global_address(self, export: Export) -> int:
        """An address that the module exports as a global."""
        value, extern = ffi.wasmtime_val_t(), self.extern(export)
        _global_get(self._store.context, in_extern(extern), ctypes.byref(value))
        found: int = value.of.i32 & 0xFFFF_FFFF
        return found
