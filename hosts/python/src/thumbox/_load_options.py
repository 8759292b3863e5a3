"""The options of `thumbox.load`, by name, for type checkers and editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

__all__ = ["LoadOptions"]


class LoadOptions(TypedDict, total=False):
    """The options of `load`, all of them optional; `help(thumbox.load)` says what each means.

    For a program that reads its options from a file: `options: thumbox.LoadOptions = {...}; thumbox.load(**options)`.
    """

    formats: Iterable[str] | None
    max_pixels: int | None
    max_memory: int | None
    max_reply: int | None
    max_request: int
    max_concurrent: int | None
    max_wait: float
    isolation: Literal["call", "pool"]
    memory_limit: int
    timeout: float | None
    cache: str | os.PathLike[str] | bool
    log_level: Literal["trace", "debug", "info", "warn", "error", "off"] | None
    on_log: Callable[[str, str, str], object] | None
    path: str | os.PathLike[str] | None
    public_key: str | os.PathLike[str] | None
    verify: bool
    max_bundle: int
    max_library: int
