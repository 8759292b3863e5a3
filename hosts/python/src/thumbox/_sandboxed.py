"""The sandbox library of a bundle: the sandbox behind the native library's symbols (docs/sandbox.md)."""

from __future__ import annotations

import operator
from typing import Any

from thumbox._native import NativePlugin
from thumbox._options import ISOLATION, LONGEST_TIMEOUT, MOST_MEMORY, PAGE, CommonOptions, choice, integer, seconds

__all__ = ["SandboxedPlugin"]


class SandboxedPlugin(NativePlugin):
    """The plugin in a sandbox that needs no wasmtime-py: for images from strangers."""

    variant = "sandbox"

    def __init__(
        self,
        *,
        isolation: str = "call",
        memory_limit: int = 512 << 20,
        timeout: float | None = 10.0,
        **options: Any,
    ) -> None:
        """`isolation`, `memory_limit` and `timeout` as in the wasm variant; `options` as in the native one."""
        self._sandbox = {
            "isolation": choice("isolation", isolation, ISOLATION),
            "memory_limit": integer("memory_limit", memory_limit, PAGE, MOST_MEMORY),
            "timeout": seconds("timeout", timeout, LONGEST_TIMEOUT) or 0,
        }
        super().__init__(**options)

    def _data(self, options: CommonOptions) -> dict[str, object]:
        limits = {"max_request": operator.index(options.max_request), "max_concurrent": options.concurrent}
        return {**self._sandbox, **limits, "max_wait": float(options.max_wait)}
