"""What `thumbox.load` does: it chooses the variant, and where its code comes from.

The variants are imported on demand: a program that uses one of them needs nothing of the others.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thumbox._errors import INIT_FAILED, PluginError
from thumbox._locate import Component
from thumbox._options import choice, flag, integer

if TYPE_CHECKING:
    from thumbox._plugin import Plugin

__all__ = ["load"]

_COMMON = ("formats", "max_pixels", "max_memory", "max_reply", "max_request", "max_concurrent", "max_wait")
_SANDBOX = ("isolation", "memory_limit", "timeout")
_LOG = ("log_level", "on_log")
_BUNDLE = ("public_key", "verify", "max_bundle", "max_library", "cache")

# By variant: of what is installed, and of a bundle.
_INSTALLED = {"wasm": ("path", *_COMMON, *_SANDBOX, "cache"), "native": ("path", *_COMMON, *_LOG)}
_BUNDLED = {
    "wasm": (*_BUNDLE, *_COMMON, *_SANDBOX),
    "native": (*_BUNDLE, *_COMMON, *_LOG),
    "sandbox": (*_BUNDLE, *_COMMON, *_SANDBOX, *_LOG),
}


def load(source: str | os.PathLike[str] | None, variant: str | None, options: dict[str, Any]) -> Plugin:
    """The plugin that these arguments of `thumbox.load` ask for. It can be pickled by them."""
    _check_python()
    if isinstance(options.get("formats"), Iterator):
        # It can be read once.
        options = {**options, "formats": tuple(options["formats"])}
    plugin = _load(source, variant, dict(options))
    plugin.loaded_by = (load, (source, variant, options))
    return plugin


def _load(source: str | os.PathLike[str] | None, variant: str | None, options: dict[str, Any]) -> Plugin:
    if isinstance(source, os.PathLike) or (isinstance(source, str) and source.lower().endswith(".rbp")):
        return _from_bundle(Path(source), choice("variant", "wasm" if variant is None else variant, _BUNDLED), options)
    if source is not None and variant is not None:
        raise TypeError(f"variant is {variant!r} and {source!r}; name one, or a bundle (.rbp) first")
    name = "wasm" if source is None and variant is None else source if variant is None else variant
    name = choice("variant", name, _INSTALLED)  # type: ignore[arg-type]
    _check_options(f"the {name} variant", options, _INSTALLED[name])
    return _installed(name, options)


def _from_bundle(path: Path, variant: str, options: dict[str, Any]) -> Plugin:
    # On demand: most programs load no bundle.
    from thumbox.bundle.archive import BundleLimits  # noqa: PLC0415
    from thumbox.bundle.reader import Bundle  # noqa: PLC0415
    from thumbox.bundle.signature import PublicKey  # noqa: PLC0415

    _check_options(f"the {variant} variant of a bundle", options, _BUNDLED[variant])
    public_key, verify = options.pop("public_key", None), flag("verify", options.pop("verify", True))
    if verify and public_key is None:
        raise TypeError("a bundle needs public_key, the minisign key that you trust: its text, or a path to its file")
    if not verify and public_key is not None:
        raise TypeError("public_key is given, and verify is False; one of them is allowed")
    limits = BundleLimits()
    limits = BundleLimits(
        integer("max_bundle", options.pop("max_bundle", limits.bundle), 1, 1 << 32),
        integer("max_library", options.pop("max_library", limits.library), 1, 1 << 32),
    )
    key = PublicKey.of(public_key) if verify else None
    with Bundle(path, key, limits) as bundle:
        library = bundle.library(variant)
    if variant == "wasm":
        return _sandboxed(library=Component(library.name, library.content), **options)
    from thumbox.bundle.native import BundledPlugin, SandboxedPlugin  # noqa: PLC0415

    kind = SandboxedPlugin if variant == "sandbox" else BundledPlugin
    return kind(library, **options)


def _installed(variant: str, options: dict[str, Any]) -> Plugin:
    if variant == "wasm":
        return _sandboxed(**options)
    from thumbox._native import NativePlugin  # noqa: PLC0415

    return NativePlugin(**options)


def _sandboxed(**options: Any) -> Plugin:
    from thumbox.sandbox.runtime import check_wasmtime  # noqa: PLC0415

    check_wasmtime()
    from thumbox.sandbox.wasm import WasmPlugin  # noqa: PLC0415

    return WasmPlugin(**options)


def _check_options(what: str, options: dict[str, Any], known: tuple[str, ...]) -> None:
    for name in options:
        if name not in known:
            raise TypeError(f"{what} has no option {name!r}; it has {', '.join(known)}")


def _check_python() -> None:
    """PluginError where threads run Python at once: nothing here has been tried like that."""
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        raise PluginError(
            INIT_FAILED,
            "this Python runs without its global lock, and thumbox has been tested only with it: set PYTHON_GIL=1",
        )
