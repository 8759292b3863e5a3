"""The variants of a bundle that are native libraries: the plugin in this process, and the sandbox behind the native
library's symbols (docs/design/sandbox.md).
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from thumbox._errors import PluginError
from thumbox._layouts import MEMORY_LIMIT, TIMEOUT
from thumbox._native import Functions, NativePlugin
from thumbox._options import ISOLATION, LONGEST_TIMEOUT, MOST_MEMORY, PAGE, CommonOptions, choice, integer, seconds
from thumbox._private_folder import cache_folder
from thumbox.bundle.extraction import extracted

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from thumbox.bundle.reader import Library

__all__ = ["BundledPlugin", "SandboxedPlugin"]

_loaded: dict[str, Functions] = {}


def _functions(library: Library, folder: Path | None) -> Functions:
    """The library's functions. Each library is loaded once in a process, since loading it again would not be free."""
    if library.sha256 not in _loaded:
        try:
            with extracted(library, folder) as path:
                _loaded[library.sha256] = Functions(path)
        except PluginError as error:
            raise PluginError(error.code, f"{library.name}: {error.message}") from None
    return _loaded[library.sha256]


class BundledPlugin(NativePlugin):
    """The native plugin of a bundle."""

    def __init__(self, library: Library, *, cache: str | os.PathLike[str] | bool = True, **options: Any) -> None:
        """`cache` is the folder to extract the library to; `options` as in the native variant."""
        super().__init__(functions=lambda: _functions(library, cache_folder(cache)), **options)


class SandboxedPlugin(BundledPlugin):
    """The plugin in a sandbox that needs no wasmtime-py: for images from strangers."""

    variant = "sandbox"

    def __init__(
        self,
        library: Library,
        *,
        isolation: str = "call",
        memory_limit: int = MEMORY_LIMIT,
        timeout: float | None = TIMEOUT,
        **options: Any,
    ) -> None:
        """`isolation`, `memory_limit` and `timeout` as in the wasm variant; `options` as in the native one."""
        self._sandbox = {
            "isolation": choice("isolation", isolation, ISOLATION),
            "memory_limit": integer("memory_limit", memory_limit, PAGE, MOST_MEMORY),
            "timeout": seconds("timeout", timeout, LONGEST_TIMEOUT) or 0,
        }
        super().__init__(library, **options)

    def _data(self, options: CommonOptions) -> dict[str, object]:
        limits = {"max_request": operator.index(options.max_request), "max_concurrent": options.concurrent}
        return {**self._sandbox, **limits, "max_wait": float(options.max_wait)}
