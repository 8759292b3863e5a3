"""A compiled core module that has been found to be ours."""

from __future__ import annotations

import wasmtime

from thumbox._component import TRANSPORT
from thumbox._guest import Export, address

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
        exports = {export.name: export.type for export in module.exports}
        call = next((name for name in exports if TRANSPORT.fullmatch(name.encode())), "call")
        transport = call.removesuffix("call")
        self.exports = {"memory": Export("memory")}
        for key, (pattern, arguments, results) in _FUNCTIONS.items():
            name = pattern.format(transport)
            self.exports[key] = Export(name, arguments)
            kind = exports.get(name)
            if not isinstance(kind, wasmtime.FuncType) or (
                [str(one) for one in kind.params] != ["i32"] * arguments
                or [str(one) for one in kind.results] != ["i32"] * results
            ):
                wanted = f"a function of {arguments} i32 with {results} results"
                raise ValueError(f"its core module does not export {name!r} as {wanted}")
        memory = exports.get("memory")
        if not isinstance(memory, wasmtime.MemoryType) or memory.is_64 or memory.is_shared:
            raise ValueError("its core module does not export 'memory' as a memory of its own with 32-bit addresses")
        panic_text = exports.get(_PANIC_TEXT)
        if panic_text is not None:
            if not isinstance(panic_text, wasmtime.GlobalType) or str(panic_text.content) != "i32":
                raise ValueError(f"its core module exports {_PANIC_TEXT!r}, and not as a global i32")
            self.exports["panic_text"] = Export(_PANIC_TEXT)
