"""A compiled core module whose exports were checked."""

from __future__ import annotations

import wasmtime

from thumbox.sandbox.capi import Export, address
from thumbox.sandbox.component import TRANSPORT

__all__ = ["Program"]

_PANIC_TEXT = "thumbox_panic_text"

_FUNCTIONS = {
    "realloc": ("cabi_realloc", 4, 1),
    "call": ("{}call", 3, 1),
    "call_json": ("{}call-json", 4, 1),
    "configure": ("{}configure", 2, 1),
    "post_call": ("cabi_post_{}call", 1, 0),
    "post_call_json": ("cabi_post_{}call-json", 1, 0),
    "post_configure": ("cabi_post_{}configure", 1, 0),
}
"""The functions of the canonical ABI: name, arguments and results, each of them an i32."""

_SHORT, _SHORT_CALL = "thumbox_short", "thumbox_short_call"


class Program:
    """The compiled core module, and what its exports are called; ValueError for one that is not ours.

    The types are checked here because the calls themselves are unchecked.
    """

    def __init__(self, engine: wasmtime.Engine, module: wasmtime.Module) -> None:
        self._engine, self._module = engine, module
        self.engine_address, self.module_address = address(engine), address(module)
        if module.imports:
            name = module.imports[0].name
            raise ValueError(f"its core module imports {name!r}; it must import nothing")
        exports: dict[str, object] = {export.name: export.type for export in module.exports}
        call = next((name for name in exports if TRANSPORT.fullmatch(name.encode())), "call")
        transport = call.removesuffix("call")
        self.exports = {"memory": Export("memory")}
        for key, (pattern, arguments, results) in _FUNCTIONS.items():
            self.exports[key] = _function(exports, pattern.format(transport), arguments, results)
        memory = exports.get("memory")
        if not isinstance(memory, wasmtime.MemoryType) or memory.is_64 or memory.is_shared:
            raise ValueError("its core module does not export 'memory' as a memory of its own with 32-bit addresses")
        if _PANIC_TEXT in exports:
            self.exports["panic_text"] = _address(exports, _PANIC_TEXT)
        if _SHORT in exports:
            self.exports["short"] = _address(exports, _SHORT)
            self.exports["short_call"] = _function(exports, _SHORT_CALL, 2, 0)


def _function(exports: dict[str, object], name: str, arguments: int, results: int) -> Export:
    kind = exports.get(name)
    if not isinstance(kind, wasmtime.FuncType) or (
        [str(one) for one in kind.params] != ["i32"] * arguments
        or [str(one) for one in kind.results] != ["i32"] * results
    ):
        wanted = f"a function of {arguments} i32 with {results} results"
        raise ValueError(f"its core module does not export {name!r} as {wanted}")
    return Export(name, arguments)


def _address(exports: dict[str, object], name: str) -> Export:
    kind = exports[name]
    if not isinstance(kind, wasmtime.GlobalType) or str(kind.content) != "i32":
        raise ValueError(f"its core module exports {name!r}, and not as a global i32")
    return Export(name)
