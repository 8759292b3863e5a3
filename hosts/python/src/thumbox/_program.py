"""A compiled core module that has been found to be ours."""

from __future__ import annotations

import wasmtime

from thumbox._component import TRANSPORT

__all__ = ["Program"]

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

    def __init__(self, engine: wasmtime.Engine, module: bytes) -> None:
        try:
            self.module = wasmtime.Module(engine, module)
        except wasmtime.WasmtimeError as error:
            raise ValueError(f"its core module does not compile: {error}") from None
        self.engine = engine
        if self.module.imports:
            name = self.module.imports[0].name
            raise ValueError(f"its core module imports {name!r}; it must import nothing")
        exports = {export.name: export.type for export in self.module.exports}
        call = next((name for name in exports if TRANSPORT.fullmatch(name.encode())), "call")
        transport = call.removesuffix("call")
        self.names = {key: name.format(transport) for key, (name, _, _) in _FUNCTIONS.items()}
        self.arguments = {key: arguments for key, (_, arguments, _) in _FUNCTIONS.items()}
        for key, (_, arguments, results) in _FUNCTIONS.items():
            kind = exports.get(self.names[key])
            if not isinstance(kind, wasmtime.FuncType) or (
                [str(one) for one in kind.params] != ["i32"] * arguments
                or [str(one) for one in kind.results] != ["i32"] * results
            ):
                wanted = f"a function of {arguments} i32 with {results} results"
                raise ValueError(f"its core module does not export {self.names[key]!r} as {wanted}")
        memory = exports.get("memory")
        if not isinstance(memory, wasmtime.MemoryType) or memory.is_64:
            raise ValueError("its core module does not export 'memory' as a memory with 32-bit addresses")
